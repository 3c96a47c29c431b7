// What is in a store and what it costs: on the disk, in memory, and for each query.

import type { PackedFormat } from '../core/packed-documents.js'
import type { Scorer } from '../core/scorer.js'
import type { Segment } from './columns/segment.js'
import type { Damage } from './files/damage.js'
import type { StoreParts } from './store-parts.js'

export interface StoreVectorInfo {
  /** Points that have it. */
  readonly points: number
  /** Rows of them all. */
  readonly rows: number
  /** Bytes of their vectors: what a query of all of them goes through. */
  readonly bytes: number
  /** Bytes of these that are in memory now. The others are read from the disk when they are asked for. */
  readonly resident: number
  /** Never kept in memory. */
  readonly on_disk: boolean
}

export interface StoreInfo {
  readonly points: number
  /** Points that were deleted or replaced, and still take room until `compact`. */
  readonly dead: number
  readonly segments: number
  /** Bytes of all files; 0 in memory. */
  readonly bytes: number
  readonly vectors: Readonly<Record<string, StoreVectorInfo>>
  readonly memory: {
    /** Bytes that vectors may take. */
    readonly budget: number
    /** Bytes that they take. */
    readonly resident: number
    /** Bytes that the engine holds for the kernel. */
    readonly kernel: number
  }
  readonly kernel: Scorer['kernel']
  /** Where the files are; undefined in memory. */
  readonly path: string | undefined
  readonly readOnly: boolean
  /** What could not be read: see `salvage`. */
  readonly damage: readonly Damage[]
}

/** `kinds` are those of the vectors, in their order. */
export function storeInfoOf(parts: StoreParts, kinds: readonly PackedFormat[]): StoreInfo {
  const { segments, home, memory } = parts
  const all = [...segments.values()]
  const sum = (of: (segment: Segment) => number) => all.reduce((total, segment) => total + of(segment), 0)
  const told = Object.entries(parts.vectors).map(([name, { on_disk }], f) => {
    const live = { points: 0, rows: 0 }
    for (const segment of all) {
      const { directory } = segment.columns[f]!
      for (let slot = 0; slot < segment.length; slot++) {
        const rows = segment.live[slot] ? directory[4 * slot + 1]! : 0
        live.rows += rows
        if (rows > 0) live.points++
      }
    }
    const resident = sum(({ columns }) => columns[f]!.residentBytes)
    return [name, { ...live, bytes: live.rows * kinds[f]!.rowBytes, resident, on_disk }] as const
  })
  return {
    points: parts.points.size,
    dead: sum(({ length, points }) => length - points),
    segments: all.length,
    bytes: home.bytes,
    vectors: Object.fromEntries(told),
    memory: {
      budget: parts.budget,
      resident: told.reduce((total, [, { resident }]) => total + resident, 0),
      kernel: memory.kernel.memory.capacity,
    },
    kernel: memory.kernel.name,
    path: parts.path,
    readOnly: parts.readOnly,
    damage: home.damage,
  }
}

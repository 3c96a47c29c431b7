// Where the points of a store are kept, beside the columns that are in memory anyway: nowhere else, or in files.

import { createGrowableBlock, ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import type { EncodedBatch } from '../columns/encode-batch.js'
import type { PayloadFiles } from '../columns/payload-column.js'
import type { VectorFiles } from '../columns/read-documents.js'
import {
  addPoints,
  createSegment,
  type EncodedPoints,
  releaseSegment,
  type Segment,
} from '../columns/segment.js'
import type { Damage } from './damage.js'

export interface Storage {
  /** Files to read from; undefined where everything is in memory. */
  readonly files: (VectorFiles & PayloadFiles) | undefined
  /** Where new points go. */
  readonly active: Segment
  /** What a segment should have at most. */
  readonly segmentBytes: number
  /** Bytes in files. */
  readonly bytes: number
  readonly damage: readonly Damage[]
  /** Makes a new segment the active one. */
  roll(): Promise<Segment>
  /** A segment that is not active, and no part of the store until it takes another's place. */
  begin(): Promise<Segment>
  /** Writes points at the end of a segment, all or none, and enters them in its columns. */
  append(segment: Segment, points: EncodedPoints, taken: EncodedBatch): Promise<number>
  /** Writes which points, pairs of segment and slot, are no more. */
  bury(dead: Uint32Array): Promise<void>
  /** Has the disk catch up with what is written. May run beside other calls. */
  sync(): Promise<void>
  /** Returns when everything written is on the disk, and acknowledged. */
  settle(): Promise<void>
  /** Puts `fresh`, which `begin` gave, where others were; `dead` are slots of it that died meanwhile. */
  replace(old: readonly Segment[], fresh: Segment, dead: Uint32Array): Promise<void>
  /** Forgets a segment that `begin` gave. */
  abandon(fresh: Segment): Promise<void>
  close(): Promise<void>
}

/** What a segment holds, so that its copy by a compaction takes no more. */
export const SEGMENT_BYTES = 512 * 1024 * 1024
const SEGMENT_POINTS = 2 ** 20

export const sizeOf = ({ columns, payloadBytes }: Segment): number =>
  columns.reduce((sum, { bytes }) => sum + bytes, payloadBytes)

/** Whether a segment has as much as it should have. */
export const isFull = (segment: Segment, most: number): boolean =>
  segment.length >= SEGMENT_POINTS || sizeOf(segment) >= most

/** Points that are in the kernel's memory and nowhere else. */
export function createMemoryStorage(
  memory: PackedMemory,
  segments: Map<number, Segment>,
  rowBytes: readonly number[],
): Storage {
  const chunks = new WeakMap<object, ReturnType<typeof createGrowableBlock>>()
  let number = 0
  let active = begin()
  segments.set(active.number, active)

  function begin(): Segment {
    const segment = createSegment(++number, rowBytes)
    segment.texts = []
    for (const column of segment.columns) {
      const own = createGrowableBlock(memory.kernel.memory)
      chunks.set(column, own)
      column.release.push(() => own.dispose())
    }
    return segment
  }

  /** Copies a stage to the end of a column, and returns where it is. */
  function keep(column: object, { address, bytes }: EncodedBatch['stages'][number]): number {
    try {
      return chunks.get(column)!.append(bytes, to => {
        memory.bytes(to, bytes).set(memory.bytes(address, bytes))
        return to
      })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new RangeError(`${why.split(';')[0]}; a store with a "path" keeps vectors on the disk`, { cause })
    }
  }

  return {
    files: undefined,
    get active() {
      return active
    },
    segmentBytes: SEGMENT_BYTES,
    bytes: 0,
    damage: [],
    async roll() {
      active = begin()
      segments.set(active.number, active)
      return active
    },
    begin: async () => begin(),
    async append(segment, points, taken) {
      const addresses = segment.columns.map((column, f) => keep(column, taken.stages[f]!))
      const first = addPoints(segment, points)
      for (const text of taken.texts) segment.texts!.push(text)
      segment.columns.forEach((column, f) => {
        const start = addresses[f]! - points.fields[f]!.offset
        for (let slot = first; slot < segment.length; slot++) {
          column.directory[ENTRY_WORDS * slot] = start + column.offsets[slot]!
        }
        column.resident = segment.length
        column.residentBytes = chunks.get(column)!.byteLength
      })
      return first
    },
    async bury() {},
    async sync() {},
    async settle() {},
    async replace() {},
    abandon: async fresh => releaseSegment(fresh),
    async close() {},
  }
}

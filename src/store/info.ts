// The contents of a store, and its sizes: on the disk, in memory, and what a query reads.

import type { KernelName } from '../kernel/kernel.js'
import type { Segment } from './columns/segment.js'
import { hasDocument, SPARSE_ROW_BYTES } from './columns/sparse-documents.js'
import type { Damage } from './files/damage.js'
import { columnIndexOf } from './search/query-context.js'
import type { StoreContext } from './store-context.js'

/** One vector of a store. */
export interface StoreVectorInfo {
  /** Points that have this vector. */
  readonly points: number
  /** Rows of all points. */
  readonly rows: number
  /** Bytes of all rows: what a query of all points reads, unless there is a copy. */
  readonly bytes: number
  /** Bytes of rows that are in memory now. Queries read the rest from the disk. */
  readonly resident: number
  /** The int8 copy, which queries read before the rows. Undefined without one. */
  readonly copy?: { readonly bytes: number; readonly resident: number }
  /** Whether it is never kept in memory. */
  readonly on_disk: boolean
}

/** One sparse vector of a store. */
export interface StoreSparseVectorInfo {
  /** Points that have this vector, also one without dimensions. */
  readonly points: number
  /** Dimensions of all vectors together. */
  readonly values: number
  /** Bytes of all vectors. */
  readonly bytes: number
}

/** The contents of a store, and its sizes. */
export interface StoreInfo {
  readonly points: number
  /** Points that were deleted or replaced, and take up space until `compact` removes them. */
  readonly dead: number
  readonly segments: number
  /** Bytes of all files of points, and of postings; 0 in memory. */
  readonly bytes: number
  /** Each vector by name. */
  readonly vectors: Readonly<Record<string, StoreVectorInfo>>
  /** Each sparse vector by name. Undefined without sparse vectors. */
  readonly sparse_vectors?: Readonly<Record<string, StoreSparseVectorInfo>>
  readonly memory: {
    /** Maximum bytes of vectors in memory. */
    readonly budget: number
    /** Bytes of vectors in memory now. */
    readonly resident: number
    /** Bytes of the kernel's WebAssembly memory. */
    readonly kernel: number
  }
  /** The kernel in use. */
  readonly kernel: KernelName
  /** The folder of the files; undefined in memory. */
  readonly path: string | undefined
  readonly readOnly: boolean
  /** Parts of files that could not be read; see the option `salvage` of `openStore`. */
  readonly damage: readonly Damage[]
}

/** Returns the contents and sizes of a store. */
export async function storeInfo(context: StoreContext): Promise<StoreInfo> {
  const { segments, storage, memory, config, budget, path, readOnly } = context
  const all = [...segments.values()]
  const vectors = Object.keys(config.vectors).map((name, f) => [name, vectorInfo(context, name, f)] as const)
  return {
    points: context.points.size,
    dead: all.reduce((sum, { length, points }) => sum + length - points, 0),
    segments: all.length,
    bytes: storage.bytes + (await postingsBytes(context)),
    vectors: Object.fromEntries(vectors),
    ...(config.sparse_vectors && { sparse_vectors: sparseInfo(context, Object.keys(config.sparse_vectors)) }),
    memory: {
      budget,
      resident: vectors.reduce((sum, [, { resident, copy }]) => sum + resident + (copy?.resident ?? 0), 0),
      kernel: memory.kernel.memory.capacity,
    },
    kernel: memory.kernel.name,
    path,
    readOnly,
    damage: storage.damage,
  }
}

function vectorInfo(context: StoreContext, name: string, f: number): StoreVectorInfo {
  const { segments, formats, copies, config } = context
  const copy = copies.find(({ fieldIndex }) => fieldIndex === f)
  let [points, rows, resident, residentCopy] = [0, 0, 0, 0]
  for (const segment of segments.values()) {
    const counted = countDocuments(segment, f)
    points += counted.points
    rows += counted.rows
    resident += segment.columns[f]!.residentBytes
    if (copy) residentCopy += segment.columns[copy.copyIndex]!.residentBytes
  }
  const { on_disk } = config.vectors[name]!
  return {
    ...{ points, rows, bytes: rows * formats[f]!.rowBytes, resident },
    ...(copy && { copy: { bytes: rows * copy.format.rowBytes, resident: residentCopy } }),
    on_disk,
  }
}

function sparseInfo(
  context: StoreContext,
  names: readonly string[],
): Readonly<Record<string, StoreSparseVectorInfo>> {
  const infos = names.map(name => {
    const f = columnIndexOf(context, name)
    let [points, values] = [0, 0]
    for (const segment of context.segments.values()) {
      const counted = countDocuments(segment, f)
      points += counted.points
      values += counted.rows
    }
    return [name, { points, values, bytes: values * SPARSE_ROW_BYTES }] as const
  })
  return Object.fromEntries(infos)
}

/** Bytes of the files of postings. */
async function postingsBytes(context: StoreContext): Promise<number> {
  const { segments, storage, config } = context
  let bytes = 0
  for (const name of Object.keys(config.sparse_vectors ?? {})) {
    const fieldIndex = columnIndexOf(context, name)
    for (const segment of segments.values()) {
      bytes += (await storage.files?.postingsBytes({ segment, fieldIndex })) ?? 0
    }
  }
  return bytes
}

/** Counts the live points of a segment that have a vector, and their rows. */
function countDocuments({ length, live, columns }: Segment, f: number): { points: number; rows: number } {
  const column = columns[f]!
  let [points, rows] = [0, 0]
  for (let slot = 0; slot < length; slot++) {
    if (!live[slot] || !hasDocument(column, slot)) continue
    rows += column.directory[4 * slot + 1]!
    points++
  }
  return { points, rows }
}

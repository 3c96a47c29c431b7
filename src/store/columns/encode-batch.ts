// Encodes points for a store: checks them, stores their rows in the kernel's memory, and collects ids and payloads. A
// batch becomes one record of a log, which is written entirely or not at all.

import type { Payload, Point, PointId, VectorInput } from '../../collection/collection.js'
import type { Fields } from '../../collection/vector-fields.js'
import { isImageInput, isTextInput, namedVectors } from '../../collection/vector-input.js'
import type { PackedMemory } from '../../core/packed-documents.js'
import { writeId } from './id-words.js'
import { createPayloadBuffer, type PayloadBuffer } from './payload-buffer.js'
import type { EncodedPoints, Segment } from './segment.js'
import { createStagingBuffer, type DocumentWriter, type StagingBuffer } from './staging-buffer.js'

/** The error for a text that cannot be embedded. */
export const noEncoder = (path: string, isSparse: boolean): TypeError =>
  new TypeError(
    `"${path}" is a text, which needs an encoder; pass "${isSparse ? 'sparseEncoder' : 'encoder'}" to createStore() ` +
      'or openStore()',
  )

/** The error of a store that is given an image without an encoder. */
export const noImageEncoder = (path: string): TypeError =>
  new TypeError(
    `"${path}" is an image, which needs an encoder of pages; pass "encoder" to createStore() or openStore()`,
  )

/** A range of the kernel's memory. */
export interface MemoryRange {
  readonly address: number
  readonly bytes: number
}

/** An encoded batch. Its offsets count from 0. It is valid until the next point is added to its buffer. */
export interface EncodedBatch extends Omit<EncodedPoints, 'tombstones'> {
  /** Payloads as JSON; undefined for points without one. */
  readonly texts: readonly (string | undefined)[]
  /** The JSON of all payloads in UTF-8. */
  readonly payloadBytes: Uint8Array
  /** Where the documents of each vector are. */
  readonly documents: readonly MemoryRange[]
  readonly pointIds: readonly PointId[]
}

/** A stored point that is written again. */
export interface ChangedPoint {
  readonly id: PointId
  /** Vectors that replace the stored ones, by name; undefined removes one. The others are copied. */
  readonly vectors: ReadonlyMap<string, VectorInput | undefined>
  readonly payload: Payload | undefined
  /** Adds the stored document of a field to a buffer. Returns false if it is damaged. */
  copyDocument(fieldIndex: number, buffer: StagingBuffer): Promise<boolean>
}

/** Collects points for a batch. */
export interface BatchBuffer {
  /** Number of points. */
  readonly points: number
  readonly rows: number
  /** Bytes of vectors and payloads. */
  readonly bytes: number
  /**
   * Adds a point.
   *
   * @throws TypeError or RangeError that names the invalid part; the batch is unchanged
   */
  add(point: Point, id: PointId): void
  /**
   * Adds a stored point with other vectors or another payload. Returns false, and adds nothing, if the stored point is
   * damaged.
   *
   * @throws TypeError or RangeError as `add` does
   */
  addChanged(point: ChangedPoint): Promise<boolean>
  /** Returns all points, with this version, and empties the buffer. */
  take(version: number): EncodedBatch
  /** Frees the buffer's memory. */
  dispose(): void
}

/** Creates an empty batch. `writers`: what stores each vector, in the order of `columnNames(fields)`. */
export function createBatchBuffer(
  memory: PackedMemory,
  fields: Fields,
  writers: readonly DocumentWriter[],
): BatchBuffer {
  const names = columnNames(fields)
  const vectors = writers.map(writer => createStagingBuffer(memory, writer))
  const payloads = createPayloadBuffer()
  let ids: PointId[] = []
  return {
    get points() {
      return ids.length
    },
    get rows() {
      return vectors.reduce((sum, { rows }) => sum + rows, 0)
    },
    get bytes() {
      return vectors.reduce((sum, { bytes }) => sum + bytes, payloads.bytes)
    },
    add(point, id) {
      const reset = resetTo(vectors)
      try {
        addVectors(point, id, fields, vectors)
        payloads.add(point.payload, id)
        ids.push(id)
      } catch (error) {
        reset()
        throw error
      }
    },
    async addChanged(point) {
      const reset = resetTo(vectors)
      try {
        for (const [f, name] of names.entries()) {
          const isIntact = point.vectors.has(name)
            ? addVector(
                vectors[f]!,
                { name, isSparse: fields.sparse.has(name), path: `point ${point.id}.vector` },
                point.vectors.get(name),
              )
            : await point.copyDocument(f, vectors[f]!)
          if (isIntact) continue
          reset()
          return false
        }
        payloads.add(point.payload, point.id)
        ids.push(point.id)
        return true
      } catch (error) {
        reset()
        throw error
      }
    },
    take(version) {
      const batch = encodedBatch(ids, version, vectors, payloads)
      ids = []
      payloads.clear()
      for (const buffer of vectors) buffer.clear()
      return batch
    },
    dispose() {
      for (const buffer of vectors) buffer.dispose()
    },
  }
}

/** Completes a batch with where it is written: after the points of `segment`, in place of those in `tombstones`. */
export function placeBatch(
  batch: EncodedBatch,
  segment: Segment,
  tombstones = new Uint32Array(0),
): EncodedPoints {
  return {
    ...batch,
    tombstones,
    payloads: { offset: segment.payloadBytes, bytes: batch.payloads.bytes },
    fields: batch.fields.map((field, f) => ({ ...field, offset: segment.columns[f]!.bytes })),
  }
}

/** Returns a function that removes everything from buffers that is added from now on. */
function resetTo(buffers: readonly StagingBuffer[]): () => void {
  const marks = buffers.map(buffer => buffer.mark())
  return () => {
    for (const [f, buffer] of buffers.entries()) buffer.reset(marks[f]!)
  }
}

function addVectors({ vector }: Point, id: PointId, fields: Fields, buffers: readonly StagingBuffer[]): void {
  const path = `point ${id}.vector`
  const given = new Map(namedVectors(vector, fields, path))
  for (const [f, name] of columnNames(fields).entries()) {
    addVector(buffers[f]!, { name, isSparse: fields.sparse.has(name), path }, given.get(name))
  }
}

/** The vectors of a store in the order of their columns: sparse ones are last. */
export const columnNames = ({ dense, sparse }: Fields): readonly string[] => [...dense.keys(), ...sparse]

/** Which vector of a point is added. `path` names the vectors of the point in errors. */
interface VectorPlace {
  readonly name: string
  readonly isSparse: boolean
  readonly path: string
}

/** Adds a vector, or that there is none. */
function addVector(
  buffer: StagingBuffer,
  { name, isSparse, path }: VectorPlace,
  value: VectorInput | undefined,
): true {
  const vectorPath = name === '' ? path : `${path}.${name}`
  if (isTextInput(value)) throw noEncoder(vectorPath, isSparse)
  if (isImageInput(value)) throw noImageEncoder(vectorPath)
  if (value === undefined) buffer.addMissing()
  else buffer.add(value, vectorPath)
  return true
}

function encodedBatch(
  ids: readonly PointId[],
  version: number,
  vectors: readonly StagingBuffer[],
  payloads: PayloadBuffer,
): EncodedBatch {
  const count = ids.length
  const words = new Uint32Array(4 * count)
  return {
    count,
    versions: new Float64Array(count).fill(version),
    ids: words,
    idTypes: Uint8Array.from(ids, (id, i) => writeId(id, words, 4 * i)),
    payloads: { offset: 0, bytes: payloads.bytes },
    payloadEntries: payloads.entries(),
    fields: vectors.map(buffer => buffer.encoded()),
    texts: payloads.texts,
    payloadBytes: payloads.view(),
    documents: vectors.map(({ address, bytes }) => ({ address, bytes })),
    pointIds: ids,
  }
}

// Encodes points for a store: checks them, stores their rows in the kernel's memory, and collects ids and payloads. A
// batch becomes one record of a log, which is written entirely or not at all.

import type { Point, PointId } from '../../collection/collection.js'
import type { Fields } from '../../collection/vector-fields.js'
import { isTextInput, namedVectors } from '../../collection/vector-input.js'
import type { PackedFormat, PackedMemory } from '../../core/packed-documents.js'
import { writeId } from './id-words.js'
import { createPayloadBuffer, type PayloadBuffer } from './payload-buffer.js'
import type { EncodedPoints, Segment } from './segment.js'
import { createStagingBuffer, type StagingBuffer } from './staging-buffer.js'

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
  /** Returns all points, with this version, and empties the buffer. */
  take(version: number): EncodedBatch
  /** Frees the buffer's memory. */
  dispose(): void
}

/** Creates an empty batch. `formats`: the stored form of each dense vector, in the order of `fields.dense`. */
export function createBatchBuffer(
  memory: PackedMemory,
  fields: Fields,
  formats: readonly PackedFormat[],
): BatchBuffer {
  const dense = [...fields.dense.values()]
  const vectors = formats.map((format, f) => createStagingBuffer(memory, dense[f]!, format))
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
      const marks = vectors.map(buffer => buffer.mark())
      try {
        addVectors(point, id, fields, vectors)
        payloads.add(point.payload, id)
        ids.push(id)
      } catch (error) {
        for (const [f, buffer] of vectors.entries()) buffer.reset(marks[f]!)
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

function addVectors({ vector }: Point, id: PointId, fields: Fields, buffers: readonly StagingBuffer[]): void {
  const path = `point ${id}.vector`
  const given = new Map(namedVectors(vector, fields, path))
  for (const [f, { name }] of [...fields.dense.values()].entries()) {
    const value = given.get(name)
    const vectorPath = name === '' ? path : `${path}.${name}`
    if (isTextInput(value)) {
      throw new TypeError(
        `"${vectorPath}" is a text, which needs an encoder; pass "encoder" to createStore() or openStore()`,
      )
    }
    if (value === undefined) buffers[f]!.addMissing()
    else buffers[f]!.add(value, vectorPath)
  }
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

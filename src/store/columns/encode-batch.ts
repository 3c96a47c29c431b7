// Points on their way into a store: checked, their rows stored by the kernel in a stage of its memory, their ids and
// payloads in columns. A batch becomes one record of a log, all of it or nothing.

import { payloadText } from '../../collection/check-point.js'
import type { Payload, Point, PointId } from '../../collection/collection.js'
import type { Fields } from '../../collection/vector-fields.js'
import { checkRows, isTextInput, namedVectors, rowsFor } from '../../collection/vector-input.js'
import { shapeOf } from '../../core/multivector.js'
import { checksumOf, type PackedFormat, type PackedMemory } from '../../core/packed-documents.js'
import { writeId } from './id-words.js'
import type { EncodedPoints } from './segment.js'

/** A batch that is ready to be written; valid until the next point is added. */
export interface EncodedBatch extends Omit<EncodedPoints, 'dead'> {
  readonly texts: readonly (string | undefined)[]
  readonly payloadBytes: Uint8Array
  /** Where each field's documents are in the kernel's memory. */
  readonly stages: readonly { readonly address: number; readonly bytes: number }[]
  readonly rows: number
  readonly pointIds: readonly PointId[]
}

export interface BatchBuffer {
  readonly points: number
  readonly rows: number
  /** Bytes of vectors and payloads. */
  readonly bytes: number
  /** Adds a point; the batch is as before if it is not right. */
  add(point: Point, id: PointId): void
  /** Everything so far, as points of this version; offsets count from 0. The batch is empty then. */
  take(version: number): EncodedBatch
  clear(): void
  dispose(): void
}

interface Stage {
  address: number
  capacity: number
  used: number
  rows: number
  largest: number
  entries: number[]
}

const LEAST_STAGE = 65_536

export function createBatchBuffer(
  memory: PackedMemory,
  fields: Fields,
  kinds: readonly PackedFormat[],
): BatchBuffer {
  const all = [...fields.dense.values()]
  const stages: Stage[] = kinds.map(() => ({
    address: 0,
    capacity: 0,
    used: 0,
    rows: 0,
    largest: 0,
    entries: [],
  }))
  const entry = new Uint32Array(4)
  const text = new TextEncoder()
  let ids: PointId[] = []
  let texts: (string | undefined)[] = []
  let payloads: number[] = []
  let payloadBytes = new Uint8Array(LEAST_STAGE)
  let payloadUsed = 0

  /** Makes room for `bytes` more at the end of a stage. */
  function reserve(stage: Stage, bytes: number): void {
    const wanted = stage.used + bytes
    if (wanted <= stage.capacity) return
    const capacity = Math.max(wanted, 2 * stage.capacity, LEAST_STAGE)
    const address = memory.kernel.memory.allocate(capacity)
    if (stage.capacity > 0) {
      memory.bytes(address, stage.used).set(memory.bytes(stage.address, stage.used))
      memory.kernel.memory.free(stage.address)
    }
    stage.address = address
    stage.capacity = capacity
  }

  function addVector(stage: Stage, f: number, value: Parameters<typeof rowsFor>[0], place: string): void {
    const field = all[f]!
    const kind = kinds[f]!
    if (isTextInput(value)) {
      throw new TypeError(
        `"${place}" is a text, and a store keeps vectors: pass "encoder" when opening the store`,
      )
    }
    const rows = rowsFor(value, field, place)
    const shape = shapeOf(rows, place, field.size)
    checkRows(shape.rows, field, place)
    const bytes = shape.rows * kind.rowBytes
    reserve(stage, bytes)
    const address = stage.address + stage.used
    const largest = kind.pack(rows, shape.rows, place, address, entry, 0)
    stage.entries.push(entry[1]!, entry[2]!, entry[3]!, memory.checksum(address, bytes))
    stage.largest = Math.max(stage.largest, largest)
    stage.used += bytes
    stage.rows += shape.rows
  }

  function addPayload(payload: Payload | null | undefined, id: PointId): void {
    const written = payloadText(payload, id)
    texts.push(written)
    if (written === undefined) {
      payloads.push(0, 0)
      return
    }
    if (payloadBytes.length - payloadUsed < 3 * written.length) {
      const longer = new Uint8Array(Math.max(2 * payloadBytes.length, payloadUsed + 3 * written.length))
      longer.set(payloadBytes.subarray(0, payloadUsed))
      payloadBytes = longer
    }
    const { written: length } = text.encodeInto(written, payloadBytes.subarray(payloadUsed))
    payloads.push(length, checksumOf(payloadBytes.subarray(payloadUsed, payloadUsed + length)))
    payloadUsed += length
  }

  function clear(): void {
    ids = []
    texts = []
    payloads = []
    payloadUsed = 0
    for (const stage of stages) Object.assign(stage, { used: 0, rows: 0, largest: 0, entries: [] })
  }

  return {
    get points() {
      return ids.length
    },
    get rows() {
      return stages.reduce((sum, { rows }) => sum + rows, 0)
    },
    get bytes() {
      return stages.reduce((sum, { used }) => sum + used, payloadUsed)
    },
    add({ vector, payload }, id) {
      const before = stages.map(stage => ({ ...stage }))
      const count = ids.length
      try {
        const given = new Map(namedVectors(vector, fields, `point ${id}.vector`))
        all.forEach((field, f) => {
          const stage = stages[f]!
          const value = given.get(field.name)
          const place = `point ${id}.vector${field.name === '' ? '' : `.${field.name}`}`
          if (value === undefined) stage.entries.push(0, 0, 0, 0)
          else addVector(stage, f, value, place)
        })
        addPayload(payload, id)
        ids.push(id)
      } catch (error) {
        stages.forEach((stage, f) => {
          const { used, rows, largest } = before[f]!
          Object.assign(stage, { used, rows, largest })
          stage.entries.length = 4 * count
        })
        throw error
      }
    },
    take(version) {
      const count = ids.length
      const words = new Uint32Array(4 * count)
      const taken: EncodedBatch = {
        count,
        versions: new Float64Array(count).fill(version),
        ids: words,
        kinds: Uint8Array.from(ids, (id, i) => writeId(id, words, 4 * i)),
        payloads: { offset: 0, bytes: payloadUsed },
        payloadEntries: Uint32Array.from(payloads),
        fields: stages.map(({ used, largest, entries }) => ({
          offset: 0,
          bytes: used,
          largest,
          entries: Uint32Array.from(entries),
        })),
        texts,
        payloadBytes: payloadBytes.subarray(0, payloadUsed),
        stages: stages.map(({ address, used }) => ({ address, bytes: used })),
        rows: stages.reduce((sum, { rows }) => sum + rows, 0),
        pointIds: ids,
      }
      clear()
      return taken
    },
    clear,
    dispose() {
      clear()
      for (const stage of stages) {
        if (stage.capacity > 0) memory.kernel.memory.free(stage.address)
        stage.capacity = 0
      }
    },
  }
}

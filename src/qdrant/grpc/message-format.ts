// Writes upserts and updates of vectors as gRPC messages (`UpsertPoints` and `UpdatePointVectors` of Qdrant's points.proto).
// Rows are copied into a message as they are in memory. Every point of a message is a field of its own, so messages can be
// divided between points.

import { exactJson, parseExactJson } from '../../base/exact-json.js'
import type { Point, PointId, SparseVector, VectorInput } from '../../collection/collection.js'
import type { Field } from '../../collection/vector-fields.js'
import {
  checkServerImage,
  checkSparse,
  isImageInput,
  isTextInput,
  namedVectors,
} from '../../collection/vector-input.js'
import { type BatchBody, type BatchFormat, type BatchSettings, batchTarget } from '../batch-format.js'
import type { Carrier } from '../wire/carrier.js'
import { createRowReader } from '../wire/check-vectors.js'
import { checkedPayload } from '../wire/serialize-point.js'
import { checkWellFormed } from '../wire/well-formed.js'
import { createMessageWriter, fieldHeader, type MessageWriter } from './message-writer.js'
import { NotInGrpcError } from './not-in-grpc-error.js'
import { writeMap } from './write-payload.js'

/** Numbers of the fields, by message. */
const UPSERT = { collection: 1, wait: 2, points: 3, shardKeys: 5 } as const
const SHARD_KEYS = { keys: 1 } as const
const SHARD_KEY = { keyword: 1, number: 2 } as const
const POINT = { id: 1, payload: 3 } as const
/** The vectors of a point, in the messages of each call. The other fields have the same numbers. */
const POINT_VECTORS = { upsert: 4, updateVectors: 2 } as const
const POINT_ID = { number: 1, uuid: 2 } as const
const VECTORS = { unnamed: 1, named: 2 } as const
const NAMED_VECTORS = { entries: 1 } as const
const ENTRY = { key: 1, value: 2 } as const
const VECTOR = { dense: 101, sparse: 102, multi: 103, document: 104 } as const
const DENSE = { data: 1 } as const
const SPARSE = { values: 1, indices: 2 } as const
const MULTI = { rows: 1 } as const
const DOCUMENT = { text: 1, model: 3, options: 4 } as const

/**
 * Points as gRPC messages that a carrier sends.
 *
 * @throws NotInGrpcError if the shard key is not one that gRPC transports
 */
export function createMessageFormat(settings: BatchSettings, carrier: Carrier): BatchFormat {
  const end = shardKeysOf(settings.shard_key)
  return {
    transport: 'grpc',
    separator: 0,
    target: { ...batchTarget(settings), carrier },
    createBody: () => createMessageBody(settings, end),
  }
}

/** Returns the field with the shard keys, which ends each message. */
function shardKeysOf(shard_key: unknown): Uint8Array {
  const message = createMessageWriter(64)
  if (shard_key === undefined) return message.view()
  const keys: readonly unknown[] = Array.isArray(shard_key) ? shard_key : [shard_key]
  const start = message.open(UPSERT.shardKeys)
  for (const key of keys) {
    const entry = message.open(SHARD_KEYS.keys)
    if (typeof key === 'string') message.string(SHARD_KEY.keyword, key)
    else if (Number.isSafeInteger(key) && (key as number) >= 0)
      message.integer(SHARD_KEY.number, key as number)
    else throw new NotInGrpcError('the shard key is not a text or a whole number')
    message.close(entry)
  }
  message.close(start)
  return message.view()
}

function createMessageBody({ call, name, fields, wait }: BatchSettings, end: Uint8Array): BatchBody {
  const message = createMessageWriter()
  const writeVector = createVectorWriter(message)

  function writeVectors(point: Point, id: PointId): number {
    const path = `point ${id}.vector`
    const vectors = namedVectors(point.vector, fields, path)
    if (fields.unnamed) {
      const start = message.open(VECTORS.unnamed)
      const rows = writeVector(vectors[0]![1], fields.dense.get(''), path, id)
      message.close(start)
      return rows
    }
    let rows = 0
    const named = message.open(VECTORS.named)
    for (const [name, vector] of vectors) {
      const entry = message.open(NAMED_VECTORS.entries)
      message.string(ENTRY.key, name)
      const value = message.open(ENTRY.value)
      rows += writeVector(vector, fields.dense.get(name), `${path}.${name}`, id)
      message.close(value)
      message.close(entry)
    }
    message.close(named)
    return rows
  }

  function writePoint(point: Point, id: PointId): number {
    const start = message.open(UPSERT.points)
    writeId(message, id)
    const vectors = message.open(POINT_VECTORS[call])
    const rows = writeVectors(point, id)
    message.close(vectors)
    const payload = checkedPayload(point.payload, id)
    if (payload !== undefined) {
      writeMap(message, POINT.payload, parseExactJson(payload) as Record<string, unknown>, id)
    }
    message.close(start)
    return rows
  }

  return Object.assign(message, {
    begin() {
      message.string(UPSERT.collection, name)
      message.integer(UPSERT.wait, wait ? 1 : 0)
    },
    point(point: Point, id: PointId) {
      const start = message.length
      try {
        return writePoint(point, id)
      } catch (error) {
        message.cut(start)
        throw error
      }
    },
    end: () => message.bytes(end),
  })
}

function writeId(message: MessageWriter, id: PointId): void {
  const start = message.open(POINT.id)
  if (typeof id === 'string') message.string(POINT_ID.uuid, id)
  else message.integer(POINT_ID.number, id)
  message.close(start)
}

/** Creates a function that writes the field of a `Vector` and returns its number of rows. */
function createVectorWriter(message: MessageWriter) {
  const readRows = createRowReader()

  function writeMultiVector(values: Float32Array, dim: number, count: number): void {
    const bytes = bytesOf(values)
    const data = fieldHeader(DENSE.data, 4 * dim)
    const row = fieldHeader(MULTI.rows, data.length + 4 * dim)
    message.bytes(fieldHeader(VECTOR.multi, count * (row.length + data.length + 4 * dim)))
    for (let k = 0; k < count; k++) {
      message.bytes(row)
      message.bytes(data)
      message.bytes(bytes.subarray(4 * dim * k, 4 * dim * (k + 1)))
    }
  }

  return (value: VectorInput, field: Field | undefined, path: string, id: PointId): number => {
    if (isTextInput(value)) {
      checkWellFormed(value.text, `${path}.text`)
      writeDocument(message, value, id)
      return 0
    }
    if (isImageInput(value)) {
      checkServerImage(value, path)
      throw new NotInGrpcError(`point ${id} has an image`)
    }
    if (!field) {
      writeSparse(message, value as SparseVector, path)
      return 0
    }
    const { values, count } = readRows(value, field, path)
    if (field.multi) writeMultiVector(values, field.size, count)
    else {
      const dense = message.open(VECTOR.dense)
      message.packed(DENSE.data, bytesOf(values))
      message.close(dense)
    }
    return count
  }
}

/** Typed arrays are little-endian wherever Node runs, as Protobuf is. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)

function writeSparse(message: MessageWriter, value: SparseVector, path: string): void {
  checkSparse(value, path)
  const start = message.open(VECTOR.sparse)
  message.packed(SPARSE.values, bytesOf(Float32Array.from(value.values)))
  const indices = message.open(SPARSE.indices)
  for (const index of value.indices) message.varint(index)
  message.close(indices)
  message.close(start)
}

/** Writes a text that the server embeds. */
function writeDocument(message: MessageWriter, value: { text: string }, id: PointId): void {
  const { text, model, options = {}, ...others } = parseExactJson(exactJson(value)) as Record<string, unknown>
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options)
  if (typeof model !== 'string' || !isObject || Object.keys(others).length > 0) {
    throw new NotInGrpcError(`point ${id} has a text that is not { text, model, options }`)
  }
  const start = message.open(VECTOR.document)
  message.string(DOCUMENT.text, text as string)
  message.string(DOCUMENT.model, model)
  writeMap(message, DOCUMENT.options, options as Record<string, unknown>, id)
  message.close(start)
}

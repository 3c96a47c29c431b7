// Writes payloads as `map<string, Value>`, with the numbers that the server reads from the same JSON.

import type { PointId } from '../../collection/collection.js'
import type { MessageWriter } from './message-writer.js'
import { NotInGrpcError } from './not-in-grpc-error.js'

/** Fields of `Value`. */
const NULL = 1
const DOUBLE = 2
const INTEGER = 3
const STRING = 4
const BOOL = 5
const STRUCT = 6
const LIST = 7
/** Fields of an entry of a map. */
const KEY = 1
const ENTRY_VALUE = 2
/** The field of `Struct` with its entries, and the one of `ListValue` with its elements. */
const MEMBERS = 1

/** How deeply messages may be nested inside of a point's payload: the server reads 100 levels of messages. */
const MAX_LEVELS = 90

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n

/**
 * Writes the members of an object as the entries of a map.
 *
 * @throws NotInGrpcError if a member is beyond the limits of gRPC
 */
export function writeMap(
  message: MessageWriter,
  field: number,
  members: Readonly<Record<string, unknown>>,
  id: PointId,
  level = 0,
): void {
  if (level > MAX_LEVELS) throw new NotInGrpcError(`point ${id} has deeply nested objects`)
  for (const [name, member] of Object.entries(members)) {
    const entry = message.open(field)
    message.string(KEY, name)
    const value = message.open(ENTRY_VALUE)
    writeValue(message, member, id, level + 2)
    message.close(value)
    message.close(entry)
  }
}

/** Writes the field of a `Value`. */
function writeValue(message: MessageWriter, value: unknown, id: PointId, level: number): void {
  if (typeof value === 'string') message.string(STRING, value)
  else if (typeof value === 'boolean') message.integer(BOOL, value ? 1 : 0)
  else if (typeof value === 'number' || typeof value === 'bigint') writeNumber(message, value, id)
  else if (typeof value !== 'object' || value === null) message.integer(NULL, 0)
  else if (Array.isArray(value)) writeList(message, value, id, level + 1)
  else {
    const struct = message.open(STRUCT)
    writeMap(message, MEMBERS, value as Record<string, unknown>, id, level + 1)
    message.close(struct)
  }
}

function writeList(message: MessageWriter, values: readonly unknown[], id: PointId, level: number): void {
  if (level > MAX_LEVELS) throw new NotInGrpcError(`point ${id} has deeply nested arrays`)
  const list = message.open(LIST)
  for (const value of values) {
    const element = message.open(MEMBERS)
    writeValue(message, value, id, level + 1)
    message.close(element)
  }
  message.close(list)
}

/** Writes a number as the server reads its JSON: a whole number of 64 bits as it is, any other one as an f64. */
function writeNumber(message: MessageWriter, value: number | bigint, id: PointId): void {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) message.integer(INTEGER, value)
    else message.double(DOUBLE, value)
  } else if (value >= MIN_INT64 && value <= MAX_INT64) message.integer(INTEGER, value)
  else if (value > MAX_INT64 && value <= MAX_UINT64) {
    throw new NotInGrpcError(`point ${id} has the integer ${value}, and gRPC has integers up to ${MAX_INT64}`)
  } else message.double(DOUBLE, Number(value))
}

// Reads the integers of a struct in Thrift's compact protocol, and checks that the struct is sound: it ends within the
// bytes, its lists are no longer than the bytes that follow, and it is not nested too deeply. Parquet's file metadata
// and page headers are such structs. hyparquet trusts the length of a list, and allocates it. Source:
// thrift/doc/specs/thrift-compact-protocol.md.

/** The fields of a struct by their numbers: integers and structs. Booleans are 1 or 0; other values are undefined. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>
export type ThriftValue = number | ThriftStruct | undefined

interface Cursor {
  readonly bytes: Uint8Array
  offset: number
}

const MAX_DEPTH = 32
const MAX_VARINT_BYTES = 10

/**
 * Reads the struct at the start of `bytes`.
 *
 * @returns its fields, and the number of bytes that it takes
 * @throws RangeError if it is not sound
 */
export function readThriftStruct(bytes: Uint8Array): {
  readonly fields: ThriftStruct
  readonly length: number
} {
  const cursor = { bytes, offset: 0 }
  const fields = readStruct(cursor, 0)
  return { fields, length: cursor.offset }
}

/** The integer of the field that `ids` lead to, through structs; undefined if a field on the way is missing. */
export function integerAt(fields: ThriftStruct, ...ids: readonly number[]): number | undefined {
  let value: ThriftValue = fields
  for (const id of ids) value = typeof value === 'object' ? value.get(id) : undefined
  return typeof value === 'number' ? value : undefined
}

function readStruct(cursor: Cursor, depth: number): ThriftStruct {
  if (depth > MAX_DEPTH) throw new RangeError('a struct is nested too deeply')
  const fields = new Map<number, ThriftValue>()
  for (let id = 0; ; ) {
    const head = readByte(cursor)
    const [delta, type] = [head >> 4, head & 15]
    if (type === 0) return fields
    id = delta === 0 ? fromZigzag(readVarint(cursor)) : id + delta
    fields.set(id, readValue(cursor, type, depth))
  }
}

function readValue(cursor: Cursor, type: number, depth: number): ThriftValue {
  switch (type) {
    case 1: // true
      return 1
    case 2: // false
      return 0
    case 3: // a byte
      return readByte(cursor)
    case 4: // integers of 16, 32 and 64 bits
    case 5:
    case 6:
      return fromZigzag(readVarint(cursor))
    case 7: // a double
      return skip(cursor, 8)
    case 8: // bytes
      return skip(cursor, readVarint(cursor))
    case 9:
      return skipList(cursor, depth)
    case 12:
      return readStruct(cursor, depth + 1)
    default:
      throw new RangeError(`unexpected type ${type}`)
  }
}

function skipList(cursor: Cursor, depth: number): undefined {
  if (depth > MAX_DEPTH) throw new RangeError('a list is nested too deeply')
  const head = readByte(cursor)
  const [shortLength, type] = [head >> 4, head & 15]
  const length = shortLength === 15 ? readVarint(cursor) : shortLength
  if (length > cursor.bytes.length - cursor.offset) throw new RangeError(`a list claims ${length} items`)
  // a boolean in a list takes a byte, and none in a struct
  for (let i = 0; i < length; i++) readValue(cursor, type < 3 ? 3 : type, depth + 1)
}

function skip(cursor: Cursor, length: number): undefined {
  cursor.offset += length
  if (cursor.offset > cursor.bytes.length) throw new RangeError('ends too early')
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.offset++]
  if (byte === undefined) throw new RangeError('ends too early')
  return byte
}

function readVarint(cursor: Cursor): number {
  let value = 0
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = readByte(cursor)
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return value
  }
  throw new RangeError('an integer is too long')
}

const fromZigzag = (value: number) => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)

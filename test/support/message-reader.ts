// Reads Protobuf messages by their definitions, written for the tests from Qdrant's points.proto, apart from the code that
// writes them. Unknown fields, wrong wire types and bytes that are left over are errors.

type Kind = 'string' | 'bool' | 'uint64' | 'int64' | 'double' | 'floats' | 'uint32s' | 'null' | string

/** `name`, `kind`, and whether the field is repeated or an entry of a map. */
type FieldDefinition = readonly [name: string, kind: Kind, many?: 'list' | 'map']

/** The messages of an upsert and of an update of vectors. */
const MESSAGES: Readonly<Record<string, Readonly<Record<number, FieldDefinition>>>> = {
  UpsertPoints: {
    1: ['collection_name', 'string'],
    2: ['wait', 'bool'],
    3: ['points', 'PointStruct', 'list'],
    5: ['shard_key_selector', 'ShardKeySelector'],
  },
  UpdatePointVectors: {
    1: ['collection_name', 'string'],
    2: ['wait', 'bool'],
    3: ['points', 'PointVectors', 'list'],
    5: ['shard_key_selector', 'ShardKeySelector'],
  },
  PointVectors: { 1: ['id', 'PointId'], 2: ['vectors', 'Vectors'] },
  ShardKeySelector: { 1: ['shard_keys', 'ShardKey', 'list'] },
  ShardKey: { 1: ['keyword', 'string'], 2: ['number', 'uint64'] },
  PointStruct: { 1: ['id', 'PointId'], 3: ['payload', 'Value', 'map'], 4: ['vectors', 'Vectors'] },
  PointId: { 1: ['num', 'uint64'], 2: ['uuid', 'string'] },
  Vectors: { 1: ['vector', 'Vector'], 2: ['vectors', 'NamedVectors'] },
  NamedVectors: { 1: ['vectors', 'Vector', 'map'] },
  Vector: {
    101: ['dense', 'DenseVector'],
    102: ['sparse', 'SparseVector'],
    103: ['multi_dense', 'MultiDenseVector'],
    104: ['document', 'Document'],
  },
  DenseVector: { 1: ['data', 'floats'] },
  SparseVector: { 1: ['values', 'floats'], 2: ['indices', 'uint32s'] },
  MultiDenseVector: { 1: ['vectors', 'DenseVector', 'list'] },
  Document: { 1: ['text', 'string'], 3: ['model', 'string'], 4: ['options', 'Value', 'map'] },
  Value: {
    1: ['null_value', 'null'],
    2: ['double_value', 'double'],
    3: ['integer_value', 'int64'],
    4: ['string_value', 'string'],
    5: ['bool_value', 'bool'],
    6: ['struct_value', 'Struct'],
    7: ['list_value', 'ListValue'],
  },
  Struct: { 1: ['fields', 'Value', 'map'] },
  ListValue: { 1: ['values', 'Value', 'list'] },
}

// biome-ignore lint/suspicious/noExplicitAny: the members follow from MESSAGES
export type Message = any

/** Reads a message of a type of MESSAGES as an object. Repeated fields are arrays, maps are objects. */
export function readMessageOf(type: string, bytes: Buffer): Message {
  const fields = MESSAGES[type]
  if (!fields) throw new Error(`unknown message ${type}`)
  const message: Message = {}
  let at = 0
  while (at < bytes.length) {
    const [tag, afterTag] = varintAt(bytes, at)
    const [value, next] = fieldAt(bytes, afterTag, Number(tag & 7n))
    at = next
    const definition = fields[Number(tag >> 3n)]
    if (!definition) throw new Error(`${type} has no field ${tag >> 3n}`)
    const [name, kind, many] = definition
    if (many === 'map') {
      const [key, member] = entryOf(value as Buffer, kind)
      message[name] = { ...message[name], [key]: member }
    } else if (many === 'list') {
      message[name] = [...(message[name] ?? []), readValue(value, kind)]
    } else {
      if (name in message) throw new Error(`${type} has ${name} twice`)
      message[name] = readValue(value, kind)
    }
  }
  return message
}

function varintAt(bytes: Buffer, at: number): [value: bigint, next: number] {
  let value = 0n
  for (let k = 0; ; k++) {
    const byte = bytes[at + k]
    if (byte === undefined || k > 9) throw new Error(`no varint at byte ${at}`)
    value |= BigInt(byte & 127) << BigInt(7 * k)
    if (byte < 128) return [value, at + k + 1]
  }
}

function fieldAt(bytes: Buffer, at: number, wireType: number): [value: bigint | Buffer, next: number] {
  if (wireType === 0) return varintAt(bytes, at)
  const [length, start] = wireType === 2 ? varintAt(bytes, at) : [8n, at]
  if (wireType !== 2 && wireType !== 1) throw new Error(`wire type ${wireType} at byte ${at}`)
  const end = start + Number(length)
  if (end > bytes.length) throw new Error(`a field of ${length} bytes at byte ${at} of ${bytes.length}`)
  return [bytes.subarray(start, end), end]
}

function entryOf(bytes: Buffer, kind: Kind): [key: string, value: unknown] {
  const [keyTag, afterKeyTag] = varintAt(bytes, 0)
  const [key, afterKey] = fieldAt(bytes, afterKeyTag, 2)
  const [valueTag, afterValueTag] = varintAt(bytes, afterKey)
  const [value, end] = fieldAt(bytes, afterValueTag, 2)
  if (keyTag !== 10n || valueTag !== 18n || end !== bytes.length) throw new Error('a wrong entry of a map')
  return [String(key), readValue(value, kind)]
}

function readValue(value: bigint | Buffer, kind: Kind): unknown {
  const isVarint = typeof value === 'bigint'
  if (isVarint !== ['bool', 'uint64', 'int64', 'null'].includes(kind))
    throw new Error(`${kind} has a wrong wire type`)
  if (isVarint) {
    if (kind === 'int64') return BigInt.asIntN(64, value)
    return kind === 'bool' ? value === 1n : kind === 'null' ? null : value
  }
  const bytes = value
  switch (kind) {
    case 'string':
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    case 'double':
      return bytes.readDoubleLE(0)
    case 'floats':
      return Array.from({ length: bytes.length / 4 }, (_, k) => bytes.readFloatLE(4 * k))
    case 'uint32s': {
      const numbers: number[] = []
      for (let at = 0; at < bytes.length; ) {
        const [number, next] = varintAt(bytes, at)
        numbers.push(Number(number))
        at = next
      }
      return numbers
    }
    default:
      return readMessageOf(kind, bytes)
  }
}

/** A `Value` as the JSON value that the server reads from it. */
export function jsonOf(value: Message): unknown {
  const [[kind, content] = []] = Object.entries(value as object)
  if (kind === 'struct_value') return jsonOfMap(content.fields)
  if (kind === 'list_value') return (content.values ?? []).map(jsonOf)
  return content
}

/** A map of values as a JSON object. */
export const jsonOfMap = (fields: Message = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, jsonOf(value)]))

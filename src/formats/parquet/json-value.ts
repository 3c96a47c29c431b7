// Converts the values of a Parquet column to JSON's without loss: a payload is a JSON object. hyparquet would round
// decimals, cut timestamps to milliseconds and return times of day without their unit, so it decodes these types as
// plain integers and bytes (`undecodedSchema`), which are converted here by the type in the file's schema.

import { base64Of } from '../../base/base64.js'
import { isA } from '../../base/is-a.js'
import { dateText, decimalValue, timestampText, timeText, type Unit, unscaledOf } from './column-types.js'
import type { Metadata, ParquetLibrary } from './library.js'

type SchemaElement = Metadata['schema'][number]
export type SchemaNode = ReturnType<ParquetLibrary['parquetSchema']>

const UNDECODED = new Set<string | undefined>([
  'DECIMAL',
  'DATE',
  'TIME',
  'TIME_MILLIS',
  'TIME_MICROS',
  'TIMESTAMP',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'INTERVAL',
  'BSON',
  'MAP',
  'MAP_KEY_VALUE',
])

const isUndecoded = ({ converted_type, logical_type }: SchemaElement) =>
  UNDECODED.has(converted_type) || UNDECODED.has(logical_type?.type)

/** The schema from which hyparquet decodes the types above as integers, bytes and structs. */
export function undecodedSchema(schema: Metadata['schema']): Metadata['schema'] {
  return schema.map(element => {
    const { converted_type, logical_type, ...plain } = element
    if (isUndecoded(element)) return plain
    const isEnum = converted_type === 'ENUM' || logical_type?.type === 'ENUM'
    return isEnum ? { ...plain, converted_type: 'UTF8' } : element
  })
}

/**
 * The JSON value of a decoded value.
 *
 * Integers and decimals are numbers if a number is exact, otherwise text; NaN and infinities are text. Dates, times of
 * day and timestamps are text (ISO 8601) with all their digits. Bytes are text in base64. A map is an object if its keys
 * are different texts, otherwise a list of { key, value }. A missing value is null.
 */
export function jsonValueOf(value: unknown, node: SchemaNode): unknown {
  if (value === undefined || value === null) return null
  if (Array.isArray(value)) {
    const item = itemOf(node)
    return value.map(each => jsonValueOf(each, item))
  }
  if (isMap(node)) return mapValueOf(value as Record<string, unknown>, node)
  if (node.children.length > 0) {
    const fields = value as Record<string, unknown>
    // Object.fromEntries keeps a field with the name "__proto__"
    return Object.fromEntries(
      node.children.map(child => [child.element.name, jsonValueOf(fields[child.element.name], child)]),
    )
  }
  return leafValueOf(value, node.element)
}

/** The numbers of a vector: nested lists as they are, if they are numbers already. */
export function vectorValueOf(value: unknown, node: SchemaNode): unknown {
  let leaf = node
  while (leaf.children.length === 1) leaf = leaf.children[0]!
  const isNumber =
    ['FLOAT', 'DOUBLE', 'INT32'].includes(String(leaf.element.type)) && !isUndecoded(leaf.element)
  const isHalf = leaf.element.logical_type?.type === 'FLOAT16'
  return leaf.children.length === 0 && (isNumber || isHalf) ? value : jsonValueOf(value, node)
}

/** The elements of a list. Lists of old writers have one level less, or none. */
function itemOf(node: SchemaNode): SchemaNode {
  const { element, children } = node
  const isList = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST'
  const [repeated] = children
  if (!isList || children.length !== 1 || repeated?.element.repetition_type !== 'REPEATED') return node
  return repeated.children.length === 1 ? repeated.children[0]! : repeated
}

function isMap({ element, children }: SchemaNode): boolean {
  const type = element.converted_type ?? element.logical_type?.type
  return (type === 'MAP' || type === 'MAP_KEY_VALUE') && children[0]?.children.length === 2
}

function mapValueOf(map: Readonly<Record<string, unknown>>, node: SchemaNode): unknown {
  const entryNode = node.children[0]!
  const [keyNode, valueNode] = entryNode.children as [SchemaNode, SchemaNode]
  const entries = (map[entryNode.element.name] ?? []) as readonly Record<string, unknown>[]
  const pairs = entries.map(entry => [
    jsonValueOf(entry[keyNode.element.name], keyNode),
    jsonValueOf(entry[valueNode.element.name], valueNode),
  ])
  const isObject =
    keyNode.element.type === 'BYTE_ARRAY' && new Set(pairs.map(([key]) => key)).size === pairs.length
  return isObject ? Object.fromEntries(pairs) : pairs.map(([key, value]) => ({ key, value }))
}

function leafValueOf(value: unknown, element: SchemaElement): unknown {
  const { converted_type, logical_type, scale = 0, type } = element
  const kind = logical_type?.type ?? converted_type
  if (typeof value === 'number' || typeof value === 'bigint') {
    const [unit, isUtc] = unitOf(element)
    switch (kind) {
      case 'DECIMAL':
        return decimalValue(BigInt(value), scale)
      case 'DATE':
        return dateText(Number(value))
      case 'TIME':
      case 'TIME_MILLIS':
      case 'TIME_MICROS':
        return timeText(BigInt(value), unit)
      case 'TIMESTAMP':
      case 'TIMESTAMP_MILLIS':
      case 'TIMESTAMP_MICROS':
        return timestampText(BigInt(value), unit, isUtc)
    }
    if (type === 'INT96') return timestampText(BigInt(value), 'NANOS', false)
    const number = Number(value)
    const isExact = typeof value === 'number' ? Number.isFinite(value) : Number.isSafeInteger(number)
    return isExact ? number : String(value)
  }
  if (isA(value, 'Uint8Array')) {
    return kind === 'DECIMAL' ? decimalValue(unscaledOf(value), scale) : base64Of(value)
  }
  return value
}

/** The unit of a time, and whether it is in UTC. */
function unitOf({ converted_type, logical_type }: SchemaElement): readonly [Unit, boolean] {
  if (logical_type?.type === 'TIMESTAMP' || logical_type?.type === 'TIME') {
    return [logical_type.unit, logical_type.isAdjustedToUTC]
  }
  return [converted_type?.endsWith('MILLIS') ? 'MILLIS' : 'MICROS', true]
}

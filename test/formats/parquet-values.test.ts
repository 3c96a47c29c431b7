// Values of Parquet as JSON: lists and maps of old and new writers, times, and numbers of vectors. And the limit of a column
// with several leaves.

import { describe, expect, it } from 'vitest'
import { bytesSource, FormatError } from '../../src/formats/index.js'
import { batchesOf, type ColumnFile, type Leaf } from '../../src/formats/parquet/column-values.js'
import {
  jsonValueOf,
  type SchemaNode,
  undecodedSchema,
  vectorValueOf,
} from '../../src/formats/parquet/json-value.js'
import type { Metadata, RowGroup } from '../../src/formats/parquet/library.js'

type Element = Metadata['schema'][number]

/** A node of a schema with these nodes below it. */
const node = (element: Partial<Element>, ...children: SchemaNode[]): SchemaNode =>
  ({ element: { name: 'x', ...element }, children, count: 1, path: [] }) as unknown as SchemaNode

const INT: Partial<Element> = { name: 'element', type: 'INT32' }
const DAY: Partial<Element> = { ...INT, converted_type: 'DATE' }
const repeated = (name: string, ...children: SchemaNode[]) =>
  node({ name, repetition_type: 'REPEATED' }, ...children)

describe('a list', () => {
  const days = ['1970-01-01', '1970-01-02']

  it.each<[string, SchemaNode]>([
    ['of three levels', node({ converted_type: 'LIST' }, repeated('list', node(DAY)))],
    ['with a logical type', node({ logical_type: { type: 'LIST' } }, repeated('list', node(DAY)))],
    ['of two levels', node({ converted_type: 'LIST' }, node({ ...DAY, repetition_type: 'REPEATED' }))],
    ['of one level', node({ ...DAY, repetition_type: 'REPEATED' })],
  ])('%s has the values of its elements', (_, list) => {
    expect(jsonValueOf([0, 1], list)).toEqual(days)
    expect(jsonValueOf([0, null], list)).toEqual([days[0], null])
    expect(jsonValueOf(null, list)).toBeNull()
  })

  it('of two levels may have structs', () => {
    const struct = repeated('array', node({ ...DAY, name: 'a' }), node({ ...INT, name: 'b' }))
    const list = node({ converted_type: 'LIST' }, struct)
    expect(jsonValueOf([{ a: 0, b: 7 }, { b: 8 }], list)).toEqual([
      { a: days[0], b: 7 },
      { a: null, b: 8 },
    ])
  })
})

describe('a map', () => {
  const mapOf = (key: Partial<Element>, map: Partial<Element> = { converted_type: 'MAP' }) =>
    node(map, repeated('key_value', node({ name: 'key', ...key }), node({ ...DAY, name: 'value' })))
  const entries = (...keys: unknown[]) => ({ key_value: keys.map((key, value) => ({ key, value })) })
  const text = { type: 'BYTE_ARRAY' } as const

  it.each<[string, Partial<Element>]>([
    ['MAP', { converted_type: 'MAP' }],
    ['MAP_KEY_VALUE', { converted_type: 'MAP_KEY_VALUE' }],
    ['a logical MAP', { logical_type: { type: 'MAP' } }],
  ])('of the type %s is an object if its keys are different texts', (_, map) => {
    expect(jsonValueOf(entries('a', 'b'), mapOf(text, map))).toEqual({ a: '1970-01-01', b: '1970-01-02' })
    expect(jsonValueOf({}, mapOf(text, map))).toEqual({})
  })

  it('is a list of keys and values otherwise', () => {
    expect(jsonValueOf(entries('a', 'a'), mapOf(text))).toEqual([
      { key: 'a', value: '1970-01-01' },
      { key: 'a', value: '1970-01-02' },
    ])
    expect(jsonValueOf(entries(7), mapOf({ type: 'INT32' }))).toEqual([{ key: 7, value: '1970-01-01' }])
  })
})

describe('a value', () => {
  const noon = 45_000_000_001n

  it.each<[string, unknown, Partial<Element>, unknown]>([
    ['of a time', noon, { logical_type: { type: 'TIME', unit: 'MICROS', isAdjustedToUTC: true } }, '12:30:00.000001'],
    ['of a time in nanoseconds', 1n, { logical_type: { type: 'TIME', unit: 'NANOS', isAdjustedToUTC: false } }, '00:00:00.000000001'],
    ['of a timestamp in UTC', 1n, { logical_type: { type: 'TIMESTAMP', unit: 'MILLIS', isAdjustedToUTC: true } }, '1970-01-01T00:00:00.001Z'],
    ['of a local timestamp', 1n, { logical_type: { type: 'TIMESTAMP', unit: 'MICROS', isAdjustedToUTC: false } }, '1970-01-01T00:00:00.000001'],
    ['of a decimal of a number', -5, { converted_type: 'DECIMAL', scale: 1 }, -0.5],
    ['of a decimal of bytes', Uint8Array.of(1, 0), { converted_type: 'DECIMAL', scale: 2 }, 2.56],
    ['of bytes', Uint8Array.of(0, 255), {}, 'AP8='],
    ['that is true', true, {}, true],
    ['that is a text', 'a', {}, 'a'],
    ['of 2^53 - 1', 2n ** 53n - 1n, {}, 2 ** 53 - 1],
    ['of 2^53', 2n ** 53n, {}, '9007199254740992'],
  ])('%s is JSON without loss', (_, value, element, expected) => {
    expect(jsonValueOf(value, node(element))).toBe(expected)
  }) // biome-ignore format: one line each
})

describe('a vector', () => {
  const listOf = (element: Partial<Element>) =>
    node({ converted_type: 'LIST' }, repeated('list', node(element)))

  it.each<Partial<Element>>([
    { type: 'FLOAT' },
    { type: 'DOUBLE' },
    { type: 'INT32' },
    { type: 'FIXED_LEN_BYTE_ARRAY', logical_type: { type: 'FLOAT16' } },
  ])('of %j is taken as it is', element => {
    const values = [1, 2]
    expect(vectorValueOf(values, listOf(element))).toBe(values)
  })

  it('of other types has the numbers of its values', () => {
    expect(vectorValueOf([5, 10], listOf({ type: 'INT32', converted_type: 'DECIMAL', scale: 1 }))).toEqual([
      0.5, 1,
    ])
    expect(vectorValueOf([5n, 2n ** 60n], listOf({ type: 'INT64' }))).toEqual([5, String(2n ** 60n)])
  })
})

it('dates and maps are decoded as plain values, an enumeration as text, and others as they are', () => {
  const schema = [
    { name: 'a', type: 'INT32', converted_type: 'DATE' },
    { name: 'b', type: 'INT64', logical_type: { type: 'TIMESTAMP', unit: 'NANOS', isAdjustedToUTC: true } },
    { name: 'c', type: 'BYTE_ARRAY', converted_type: 'ENUM' },
    { name: 'd', type: 'BYTE_ARRAY', logical_type: { type: 'ENUM' } },
    { name: 'e', type: 'BYTE_ARRAY', converted_type: 'JSON' },
  ] as Metadata['schema']
  expect(undecodedSchema(schema)).toEqual([
    { name: 'a', type: 'INT32' },
    { name: 'b', type: 'INT64' },
    { name: 'c', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    { name: 'd', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    schema[4],
  ])
})

it('a column with several leaves has up to 256 MiB in a row group, because all of it is in memory', async () => {
  const leaf = (uncompressedSize: number) =>
    ({ metadata: {}, chunk: { path: 'a: x', begin: -1, end: 0, uncompressedSize } }) as unknown as Leaf
  const file = { source: bytesSource(new Uint8Array(0), 'a') } as unknown as ColumnFile
  const first = (...sizes: number[]) => batchesOf(file, {} as RowGroup, 'x', sizes.map(leaf)).next()
  const half = 2 ** 27
  await expect(first(half, half + 1)).rejects.toThrow(
    new FormatError(
      'a: x: is a struct or a map with 268435457 bytes in one row group; write row groups of at most 268435456 bytes, or leave ' +
        'the column out with the option "columns.payload"',
    ),
  )
  await expect(first(half, Number.NaN)).rejects.toThrow('is a struct or a map with NaN bytes')
  await expect(first(half, half)).rejects.toThrow(new FormatError('a: x: is outside of the file'))
  // a single leaf is read a few pages at a time
  await expect(first(2 * half + 1)).rejects.toThrow(new FormatError('a: x: is outside of the file'))
})

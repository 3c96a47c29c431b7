// Columns of numbers in Parquet files, by the converted type that says what the numbers are.

import { describe, expect, it } from 'vitest'
import { dataPage, parquetFile, vectorColumn } from './parquet-file.js'
import { pointsOfText } from './points-of-text.js'

describe('Columns of numbers', () => {
  const [INT32, INT64] = [1, 2]
  const vectors = vectorColumn([[[1, 2]]], 100)

  it.each<[kind: string, converted: number | undefined, type: number, value: number, expected: unknown]>([
    ['without a kind', undefined, INT32, 19_782, 19_782],
    ['of days', 6, INT32, 19_782, '2024-02-29'],
    ['of milliseconds of a day', 7, INT32, 45_000_001, '12:30:00.001'],
    ['of microseconds of a day', 8, INT64, 45_000_000_001, '12:30:00.000001'],
    ['of milliseconds since 1970', 9, INT64, 1_709_209_800_123, '2024-02-29T12:30:00.123Z'],
    ['of microseconds since 1970', 10, INT64, 1_709_209_800_123_456, '2024-02-29T12:30:00.123456Z'],
    ['of decimals without a scale', 5, INT32, 42, 42],
  ])('%s become payload', async (_, converted, type, value, expected) => {
    const bytes = type === INT32 ? Int32Array.of(value) : BigInt64Array.of(BigInt(value))
    const schema = [{ name: 'n', type, ...(converted !== undefined && { converted }) }]
    const column = { schema, pages: [dataPage(1, [...new Uint8Array(bytes.buffer)])], values: 1 }
    const [point] = await pointsOfText(parquetFile([column, vectors], 1), 'a.parquet')
    expect(point!.payload).toEqual({ n: expected })
  })
})

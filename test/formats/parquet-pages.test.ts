// Parquet pages of version 2 and pages with uncommon values: what is read, and what is refused.

import { describe, expect, it } from 'vitest'
import { bytesSource, FormatError, readPoints, watchedSource } from '../../src/formats/index.js'
import { type Column, dataPage, i32, parquetFile, struct, text, vectorColumn } from './parquet-file.js'
import { pointsOfText } from './points-of-text.js'

const vectors = vectorColumn([[[1, 2]], [[3, 4]]], 100)
const int64s = (...values: bigint[]) => [...new Uint8Array(BigInt64Array.from(values).buffer)]
const read = (column: Column, rows = 2) =>
  pointsOfText(parquetFile([column, rows === 2 ? vectors : vectorColumn([[[1, 2]]], 100)], rows), 'a.parquet')

interface Version2 {
  readonly nulls: number
  readonly definitionBytes: number
  readonly repetitionBytes?: number
  readonly isCompressed?: boolean | undefined
}

/** A data page of version 2 with two values; `size` is that of its content, not compressed. */
function version2(
  { nulls, definitionBytes, repetitionBytes = 0, isCompressed }: Version2,
  content: readonly number[],
  size = content.length,
): number[] {
  const fields = struct({
    ...{ 1: i32(2), 2: i32(nulls), 3: i32(2), 4: i32(0) },
    ...{ 5: i32(definitionBytes), 6: i32(repetitionBytes) },
    ...(isCompressed !== undefined && { 7: { type: isCompressed ? 1 : 2, bytes: [] } }),
  })
  const header = struct({ 1: i32(3), 2: i32(size), 3: i32(content.length), 8: fields })
  return [...header.bytes, ...content]
}

/** A column of numbers that may be missing. A run of two definition levels takes two bytes. */
const optional = (page: number[]): Column => ({
  schema: [{ name: 'n', type: 2, repetition: 1 }],
  pages: [page],
  values: 2,
})

describe('a data page of version 2', () => {
  it.each([undefined, true, false])(
    'is decompressed, unless its header says otherwise: %s',
    async isCompressed => {
      const values = int64s(5n, 6n)
      // a literal of 16 bytes in Snappy
      const content = isCompressed === false ? values : [16, 15 << 2, ...values]
      const page = version2({ nulls: 0, definitionBytes: 2, isCompressed }, [4, 1, ...content], 18)
      const found = await read({ ...optional(page), codec: 1 })
      expect(found.map(({ payload }) => payload)).toEqual([{ n: 5 }, { n: 6 }])
    },
  )

  it('may have nulls only', async () => {
    const page = version2({ nulls: 2, definitionBytes: 2 }, [4, 0])
    expect((await read(optional(page))).map(({ payload }) => payload)).toEqual([{ n: null }, { n: null }])
  })

  it.each<[string, Version2, number[], string]>([
    ['more nulls than values', { nulls: 3, definitionBytes: 2 }, [4, 1], 'it claims 3 nulls'],
    ['a negative number of nulls', { nulls: -1, definitionBytes: 2 }, [4, 1], 'it claims -1 nulls'],
    [
      'levels that are longer than the page',
      { nulls: 0, definitionBytes: 19 },
      [4, 1, ...int64s(5n, 6n)],
      'it ends within its levels',
    ],
    [
      'levels of a negative length',
      { nulls: 0, definitionBytes: -1 },
      [4, 1, ...int64s(5n, 6n)],
      'it ends within its levels',
    ],
    [
      'repetition levels of a negative length',
      { nulls: 0, definitionBytes: 2, repetitionBytes: -1 },
      [4, 1, ...int64s(5n, 6n)],
      'it ends within its levels',
    ],
  ])('with %s is refused', async (_, header, content, message) => {
    await expect(read(optional(version2(header, content)))).rejects.toThrow(
      new FormatError(`a.parquet: n: the page at byte 4: is damaged: ${message}`),
    )
  })
})

describe('a page', () => {
  const idsOf = (page: number[], values = 2): Column => ({
    schema: [{ name: 'id', type: 2 }],
    pages: [page],
    values,
  })
  /** A page of this type that claims `size` bytes, not compressed. */
  const claiming = (size: number, type = 0, values = 2) => {
    const content = int64s(1n, 2n)
    const field = type === 2 ? 7 : 5
    const header = struct({
      ...{ 1: i32(type), 2: i32(size), 3: i32(content.length) },
      [field]: struct({ 1: i32(values), 2: i32(0), 3: i32(3), 4: i32(3) }),
    })
    return [...header.bytes, ...content]
  }

  it('claims up to 16 MiB, whatever the size of its column, and has them', async () => {
    await expect(read(idsOf(claiming(1 << 24)))).rejects.toThrow('does not match header 16777216')
    for (const size of [(1 << 24) + 1, -1]) {
      await expect(read(idsOf(claiming(size)))).rejects.toThrow(
        new FormatError('a.parquet: id: the page at byte 4: is larger than its column'),
      )
    }
  })

  it('of a dictionary has at most a value for each byte', async () => {
    await expect(read(idsOf(claiming(16, 2, 17)))).rejects.toThrow(
      new FormatError(
        'a.parquet: id: the page at byte 4: expected at most 16 values, got 17; write smaller pages',
      ),
    )
  })

  it.each([5, 6, 7])(
    'in the DELTA encoding %i has blocks of at most 1,024 parts if it is short',
    async encoding => {
      const withParts = (parts: number) =>
        read(idsOf(dataPage(2, [128, 1, 128 + (parts % 128), Math.floor(parts / 128), 2, 0], encoding)))
      await expect(withParts(1025)).rejects.toThrow('is damaged: its blocks have 1025 parts')
      await expect(withParts(1024)).rejects.not.toThrow('parts')
    },
  )

  it('may have a header of more than 32 KiB, with long texts as its statistics', async () => {
    const content = int64s(1n, 2n)
    const sizes = { 2: i32(content.length), 3: i32(content.length) }
    const statistics = struct({ 1: text('x'.repeat(40_000)) })
    const fields = { 1: i32(2), 2: i32(0), 3: i32(3), 4: i32(3), 5: statistics }
    const header = struct({ 1: i32(0), ...sizes, 5: struct(fields) })
    expect((await read(idsOf([...header.bytes, ...content]))).map(({ id }) => id)).toEqual([1, 2])
  })

  it('of many bytes is read when its rows are asked for, and not before', async () => {
    const [pages, bytes] = [5, 600_000]
    const long = [...new Uint8Array(Uint32Array.of(bytes).buffer), ...Array<number>(bytes).fill(97)]
    const texts: Column = {
      schema: [{ name: 'text', type: 6, converted: 0 }],
      pages: Array.from({ length: pages }, () => dataPage(1, long)),
      values: pages,
    }
    let done = 0
    const source = watchedSource(bytesSource(parquetFile([texts], pages)), count => {
      done += count
    })
    const points = readPoints(source)
    expect((await points.next()).value?.text?.length).toBe(bytes)
    // a part ends with the page in which it reaches a mebibyte; the next page shows that it is whole
    expect(done).toBeLessThan(4 * bytes)
    let rest = 0
    for await (const { text } of points) rest += text!.length
    expect(rest).toBe((pages - 1) * bytes)
  })

  it('may have dictionary indices of 32 bits', async () => {
    await expect(read(idsOf(dataPage(2, [33, 4, 0, 0, 0, 0], 8)))).rejects.toThrow('have 33 bits')
    expect(await read(idsOf(dataPage(2, [32, 4, 0, 0, 0, 0], 8)))).toHaveLength(2)
  })
})

describe('a value that JSON does not have', () => {
  const [INT96, FLOAT, DOUBLE, BYTES, DECIMAL] = [3, 4, 5, 6, 5]
  const day = (nanoseconds: bigint, julian: number) => [
    ...int64s(nanoseconds),
    ...new Uint8Array(Int32Array.of(julian).buffer),
  ]
  const column = (type: number, content: readonly number[], converted?: number): Column => ({
    schema: [{ name: 'n', type, ...(converted !== undefined && { converted }) }],
    pages: [dataPage(1, content)],
    values: 1,
  })

  it.each<[string, Column, unknown]>([
    ['NaN', column(DOUBLE, [...new Uint8Array(Float64Array.of(Number.NaN).buffer)]), 'NaN'],
    [
      'an infinite number',
      column(FLOAT, [...new Uint8Array(Float32Array.of(-Infinity).buffer)]),
      '-Infinity',
    ],
    [
      'a time of 96 bits',
      column(INT96, day(45_000_000_000_001n, 2_440_589)),
      '1970-01-02T12:30:00.000000001',
    ],
    ['a decimal of bytes', column(BYTES, [2, 0, 0, 0, 0xcf, 0xc7], DECIMAL), -12_345],
  ])('becomes one that it has: %s', async (_, values, expected) => {
    const [point] = await read(values, 1)
    expect(point!.payload).toEqual({ n: expected })
  })
})

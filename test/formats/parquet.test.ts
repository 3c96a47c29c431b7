// Parquet files that no writer at hand makes: see parquet-file.ts.

import { describe, expect, it } from 'vitest'
import { bytesSource, type FileColumns, FormatError, readPoints } from '../../src/formats/index.js'
import {
  dateText,
  decimalValue,
  timestampText,
  timeText,
  unscaledOf,
} from '../../src/formats/parquet/column-types.js'
import { between, random } from '../support/random.js'
import {
  type Column,
  dataPage,
  i32,
  idColumn,
  levels,
  parquetFile,
  struct,
  vectorColumn,
} from './parquet-file.js'
import { firstDifference, pointsOfText } from './points-of-text.js'

/** Documents of 1 to `maxRows` rows of `dim` small whole numbers. */
function documentsOf(seed: number, count: number, maxRows: number, dim: number): number[][][] {
  const next = random(seed)
  return Array.from({ length: count }, () =>
    Array.from({ length: between(next, 1, maxRows) }, () =>
      Array.from({ length: dim }, () => between(next, -99, 99)),
    ),
  )
}

describe('Parquet lists that continue in the next page', () => {
  it.each<[string, number, number, number, number]>([
    ['pages of a value', 5, 3, 4, 1],
    ['pages that end within rows', 40, 5, 7, 10],
    ['documents of many pages', 3, 40, 8, 16],
    // a part of a column that is decoded at once ends with the page in which it reaches 65,536 values
    ['more values than are decoded at once', 450, 40, 9, 1000],
    ['a document of more values than are decoded at once', 2, 20_000, 8, 1024],
  ])('are read whole: %s', async (name, count, maxRows, dim, pageValues) => {
    const seed = name.length
    const documents = documentsOf(seed, count, maxRows, dim)
    const ids = documents.map((_, index) => index + 1)
    const file = parquetFile([idColumn(ids), vectorColumn(documents, pageValues)], count)
    const points = await pointsOfText(file, 'a.parquet')
    expect(points.map(({ id }) => id)).toEqual(ids)
    for (const [index, { vector }] of points.entries()) {
      const difference = firstDifference(vector!.data, documents[index]!.flat())
      expect([vector!.dim, difference], `seed ${seed}, document ${index}`).toEqual([dim, undefined])
    }
  })
})

it('names the row of a Parquet file whose point is wrong, counted from 0 over all row groups', async () => {
  const file = parquetFile([idColumn([1, 2, -3]), vectorColumn([[[1, 2]], [[3, 4]], [[5, 6]]], 100)], 3)
  await expect(pointsOfText(file, 'a.parquet')).rejects.toThrow('a.parquet, row 2')
})

describe('A Parquet file is refused', () => {
  const vectors = vectorColumn([[[1, 2]], [[3, 4]]], 100)
  const ids = idColumn([1, 2])
  const encrypted = 'is encrypted; write the file without encryption'
  const int64s = (...values: bigint[]) => [...new Uint8Array(BigInt64Array.from(values).buffer)]
  const optional = (pages: number[][], values = 2): Column => ({
    schema: [{ name: 'n', type: 2, repetition: 1 }],
    pages,
    values,
  })

  it.each<[string, readonly Column[], number, string]>([
    [
      'with more values than rows',
      [idColumn([1, 2, 3]), vectors],
      2,
      'id: has more rows than its row group (2)',
    ],
    ['with fewer values than rows', [idColumn([1]), vectors], 2, 'id: has fewer rows than its row group (2)'],
    ['with two columns of a name', [ids, ids, vectors], 2, 'has two columns with the name "id"'],
    [
      'with two vectors of a name',
      [ids, vectors, vectors],
      2,
      'has two columns with the name "vector.list.element.list.element"',
    ],
    [
      'with more values than its metadata says',
      [{ ...ids, values: 1 }, vectors],
      2,
      'id: the page at byte 4: has more values than its column',
    ],
    [
      'with a run of levels that is too long',
      [optional([dataPage(2, [...levels([1, 1, 1, 1]), ...int64s(1n, 2n)])]), vectors],
      2,
      'n: the page at byte 4: is damaged: a run repeats 4 values, more than the page has',
    ],
    [
      'with a run of levels of a list that is too long',
      [
        {
          ...vectors,
          pages: [dataPage(4, [...levels([0, 2, 0, 2]), ...levels(Array(9).fill(2)), ...Array(16).fill(0)])],
        },
      ],
      2,
      'vector.list.element.list.element: the page at byte 4: is damaged: a run repeats 9 values, more than the page has',
    ],
    [
      'with levels that are longer than the page',
      [optional([dataPage(2, [200, 0, 0, 0, 4, 1])]), vectors],
      2,
      'n: the page at byte 4: is damaged: it ends within its levels',
    ],
    [
      'with a page without levels',
      [optional([dataPage(2, [4, 1])]), vectors],
      2,
      'n: the page at byte 4: is damaged: it ends before its levels',
    ],
    [
      'with a page that is larger than its column',
      [
        {
          ...ids,
          pages: [
            struct({ 1: i32(0), 2: i32(16), 3: i32(17), 5: struct({ 1: i32(2) }) }).bytes.concat(
              int64s(1n, 2n),
            ),
          ],
        },
        vectors,
      ],
      2,
      'id: the page at byte 4: is larger than its column',
    ],
    [
      'with a page of too many values',
      [{ ...ids, values: 2 ** 26, pages: [dataPage(2 ** 26, int64s(1n, 2n))] }, vectors],
      2,
      'id: the page at byte 4: expected at most 33554432 values, got 67108864; write smaller pages',
    ],
    [
      'with a damaged page header',
      [{ ...ids, pages: [[0x1d, 0]] }, vectors],
      2,
      'id: the page at byte 4: has a damaged header: unexpected type 13',
    ],
    [
      'with a column that ends after the file',
      [{ ...ids, size: 1e6 }, vectors],
      2,
      'id: is outside of the file',
    ],
    [
      'with a column that ends before it begins',
      [{ ...ids, size: -1 }, vectors],
      2,
      'id: is outside of the file',
    ],
    [
      'with a column without metadata',
      [{ ...ids, hasMetadata: false }, vectors],
      2,
      'has a column without metadata',
    ],
    ['with an encrypted column', [{ ...ids, isEncrypted: true }, vectors], 2, `id: ${encrypted}`],
    [
      'with an encrypted column whose metadata is encrypted too',
      [{ ...ids, isEncrypted: true, hasMetadata: false }, vectors],
      2,
      encrypted,
    ],
    [
      'with pages that are compressed by LZO',
      [{ ...ids, codec: 3 }, vectors],
      2,
      'id: is compressed by LZO, which is not supported',
    ],
    ['with a negative number of rows', [ids, vectors], -1, 'has a row group of -1 rows'],
    [
      'with dictionary indices of more than 32 bits',
      [{ ...ids, pages: [dataPage(2, [33, 4, 0, 0], 8)] }, vectors],
      2,
      'id: the page at byte 4: is damaged: its dictionary indices have 33 bits',
    ],
    [
      'with blocks of many parts',
      [{ ...ids, pages: [dataPage(2, [128, 1, 255, 255, 3, 2, 0], 5)] }, vectors],
      2,
      'id: the page at byte 4: is damaged: its blocks have 65535 parts',
    ],
  ])('%s', async (_, columns, rows, message) => {
    const error = new FormatError(`a.parquet: ${message}`)
    await expect(pointsOfText(parquetFile(columns, rows), 'a.parquet')).rejects.toThrow(error)
  })

  it('that claims more metadata than it has', async () => {
    const bytes = parquetFile([ids, vectors], 2)
    const view = new DataView(bytes.buffer)
    for (const length of [bytes.length - 11, bytes.length, 2 ** 32 - 1]) {
      view.setUint32(bytes.length - 8, length, true)
      await expect(pointsOfText(bytes, 'a.parquet')).rejects.toThrow(
        new FormatError(`a.parquet: claims ${length} bytes of metadata, more than the file has`),
      )
    }
  })
})

/** A column of bytes: texts by their converted type, or bytes without a type. */
function bytesColumn(name: string, values: readonly (string | number[])[], converted?: number): Column {
  const content = values.flatMap(value => {
    const bytes = [...Buffer.from(value as string)]
    return [...new Uint8Array(Uint32Array.of(bytes.length).buffer), ...bytes]
  })
  const element = { name, type: 6, ...(converted !== undefined && { converted }) }
  return { schema: [element], pages: [dataPage(values.length, content)], values: values.length }
}

const [UTF8, ENUM, JSON_TEXT, BSON] = [0, 4, 19, 20]
const texts = (name: string, values: readonly (string | number[])[]) => bytesColumn(name, values, UTF8)

describe('The option columns', () => {
  const vectors = vectorColumn([[[1, 2]], [[3, 4]]], 100)
  const [root, ...below] = vectors.schema
  const named = { ...vectors, schema: [{ ...root!, name: 'colbert' }, ...below] }
  const file = parquetFile(
    [idColumn([1, 2]), named, vectors, texts('body', ['a', 'b']), texts('doc', ['7', '007'])],
    2,
  )
  async function readColumns(columns: FileColumns) {
    const points = []
    for await (const point of readPoints(bytesSource(file, 'a.parquet'), { columns })) points.push(point)
    return points
  }

  it('names the columns with the vectors, ids and texts; all others become payload', async () => {
    const [, second] = await readColumns({ vector: 'colbert', id: 'doc', text: 'body' })
    const vector = { data: Float32Array.of(3, 4), dim: 2 }
    expect(second).toEqual({ id: '007', vector, text: 'b', payload: { id: 2, vector: [[3, 4]] } })
  })

  it('lists the columns that become payload; others are not read', async () => {
    const [first] = await readColumns({ payload: ['doc'] })
    const vector = { data: Float32Array.of(1, 2), dim: 2 }
    expect(first).toEqual({ id: 1, vector, text: undefined, payload: { doc: '7' } })
  })

  it('need not list those with the vectors, ids and texts as payload', async () => {
    const [first] = await readColumns({ vector: 'colbert', id: 'doc', text: 'body', payload: ['id'] })
    const vector = { data: Float32Array.of(1, 2), dim: 2 }
    expect(first).toEqual({ id: '7', vector, text: 'a', payload: { id: 1 } })
  })

  it.each<FileColumns>([{ vector: 'x' }, { id: 'x' }, { text: 'x' }, { payload: ['doc', 'x'] }])(
    'refuses a column that does not exist: %j',
    async columns => {
      await expect(readColumns(columns)).rejects.toThrow(
        new FormatError('a.parquet: has no column "x"; its columns: id, colbert, vector, body, doc'),
      )
    },
  )
})

describe('Columns of bytes', () => {
  const vectors = vectorColumn([[[1, 2]]], 100)
  const read = (column: Column) => pointsOfText(parquetFile([column, vectors], 1), 'a.parquet')

  it.each<[string, Column, unknown, unknown]>([
    ['without a type are base64 in the payload', bytesColumn('b', [[0, 255, 16]]), undefined, { b: 'AP8Q' }],
    [
      'of any length are base64',
      bytesColumn('b', [Array(30_000).fill(65)]),
      undefined,
      { b: 'QUFB'.repeat(10_000) },
    ],
    ['without a type are a text as an id', bytesColumn('id', ['doc-é']), 'doc-é', {}],
    ['are text if they are an enumeration', bytesColumn('b', ['é'], ENUM), undefined, { b: 'é' }],
    [
      'are JSON',
      bytesColumn('b', ['{"n":12345678901234567890}'], JSON_TEXT),
      undefined,
      { b: { n: '12345678901234567890' } },
    ],
    ['of BSON are base64', bytesColumn('b', [[1, 2, 3]], BSON), undefined, { b: 'AQID' }],
    ['keep a byte order mark', texts('b', ['\ufeffa']), undefined, { b: '\ufeffa' }],
    ['with the name __proto__ stay', texts('__proto__', ['a']), undefined, JSON.parse('{"__proto__":"a"}')],
  ])('%s', async (_, column, id, payload) => {
    const [point] = await read(column)
    expect([point!.id, JSON.stringify(point!.payload)]).toEqual([id, JSON.stringify(payload)])
  })

  it.each<[string, Column, string]>([
    [
      'are refused if they are texts that are not UTF-8',
      texts('b', [[0xe9]]),
      'b: cannot be read as Parquet: a text is not valid UTF-8; the option "columns.payload" can leave out a column',
    ],
    ['are refused as ids that are not UTF-8', bytesColumn('id', [[0xe9]]), 'id: a text is not valid UTF-8'],
  ])('%s', async (_, column, message) => {
    await expect(read(column)).rejects.toThrow(new FormatError(`a.parquet: ${message}`))
  })

  it('that are refused can be left out', async () => {
    const file = bytesSource(parquetFile([texts('b', [[0xe9]]), vectors, texts('c', ['d'])], 1))
    const points = readPoints(file, { columns: { payload: ['c'] } })
    expect((await points.next()).value?.payload).toEqual({ c: 'd' })
  })
})

it('A Parquet page in DELTA encoding may have one value and no block', async () => {
  // the size of a block (2048), its parts (8), the number of values, the first value
  const page = dataPage(1, [0x80, 0x10, 8, 1, 14], 5)
  const ids = { schema: [{ name: 'id', type: 2 }], pages: [page], values: 1 }
  const [point] = await pointsOfText(parquetFile([ids, vectorColumn([[[1, 2]]], 100)], 1))
  expect(point!.id).toBe(7)
})

describe('Values of Parquet that JSON does not have', () => {
  it.each<[bigint, number, unknown]>([
    [12345n, 2, 123.45],
    [-5n, 3, -0.005],
    [0n, 2, 0],
    [7n, 0, 7],
    [999_999_999_999_999n, 2, 9_999_999_999_999.99],
    [1_000_000_000_000_001n, 2, '10000000000000.01'],
    [-1_234_567_890_123_456_789n, 19, '-0.1234567890123456789'],
    [10n ** 30n, 0, '1000000000000000000000000000000'],
  ])('a decimal of %s / 10^%i is %j', (unscaled, scale, expected) => {
    expect(decimalValue(unscaled, scale)).toBe(expected)
  })

  it.each<[number[], bigint]>([
    [[], 0n],
    [[0x7f], 127n],
    [[0x80], -128n],
    [[0xff, 0xff, 0xfe], -2n],
    [[0, 0x80], 128n],
  ])('the bytes %j are %s', (bytes, expected) => {
    expect(unscaledOf(Uint8Array.from(bytes))).toBe(expected)
  })

  it.each<[number, string]>([
    [0, '1970-01-01'],
    [-1, '1969-12-31'],
    [19_782, '2024-02-29'],
    [100_000_001, '100000001'],
  ])('day %i is %s', (days, expected) => {
    expect(dateText(days)).toBe(expected)
  })

  it.each<[bigint, 'MILLIS' | 'MICROS' | 'NANOS', string]>([
    [0n, 'MILLIS', '00:00:00.000'],
    [86_399_999n, 'MILLIS', '23:59:59.999'],
    [1n, 'MICROS', '00:00:00.000001'],
    [1000n, 'MICROS', '00:00:00.001'],
    [1n, 'NANOS', '00:00:00.000000001'],
    [1000n, 'NANOS', '00:00:00.000001'],
    [86_400_000n, 'MILLIS', '86400000'],
    [-1n, 'MILLIS', '-1'],
  ])('the time of day %s %s is %s', (value, unit, expected) => {
    expect(timeText(value, unit)).toBe(expected)
  })

  it.each<[bigint, 'MILLIS' | 'MICROS' | 'NANOS', boolean, string]>([
    [0n, 'MILLIS', true, '1970-01-01T00:00:00.000Z'],
    [-1n, 'MICROS', true, '1969-12-31T23:59:59.999999Z'],
    [1_709_209_800_123_456n, 'MICROS', false, '2024-02-29T12:30:00.123456'],
    [1_709_209_800_123_000_001n, 'NANOS', true, '2024-02-29T12:30:00.123000001Z'],
    [1_709_209_800_120_000_000n, 'NANOS', false, '2024-02-29T12:30:00.120'],
    [2n ** 63n - 1n, 'MILLIS', true, '9223372036854775807'],
  ])('the timestamp %s %s is written with all its digits: UTC %s, %s', (value, unit, isUtc, expected) => {
    expect(timestampText(value, unit, isUtc)).toBe(expected)
  })
})

// Reads files that NumPy, safetensors, pyarrow and fastparquet wrote (test/fixtures/make.py), number for number.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { blobSource, type FilePoint, openFile, readPoints } from '../../src/formats/index.js'
import { loadParquetLibrary } from '../../src/formats/parquet/library.js'
import { firstDifference, pointsOfText } from './points-of-text.js'

const folder = 'test/fixtures/formats'
const lengths = [1, 4, 2, 3, 2]

/** The values that make.py writes. */
const values = (count: number, areIntegers = false) =>
  Array.from({ length: count }, (_, i) => {
    const value = ((i * 37) % 129) - 64
    return areIntegers ? value : value / 8
  })

function documents(counts: readonly number[], areIntegers = false): number[][] {
  const all = values(4 * counts.reduce((sum, count) => sum + count, 0), areIntegers)
  let end = 0
  return counts.map(count => {
    end += 4 * count
    return all.slice(end - 4 * count, end)
  })
}

async function read(file: string, signal?: AbortSignal): Promise<FilePoint[]> {
  const source = await openFile(`${folder}/${file}`)
  const points: FilePoint[] = []
  try {
    for await (const point of readPoints(source, { signal })) points.push(point)
  } finally {
    await source.close()
  }
  return points
}

const numbersOf = (points: readonly FilePoint[]) => points.map(({ vector }) => [...vector!.data])
const idsOf = (points: readonly FilePoint[]) => points.map(({ id }) => id)
const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
const titlesAndNumbers = lengths.map((_, index) => ({ title: `é ${index}`, n: index }))
const titles = titlesAndNumbers.map(({ title }) => ({ title }))
const titlesAndNulls = titles.map(({ title }) => ({ title, x: null }))
const uuids = lengths.map((_, index) => uuid(index))
const numbers = lengths.map((_, index) => index)
const tens = lengths.map((_, index) => 10 + index)

interface Expected {
  readonly vectors: number[][]
  readonly ids?: readonly unknown[]
  readonly payloads?: readonly object[]
}

const cases: Record<string, Expected> = {
  'lengths.npz': { vectors: documents(lengths), ids: [5, 4, 3, 2, 1] },
  'offsets.npz': { vectors: documents(lengths), ids: uuids, payloads: titlesAndNumbers },
  'documents.npz': { vectors: documents(lengths), ids: numbers },
  'documents-ids.npz': { vectors: documents(lengths), ids: uuids },
  'positional.npz': { vectors: documents(lengths), ids: numbers },
  'fortran.npz': { vectors: documents(lengths) },
  'zip64.npz': { vectors: documents(lengths) },
  'macos.npz': { vectors: documents(lengths) },
  'documents.safetensors': { vectors: documents(lengths), ids: numbers },
  'cube.safetensors': { vectors: documents([2, 2, 2]) },
  'nested.parquet': { vectors: documents(lengths), ids: tens, payloads: titles },
  'small-pages.parquet': { vectors: documents(lengths), ids: tens, payloads: titles },
  'zstd.parquet': { vectors: documents(lengths), ids: tens, payloads: titles },
  'brotli.parquet': { vectors: documents(lengths), ids: tens, payloads: titles },
  'lz4.parquet': { vectors: documents(lengths), ids: tens, payloads: titles },
  'nulls-lz4.parquet': { vectors: documents(lengths), ids: tens, payloads: titlesAndNulls },
  'nulls-version-2.parquet': { vectors: documents(lengths), ids: tens, payloads: titlesAndNulls },
  'struct.parquet': {
    vectors: documents(lengths),
    ids: tens,
    payloads: titles.map(({ title }, i) => ({
      title,
      meta: i === 2 ? null : { n: i, names: Array(i % 3).fill({ first: `é ${i}` }) },
      tags: { a: i },
    })),
  },
  'tensors.parquet': { vectors: documents([2, 2, 2]), ids: [1, 2, 3] },
  'empty.parquet': { vectors: [] },
  'fixed.parquet': { vectors: documents(lengths), ids: tens, payloads: titles },
  'dense.parquet': {
    vectors: documents(lengths).map(document => document.slice(0, 4)),
    ids: tens,
    payloads: titles,
  },
}
for (const file of readdirSync(folder)) {
  if (/^(cube|version).*npy$/.test(file)) cases[file] = { vectors: documents([2, 2, 2]) }
  if (/^whole-i/.test(file)) cases[file] = { vectors: documents([2, 2, 2], true) }
  if (/^whole-u/.test(file)) {
    cases[file] = { vectors: documents([2, 2, 2], true).map(each => each.map(Math.abs)) }
  }
  if (/^rows.*npy$/.test(file)) cases[file] = { vectors: documents(Array(12).fill(1)) }
  if (/^b?float\d+\.safetensors$/.test(file)) cases[file] = { vectors: documents(lengths) }
}

describe('readPoints', () => {
  it('is tested with every file of vectors in the folder', () => {
    expect(Object.keys(cases)).toHaveLength(42)
  })

  it.each(Object.entries(cases))('reads %s exactly', async (file, { vectors, ids, payloads }) => {
    const points = await read(file)
    expect(numbersOf(points)).toEqual(vectors)
    expect(points.every(({ vector }) => vector?.dim === 4)).toBe(true)
    expect(idsOf(points)).toEqual(ids ?? points.map(() => undefined))
    expect(points.map(({ payload }) => payload)).toEqual(payloads ?? points.map(() => ({})))
  })

  it('reads texts and other columns of Parquet', async () => {
    expect(await read('texts.parquet')).toEqual(
      [2020, 2021, null, 2023, 2024].map((year, index) => ({
        id: uuid(index),
        vector: undefined,
        text: `text ${index}`,
        payload: { year },
      })),
    )
  })

  it('reads a Parquet column of categories that are all missing', async () => {
    const points = await read('nulls-category.parquet')
    expect(points.map(({ id, text, payload }) => [id, text, payload])).toEqual([
      [1, 'a', { x: null }],
      [2, 'b', { x: null }],
      [3, 'c', { x: null }],
    ])
  })

  it('reads a Parquet page of more than 2,500,000 values', async () => {
    const points = await read('large-page.parquet')
    expect(points.map(({ id, vector }) => [id, vector?.dim, vector?.data.length])).toEqual(
      [0, 1, 2].map(id => [id, 128, 7000 * 128]),
    )
    for (const { id, vector } of points)
      expect(vector!.data.every(value => value === Number(id) / 8)).toBe(true)
  })

  it('reads a Parquet column with a dictionary and many pages', async () => {
    const points = await read('many-pages.parquet')
    expect(points).toHaveLength(6000)
    for (const [i, { id, vector }] of points.entries()) {
      const data = Float32Array.from({ length: 7 * (1 + (i % 4)) }, (_, k) => ((k + 3 * i) % 50) / 8)
      const difference = firstDifference(vector!.data, data)
      if (id !== i || vector!.dim !== 7 || difference) expect.fail(`document ${i}, id ${id}: ${difference}`)
    }
  })

  describe('a Parquet column of tensors', () => {
    async function vectorsOf(vector: string) {
      const source = await openFile(`${folder}/tensor-orders.parquet`)
      const points: FilePoint[] = []
      try {
        for await (const point of readPoints(source, { columns: { vector, payload: [] } })) points.push(point)
      } finally {
        await source.close()
      }
      return points
    }

    it.each(['vector', 'ordered'])('has the rows of its shape: %s', async vector => {
      const points = await vectorsOf(vector)
      expect(points.map(point => point.vector?.dim)).toEqual([4, 4, 4])
      expect(numbersOf(points)).toEqual(documents([2, 2, 2]))
    })

    it.each([
      ['permuted', 'has tensors of the shape (4, 2) in another order; expected two dimensions, rows x dim'],
      ['cubes', 'has tensors of the shape (2, 2, 2); expected two dimensions, rows x dim'],
    ])('that are not rows is refused: %s', async (vector, message) => {
      await expect(vectorsOf(vector)).rejects.toThrow(`tensor-orders.parquet: ${vector}: ${message}`)
    })
  })

  it('turns large integers, bytes and times of Parquet into text', async () => {
    const points = await read('payloads.parquet')
    expect(points.map(({ payload }) => payload)).toEqual([
      {
        large: '1152921504606846977',
        small: 2 ** 53 - 1,
        bytes: 'AP8QgA==',
        time: '2024-02-29T12:30:00.000Z',
        flag: true,
      },
      { large: '-9007199254740993', small: null, bytes: null, time: null, flag: null },
    ])
  })

  it('reads a Blob as it reads a file', async () => {
    const points: FilePoint[] = []
    const blob = new Blob([readFileSync(`${folder}/offsets.npz`)])
    for await (const point of readPoints(blobSource(blob))) points.push(point)
    expect(points).toEqual(await read('offsets.npz'))
  })

  it('reads a deflated .npz file with the functions that browsers have', async () => {
    const blob = new Blob([readFileSync(`${folder}/zip64.npz`)])
    const expected = await read('zip64.npz')
    vi.stubGlobal('process', Object.create(process, { versions: { value: {} } }))
    try {
      const points: FilePoint[] = []
      for await (const point of readPoints(blobSource(blob))) points.push(point)
      expect(points).toEqual(expected)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('ends with the reason of an aborted signal', async () => {
    await expect(read('lengths.npz', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})

it('no decompressor gets an empty page: some refuse it', async () => {
  const { decompressorOf } = await loadParquetLibrary()
  for (const codec of ['SNAPPY', 'LZ4_RAW', 'ZSTD'] as const) {
    expect(decompressorOf(codec, 'a.parquet')!(new Uint8Array(0), 0)).toEqual(new Uint8Array(0))
  }
})

describe('lines of JSON', () => {
  it.each<[string, Record<string, unknown>]>([
    ['{"id":1,"vector":[[1,2],[3,4]]}', { id: 1, rows: [1, 2, 3, 4] }],
    ['{"id":"7","vectors":[[1,2]],"n":3}', { id: '7', rows: [1, 2], payload: { n: 3 } }],
    ['{"_id":1,"embedding":[1,2]}', { id: 1, rows: [1, 2] }],
    ['{"vector":{"colbert":[[1,2]]},"payload":{"a":1}}', { rows: [1, 2], payload: { a: 1 } }],
    ['\ufeff{"text":"a","lang":"de"}\r\n\n', { text: 'a', payload: { lang: 'de' } }],
    [`{"id":"${uuid(1).toUpperCase()}","text":""}`, { id: uuid(1), text: '' }],
  ])('%j is a point', async (line, { id, rows, text, payload = {} }) => {
    const [point] = await pointsOfText(line)
    expect([point!.id, point!.text, point!.payload]).toEqual([id, text, payload])
    expect(point!.vector && [...point!.vector.data]).toEqual(rows)
  })

  it('a file of blank lines has no points', async () => {
    expect(await pointsOfText('')).toEqual([])
    expect(await pointsOfText('\n\n')).toEqual([])
  })
})

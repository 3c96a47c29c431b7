// Files that NumPy, safetensors and pyarrow wrote (test/fixtures/make.py) come back number for number, and files that are
// not what they should be are refused with their name and the place.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import {
  blobSource,
  bytesSource,
  type FilePoint,
  FormatError,
  openFile,
  readPoints,
} from '../../src/formats/index.js'

const folder = 'test/fixtures/formats'
const lengths = [1, 4, 2, 3, 2]

/** What make.py writes. */
const values = (count: number, whole = false) =>
  Array.from({ length: count }, (_, i) => {
    const value = ((i * 37) % 129) - 64
    return whole ? value : value / 8
  })

function documents(counts: readonly number[], whole = false): number[][] {
  const all = values(4 * counts.reduce((sum, count) => sum + count, 0), whole)
  let at = 0
  return counts.map(count => {
    at += 4 * count
    return all.slice(at - 4 * count, at)
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

const numbers = (points: readonly FilePoint[]) => points.map(({ vector }) => [...vector!.data])
const ids = (points: readonly FilePoint[]) => points.map(({ id }) => id)
const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
const titled = lengths.map((_, index) => ({ title: `é ${index}`, n: index }))
const titles = titled.map(({ title }) => ({ title }))

describe('what other libraries wrote comes back:', () => {
  const cases: Record<string, { vectors: number[][]; ids?: unknown[]; payloads?: object[] }> = {
    'lengths.npz': { vectors: documents(lengths), ids: [5, 4, 3, 2, 1] },
    'offsets.npz': { vectors: documents(lengths), ids: lengths.map((_, i) => uuid(i)), payloads: titled },
    'documents.npz': { vectors: documents(lengths), ids: [0, 1, 2, 3, 4] },
    'positional.npz': { vectors: documents(lengths), ids: [0, 1, 2, 3, 4] },
    'fortran.npz': { vectors: documents(lengths) },
    'zip64.npz': { vectors: documents(lengths) },
    'documents.safetensors': { vectors: documents(lengths), ids: [0, 1, 2, 3, 4] },
    'cube.safetensors': { vectors: documents([2, 2, 2]) },
    'nested.parquet': { vectors: documents(lengths), ids: [10, 11, 12, 13, 14], payloads: titles },
    'zstd.parquet': { vectors: documents(lengths), ids: [10, 11, 12, 13, 14], payloads: titles },
    'brotli.parquet': { vectors: documents(lengths), ids: [10, 11, 12, 13, 14], payloads: titles },
    'lz4.parquet': { vectors: documents(lengths), ids: [10, 11, 12, 13, 14], payloads: titles },
    'empty.parquet': { vectors: [] },
    'fixed.parquet': { vectors: documents(lengths), ids: [10, 11, 12, 13, 14], payloads: titles },
    'dense.parquet': {
      vectors: documents(lengths).map(document => document.slice(0, 4)),
      ids: [10, 11, 12, 13, 14],
      payloads: titles,
    },
  }
  for (const file of readdirSync(folder)) {
    if (/^(cube|version).*npy$/.test(file)) cases[file] = { vectors: documents([2, 2, 2]) }
    if (/^whole-i/.test(file)) cases[file] = { vectors: documents([2, 2, 2], true) }
    if (/^whole-u/.test(file))
      cases[file] = { vectors: documents([2, 2, 2], true).map(each => each.map(Math.abs)) }
    if (/^rows.*npy$/.test(file)) cases[file] = { vectors: documents(Array(12).fill(1)) }
    if (/^b?float\d+\.safetensors$/.test(file)) cases[file] = { vectors: documents(lengths) }
  }
  expect(Object.keys(cases)).toHaveLength(35)

  it.each(Object.entries(cases))('%s', async (file, { vectors, ids: wanted, payloads }) => {
    const points = await read(file)
    expect(numbers(points)).toEqual(vectors)
    expect(points.every(({ vector }) => vector?.dim === 4)).toBe(true)
    expect(ids(points)).toEqual(wanted ?? points.map(() => undefined))
    expect(points.map(({ payload }) => payload)).toEqual(payloads ?? points.map(() => ({})))
  })

  it('texts.parquet', async () => {
    expect(await read('texts.parquet')).toEqual(
      [2020, 2021, null, 2023, 2024].map((year, index) => ({
        id: uuid(index),
        vector: undefined,
        text: `text ${index}`,
        payload: { year },
      })),
    )
  })

  it('from a Blob, by what browsers have, as from a file', async () => {
    const blob = new Blob([readFileSync(`${folder}/zip64.npz`)])
    const wanted = await read('zip64.npz')
    vi.stubGlobal('process', undefined)
    try {
      const points: FilePoint[] = []
      for await (const point of readPoints(blobSource(blob))) points.push(point)
      expect(points).toEqual(wanted)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('from a Blob as from a file', async () => {
    const points: FilePoint[] = []
    const blob = new Blob([readFileSync(`${folder}/offsets.npz`)])
    for await (const point of readPoints(blobSource(blob))) points.push(point)
    expect(points).toEqual(await read('offsets.npz'))
  })
})

const fromText = async (text: string | Uint8Array, name = 'a.jsonl') => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const points: FilePoint[] = []
  for await (const point of readPoints(bytesSource(bytes, name))) points.push(point)
  return points
}

describe('lines of JSON', () => {
  it.each<[string, Record<string, unknown>]>([
    ['{"id":1,"vector":[[1,2],[3,4]]}', { id: 1, rows: [1, 2, 3, 4] }],
    ['{"id":"7","vectors":[[1,2]],"n":3}', { id: 7, rows: [1, 2], payload: { n: 3 } }],
    ['{"_id":1,"embedding":[1,2]}', { id: 1, rows: [1, 2] }],
    ['{"vector":{"colbert":[[1,2]]},"payload":{"a":1}}', { rows: [1, 2], payload: { a: 1 } }],
    ['\ufeff{"text":"a","lang":"de"}\r\n\n', { text: 'a', payload: { lang: 'de' } }],
    [`{"id":"${uuid(1).toUpperCase()}","text":""}`, { id: uuid(1), text: '' }],
  ])('%s', async (text, { id, rows, text: wanted, payload = {} }) => {
    const [point] = await fromText(text)
    expect([point!.id, point!.text, point!.payload]).toEqual([id, wanted, payload])
    expect(point!.vector && [...point!.vector.data]).toEqual(rows)
  })

  it('of a file without any are no points', async () => {
    expect(await fromText('')).toEqual([])
    expect(await fromText('\n\n')).toEqual([])
  })
})

describe('refused:', () => {
  const npy = (header: string, body = 0, version = 1) => {
    const padded = header.padEnd(117)
    return Uint8Array.of(
      ...[0x93, ...Buffer.from('NUMPY'), version, 0, padded.length, 0, ...Buffer.from(padded)],
      ...new Uint8Array(body),
    )
  }
  const dict = (shape: string, descr = "'<f4'") =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`
  const tensors = (header: object, body = 0) => {
    const json = Buffer.from(JSON.stringify(header))
    return Uint8Array.of(
      json.length & 255,
      json.length >> 8,
      0,
      0,
      0,
      0,
      0,
      0,
      ...json,
      ...new Uint8Array(body),
    )
  }
  const f32 = (shape: number[], end: number) => ({ dtype: 'F32', shape, data_offsets: [0, end] })

  it.each<[string, string | Uint8Array, string]>([
    [
      'a text',
      'hello',
      'is none of .npy, .npz, safetensors, Parquet and JSON lines (UTF-8), by its first bytes',
    ],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), 'is compressed by gzip; unpack it first'],
    [
      'rows without a name',
      '[[1,2],[3,4]]\n',
      'line 1: expected an object such as {"id": 1, "text": "…"} or {"id": 1, "vector": [[0.1, 0.2]]} a line, got array',
    ],
    ['no JSON', '{"id":1,\n', 'line 1: is no JSON: …'],
    [
      'no object',
      '{"text":"a"}\n[1]',
      'line 2: expected an object such as {"id": 1, "text": "…"} or {"id": 1, "vector": [[0.1, 0.2]]} a line, got array',
    ],
    ['neither', '{"id":1,"vector":null}', 'line 1: expected a "vector" or a "text", got id'],
    ['ragged rows', '{"vector":[[1,2],[3]]}', 'line 1: "vector"[1]: expected 2 numbers, got 1'],
    ['no numbers', '{"vector":[[1,null]]}', 'line 1: "vector"[0][1]: expected a number, got null'],
    ['no rows', '{"vector":[]}', 'line 1: "vector": expected rows of numbers, got none'],
    [
      'an id',
      '{"id":-1,"text":"a"}',
      'line 1: "id" expected a whole number from 0 to 9007199254740991 or a UUID, got -1; use a UUID for a larger number',
    ],
    ['a payload', '{"text":"a","payload":[]}', 'line 1: expected an object as "payload", got array'],
    [
      'objects',
      npy(dict('(1, 4)', "'|O'")),
      `expected numbers of type f2, f4, f8 or of 8 to 64 bit integers, got "|O"`,
    ],
    ['too short', npy(dict('(2, 4)'), 16), 'expected 32 bytes for the shape (2, 4), got 16'],
    [
      'absurd',
      npy(dict('(9007199254740993, 4)'), 16),
      'expected a shape of an array that fits a file, got (9007199254740992, 4)',
    ],
    ['no dims', npy(dict('()'), 4), 'expected the shape documents x rows x dim, or rows x dim, got ()'],
    ['no rows', npy(dict('(1, 0, 4)')), 'expected at least one row in each document, got none'],
    ['no dim', npy(dict('(1, 0)')), 'expected rows of 1 to 65,536 numbers, got 0'],
    ['version', npy(dict('(1, 4)'), 16, 9), 'expected version 1 to 3 of .npy, got 9'],
    ['no dict', npy('hello'), 'expected a header with descr, fortran_order and shape, got "hello"'],
    ['cut off', npy(dict('(1, 4)'), 16).slice(0, 60), 'ends 67 bytes too early'],
    ['a zip', Uint8Array.from(Buffer.from('PK\x03\x04')), 'has no zip directory at its end; it was cut off'],
    ['overlong', tensors({ a: f32([1, 4], 16) }, 8), 'a: lies outside of the file'],
    ['two sizes', tensors({ a: f32([1, 4], 8) }, 8), 'a: expected 16 bytes for the shape (1, 4), got 8'],
    [
      'a dtype',
      tensors({ a: { ...f32([1], 4), dtype: 'F8' } }, 4),
      'a: expected one of F16, F32, F64, BF16, I8, U8, I16, U16, I32, U32, I64, U64, got "F8"',
    ],
    [
      'no offsets',
      tensors({ a: { dtype: 'F32', shape: [1] } }),
      'a: expected a dtype, a shape and two data_offsets',
    ],
    ['nothing', tensors({}), 'has no array of vectors'],
    [
      'overlapping',
      tensors({ 1: f32([1, 2], 8), 2: { ...f32([1, 2], 0), data_offsets: [4, 12] } }, 12),
      '2: expected to begin at byte 8 of the data, where the one before it ends, got 4',
    ],
    ['more', tensors({ 1: f32([1, 2], 8) }, 12), 'has 4 bytes after its last tensor, expected none'],
    [
      'large',
      tensors({ a: f32([1, 65_537], 4) }, 4),
      'a: expected 262148 bytes for the shape (1, 65537), got 4',
    ],
    [
      'sum',
      tensors({ data: f32([2, 1], 8), lengths: { dtype: 'U8', shape: [1], data_offsets: [8, 9] } }, 9),
      'lengths[0]: expected 1 to 2 rows, got 0',
    ],
  ])('%s', async (_, text, message) => {
    const error = await fromText(text, 'a').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as Error).message.replace(/^a(?:: |, )/, '').replace(/(is no JSON: ).*/, '$1…')).toBe(
      message,
    )
  })

  it('a damaged number in a zip file, at its end', async () => {
    const bytes = new Uint8Array(readFileSync(`${folder}/lengths.npz`))
    const at = Buffer.from(bytes).indexOf("'shape': (12, 4)") + 100
    bytes[at]! ^= 1
    await expect(fromText(bytes, 'a.npz')).rejects.toThrow(
      'a.npz: data.npy: its checksum does not hold; its bytes are damaged',
    )
  })

  it('lengths that tell of other rows than there are', async () => {
    const header = {
      data: f32([2, 1], 8),
      lengths: { dtype: 'U8', shape: [1], data_offsets: [8, 9] },
    }
    const bytes = tensors(header, 9)
    bytes[bytes.length - 1] = 1
    await expect(fromText(bytes, 'a')).rejects.toThrow('a: lengths: tells of 1 rows, but there are 2')
  })

  it('more ids than there are documents', async () => {
    const header = {
      data: f32([2, 1], 8),
      ids: { dtype: 'U8', shape: [3], data_offsets: [8, 11] },
    }
    await expect(fromText(tensors(header, 11), 'a')).rejects.toThrow(
      'a: ids: has more ids than there are documents, which are 2',
    )
  })

  it('when the signal says so', async () => {
    await expect(read('lengths.npz', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})

// Edges of lines of JSON, of safetensors headers and of formats that are recognized by their first bytes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  bytesSource,
  type FileColumns,
  FormatError,
  formatOf,
  openFile,
  readPoints,
  readQrels,
  readQueries,
  readRun,
  watchedSource,
} from '../../src/formats/index.js'
import { pointsOfText } from './points-of-text.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-edges-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sourceOf = (text: string) => bytesSource(new TextEncoder().encode(text), 'a')
const bytesOf = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

describe('a file of another format', () => {
  const compressed = (by: string) => `is compressed with ${by}; decompress it first`
  const pickle = 'is a Python pickle; write .npz, safetensors or Parquet'
  it.each([
    ['BZh9', compressed('bzip2')],
    ['\xfd7zXZ\0', compressed('xz')],
    ['\x28\xb5\x2f\xfd', compressed('zstd')],
    ['FEA1', 'is a Feather file; write Parquet'],
    ['\x89HDF\r\n', 'is an HDF5 file; write .npz, safetensors or Parquet'],
    ['\x80\x02}q', pickle],
    ['\x80\x04\x95', pickle],
    ['\xfe\xff\0{', 'is text in UTF-16; write UTF-8'],
    ['\xff\xfe{\0', 'is text in UTF-16; write UTF-8'],
    ['PAR1', 'has no Parquet metadata at its end; the file is incomplete'],
    ['PAR1PAR1', 'has no Parquet metadata at its end; the file is incomplete'],
    ['PAR1'.padEnd(20), 'has no Parquet metadata at its end; the file is incomplete'],
  ])('is refused by its first bytes: %j', async (start, message) => {
    await expect(pointsOfText(bytesOf(start), 'a')).rejects.toThrow(new FormatError(`a: ${message}`))
  })
})

it.each(['', '\n', '[]'])('a file of few bytes is read from the disk: %j', async text => {
  const path = join(folder, 'few.txt')
  writeFileSync(path, text)
  const source = await openFile(path)
  try {
    expect(await formatOf(source)).toBe('jsonl')
    for await (const point of readPoints(source)) expect.fail(JSON.stringify(point))
    if (text !== '[]') for await (const query of readQueries(source)) expect.fail(JSON.stringify(query))
  } finally {
    await source.close()
  }
})

it('readPoints reads nothing if its signal is aborted', async () => {
  let reads = 0
  const source = watchedSource(sourceOf(''), () => reads++)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(readPoints(source, { signal }).next()).rejects.toThrow('enough')
  expect(reads).toBe(0)
})

describe('a line of JSON', () => {
  const read = async (text: string, columns?: FileColumns) => {
    const { value } = await readPoints(sourceOf(text), { columns }).next()
    return value!
  }

  it.each(['vector', 'vectors', 'embedding', 'embeddings'])('may name its vector %s', async name => {
    const { vector, payload } = await read(`{"${name}":[[1,2],[3,4]]}`)
    expect([vector, payload]).toEqual([{ data: Float32Array.of(1, 2, 3, 4), dim: 2 }, {}])
  })

  it.each([
    ['three dimensions', '[2,3,1]'],
    ['numbers that are not whole', '[4,1.5]'],
    ['negative numbers', '[-2,-3]'],
    ['texts', '["2","3"]'],
  ])('has one row if its shape has %s', async (_, shape) => {
    const { vector, payload } = await read(`{"vector":[1,2,3,4,5,6],"shape":${shape}}`)
    expect([vector!.dim, payload]).toEqual([6, { shape: JSON.parse(shape) }])
  })

  it('has the fields of "payload" if the option columns lists it', async () => {
    const line = '{"text":"a","payload":{"b":1},"c":2,"d":3}'
    expect((await read(line, { payload: ['payload', 'c'] })).payload).toEqual({ b: 1, c: 2 })
    expect((await read(line, { payload: ['c'] })).payload).toEqual({ c: 2 })
    expect((await read(line, { payload: [] })).payload).toEqual({})
  })

  it('has rows of up to 65,536 numbers, and 4,194,304 in all', async () => {
    const zeros = (count: number) => Array(count).fill(0).join()
    expect((await read(`{"vector":[${zeros(65_536)}]}`)).vector!.dim).toBe(65_536)
    const wide = 'a, line 1: "vector": expected rows of 1 to 65536 numbers, got'
    for (const line of [
      `{"vector":[${zeros(65_537)}]}`,
      `{"vector":[[${zeros(65_537)}]]}`,
      `{"vector":[${zeros(65_537)}],"shape":[1,65537]}`,
    ])
      await expect(read(line)).rejects.toThrow(new FormatError(`${wide} 65537`))
    await expect(read('{"vector":[[]]}')).rejects.toThrow(new FormatError(`${wide} 0`))
    const many = 'a, line 1: "vector": expected at most 4194304 numbers in a document, got'
    await expect(read(`{"vector":[${zeros(4_194_305)}],"shape":[4194305,1]}`)).rejects.toThrow(
      new FormatError(`${many} 4194305 rows of 1`),
    )
    const row = `[${zeros(65_536)}]`
    await expect(read(`{"vector":[${Array(65).fill(row).join()}]}`)).rejects.toThrow(
      new FormatError(`${many} 65 rows of 65536`),
    )
  })

  it('has no field that it inherits', async () => {
    expect((await read('{"text":"a"}', { id: 'constructor', text: 'text' })).id).toBeUndefined()
  })
})

describe('a safetensors file', () => {
  const tensors = (header: string | Uint8Array, body = 0) => {
    const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
    const length = new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer)
    return Uint8Array.from([...length, ...text, ...new Uint8Array(body)])
  }
  const tensor = (shape: number[], begin: number, end: number, dtype = 'F32') => ({
    dtype,
    shape,
    data_offsets: [begin, end],
  })
  const offsets = 'a: x: expected a dtype, a shape and two data_offsets'

  it('may have metadata of its writer', async () => {
    const header = JSON.stringify({ __metadata__: { format: 'pt' }, data: tensor([1, 2], 0, 8) })
    expect((await pointsOfText(tensors(header, 8), 'a'))[0]!.vector!.dim).toBe(2)
  })

  it.each<[string, string | Uint8Array, number, string]>([
    ['negative sizes', JSON.stringify({ x: tensor([-1, -2], 0, 8) }), 8, offsets],
    ['sizes that are not whole', JSON.stringify({ x: tensor([0.5, 4], 0, 8) }), 8, offsets],
    [
      'three offsets',
      JSON.stringify({ x: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8, 8] } }),
      8,
      offsets,
    ],
    [
      'an end before its beginning',
      JSON.stringify({ x: tensor([1, 1], 8, 4) }),
      8,
      'a: x: is outside of the file',
    ],
    [
      'a header that is a list',
      '{}'.replace('{}', '[  ]'),
      0,
      'a: expected an object as its header, got array',
    ],
    [
      'payload beside several tensors',
      JSON.stringify({
        ...{ x: tensor([1, 1], 0, 4), y: tensor([1, 1], 4, 8) },
        payload: tensor([3], 8, 11, 'U8'),
      }),
      11,
      'a: has ids or payload beside several arrays, whose order is not kept; save data and lengths',
    ],
  ])('with %s is refused', async (_, header, body, message) => {
    const points = readPoints(bytesSource(tensors(header, body), 'a'), { format: 'safetensors' })
    await expect(points.next()).rejects.toThrow(new FormatError(message))
  })

  it('whose header is not UTF-8 is refused', async () => {
    const header = Uint8Array.from([...Buffer.from('{"'), 0xe9, ...Buffer.from('":1}')])
    await expect(pointsOfText(tensors(header), 'a')).rejects.toThrow('a: its header is not valid JSON: ')
  })
})

it('lines of TREC files with empty fields or too few are refused', async () => {
  for (const line of ['q\t\t1', 'q\td\t'])
    await expect(readQrels(sourceOf(line)), JSON.stringify(line)).rejects.toThrow('a, line 1: expected')
  // tabs do not make a line of a run shorter, as they do in qrels of BEIR
  await expect(readRun(sourceOf('q Q0 d\t1 0.5\tt'))).resolves.toEqual(
    new Map([['q', new Map([['d', 0.5]])]]),
  )
  const long = `q ${'d'.repeat(200)}`
  await expect(readQrels(sourceOf(long))).rejects.toThrow(`got "${long.slice(0, 100)}"`)
})

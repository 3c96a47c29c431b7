// What is written comes back, in one pass and by the same bytes each time; and nothing is left of what failed.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { combine, crc32 } from '../../src/formats/bytes/crc32.js'
import {
  blobSource,
  bytesSource,
  createFile,
  type FilePoint,
  jsonLines,
  memorySink,
  openFile,
  type PointToWrite,
  readPoints,
  readQrels,
  readRun,
  runLines,
  writeNpz,
  writeText,
} from '../../src/formats/index.js'
import { between, random, randomRows } from '../support/random.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const next = random(3)
const uuid = '00000000-0000-4000-8000-00000000000a'

function points(count: number): PointToWrite[] {
  return Array.from({ length: count }, (_, id) => {
    const { data } = randomRows(next, between(next, 1, 5), 8)
    return { id, vector: { data: data as Float32Array, dim: 8 }, payload: { id, text: 'ü\n"' } }
  })
}

const asRead = (written: readonly PointToWrite[]) =>
  written.map(({ id, vector, payload = {} }) => ({ id, vector, payload, text: undefined }))

async function all(source: Parameters<typeof readPoints>[0]): Promise<FilePoint[]> {
  const found: FilePoint[] = []
  for await (const point of readPoints(source)) found.push(point)
  await source.close()
  return found
}

describe('.npz', () => {
  it.each<[string, PointToWrite[]]>([
    ['points', points(50)],
    ['a single one', points(1)],
    ['ids of both kinds', points(3).map((point, index) => (index === 1 ? { ...point, id: uuid } : point))],
    ['points without payloads', points(4).map(({ id, vector }) => ({ id, vector }))],
  ])('%s', async (_, written) => {
    const file = join(folder, 'a.npz')
    expect(await writeNpz(written, await createFile(file))).toBe(written.length)
    expect(await all(await openFile(file))).toEqual(asRead(written))
    const sink = memorySink()
    await writeNpz(written, sink)
    expect(await all(blobSource(sink.blob()))).toEqual(asRead(written))
    expect(Buffer.from(await sink.blob().arrayBuffer()).equals(readFileSync(file))).toBe(true)
  })

  it.each<[string, PointToWrite[], string]>([
    ['no points', [], 'there are no points to write'],
    [
      'another dim',
      [...points(1), { id: 9, vector: { data: new Float32Array(4), dim: 4 } }],
      'point 9 has rows of 4 numbers, those before it 8',
    ],
  ])('refuses %s and leaves no file', async (_, written, message) => {
    const file = join(folder, 'none.npz')
    await expect(writeNpz(written, await createFile(file))).rejects.toThrow(new RangeError(message))
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false])
  })
})

it('lines of JSON give every f32 back', async () => {
  const written = points(20)
  written.push({
    id: 99,
    vector: { data: Float32Array.of(1e-45, -3.4028235e38, 0.1, 1 / 3, 16777217, 5e-39, 1e10, 7), dim: 8 },
  })
  const file = join(folder, 'a.jsonl')
  await writeText(jsonLines(written), await createFile(file))
  expect(await all(await openFile(file))).toEqual(asRead(written))
})

it('checksums are those of zlib, in parts as in one', () => {
  const bytes = Uint8Array.from({ length: 1000 }, () => between(next, 0, 255))
  const known = typeof zlibCrc32 === 'function' ? zlibCrc32(bytes) : crc32(bytes)
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  for (const cut of [0, 1, 500, 999, 1000]) {
    const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)]
    expect(crc32(second, crc32(first))).toBe(known)
    expect(combine(crc32(first), crc32(second), second.length)).toBe(known)
  }
})

describe('TREC', () => {
  const text = (value: string) => bytesSource(new TextEncoder().encode(value), 'file')
  const plain = (map: ReadonlyMap<string, ReadonlyMap<string, number>>) =>
    Object.fromEntries([...map].map(([query, of]) => [query, Object.fromEntries(of)]))

  it('runs go out and come back', async () => {
    const hits = [
      { id: 7, score: 2.5 },
      { id: uuid, score: -1 },
    ]
    const lines = [...runLines([{ query: 'q1', hits }], { tag: 'mine' })]
    expect(lines).toEqual(['q1 Q0 7 1 2.5 mine\n', `q1 Q0 ${uuid} 2 -1 mine\n`])
    expect(plain(await readRun(text(lines.join(''))))).toEqual({ q1: { 7: 2.5, [uuid]: -1 } })
    expect([...runLines([{ query: 1, hits }], { ascending: true })][0]).toBe('1 Q0 7 1 -2.5 maxsimd\n')
    expect(() => [...runLines([{ query: 'a b', hits }])]).toThrow(
      new RangeError('"query" expected a name without blanks, got "a b"'),
    )
  })

  it('qrels come in, in the form of TREC and of BEIR', async () => {
    expect(plain(await readQrels(text('1 0 a 2\n1  0\tb 0\n\n2 0 a 1\r\n')))).toEqual({
      1: { a: 2, b: 0 },
      2: { a: 1 },
    })
    expect(plain(await readQrels(text('query-id\tcorpus-id\tscore\n1\ta\t2\n')))).toEqual({ 1: { a: 2 } })
  })

  it.each([
    ['1 0 a', readQrels, 'file, line 1: expected "query 0 document judgement", got "1 0 a"'],
    ['1 0 a b', readQrels, 'file, line 1: expected "query 0 document judgement", got "1 0 a b"'],
    ['1 0 a 1\n1 0 a 2', readQrels, 'file, line 2: has document a a second time for query 1'],
    [
      '1 Q0 a 1 x t',
      readRun,
      'file, line 1: expected "query Q0 document rank score tag", got "1 Q0 a 1 x t"',
    ],
    ['1 Q0 a 1', readRun, 'file, line 1: expected "query Q0 document rank score tag", got "1 Q0 a 1"'],
  ])('refuses %j', async (value, read, message) => {
    await expect(read(text(value))).rejects.toThrow(message)
  })
})

// Writes files and reads them back unchanged. The same points give the same bytes, and a failed write leaves no file.

import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { combineCrc32, crc32 } from '../../src/formats/bytes/zip-writer.js'
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
import { expectSame } from '../support/expect-same.js'
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

/** Points as they are read. The ids of an array have one type: all are texts if one is a UUID. */
function asRead(written: readonly PointToWrite[]): FilePoint[] {
  const areNumbers = written.every(({ id }) => typeof id === 'number')
  return written.map(({ id, vector, payload }) => ({
    id: areNumbers ? id : String(id),
    vector,
    payload: payload ?? {},
    text: undefined,
  }))
}

async function readAll(source: Parameters<typeof readPoints>[0]): Promise<FilePoint[]> {
  const found: FilePoint[] = []
  for await (const point of readPoints(source)) found.push(point)
  await source.close()
  return found
}

describe('writeNpz', () => {
  it.each<[string, PointToWrite[]]>([
    ['points', points(50)],
    ['a single point', points(1)],
    [
      'points with numbers and UUIDs as ids',
      points(3).map((point, index) => (index === 1 ? { ...point, id: uuid } : point)),
    ],
    ['points without payloads', points(4).map(({ id, vector }) => ({ id, vector }))],
  ])('writes %s to a file and to memory', async (_, written) => {
    const file = join(folder, 'a.npz')
    expect(await writeNpz(written, await createFile(file))).toBe(written.length)
    expectSame(await readAll(await openFile(file)), asRead(written))
    const sink = memorySink()
    await writeNpz(written, sink)
    expectSame(await readAll(blobSource(sink.blob())), asRead(written))
    expect(Buffer.from(await sink.blob().arrayBuffer()).equals(readFileSync(file))).toBe(true)
  })

  it.each<[string, PointToWrite[], Error]>([
    ['no points', [], new RangeError('there are no points to write')],
    [
      'rows of another dim',
      [...points(1), { id: 9, vector: { data: new Float32Array(4), dim: 4 } }],
      new RangeError('point 9 expected rows of 8 numbers, as the points before it have, got 4'),
    ],
    [
      'a point without an id',
      points(1).map(({ vector }) => ({ vector }) as PointToWrite),
      new TypeError('"id" expected a whole number or a text, got undefined; give each point an id'),
    ],
    [
      'a point with an empty id',
      [...points(1), { ...points(1)[0]!, id: '' }],
      new RangeError('"id" expected a whole number or a text, got ""; give each point an id'),
    ],
  ])('refuses %s and leaves no file', async (_, written, error) => {
    const file = join(folder, 'none.npz')
    await expect(writeNpz(written, await createFile(file))).rejects.toThrow(error)
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false])
  })
})

it('the bytes of a .npz file are the same for the same points, whenever it is written', async () => {
  const sink = memorySink()
  const vector = { data: Float32Array.of(1, 2, 3, 4), dim: 2 }
  await writeNpz(
    [
      { id: 7, vector, payload: { a: 'é' } },
      { id: 8, vector },
    ],
    sink,
  )
  const bytes = new Uint8Array(await sink.blob().arrayBuffer())
  const hash = createHash('sha256').update(bytes).digest('hex')
  expect([bytes.length, hash]).toEqual([
    1258,
    'bdaf1fe0fd73e797eb76317855f6d5d5f7c9b37d73e27b247649b69ebed37e8f',
  ])
})

describe('jsonLines', () => {
  it('writes decimals from which each f32 is read exactly', async () => {
    const written = points(20)
    const hard = Float32Array.of(1e-45, -3.4028235e38, 0.1, 1 / 3, 16777217, 5e-39, 1e10, -0)
    written.push({ id: 99, vector: { data: hard, dim: 8 } })
    const file = join(folder, 'a.jsonl')
    await writeText(jsonLines(written), await createFile(file))
    expectSame(await readAll(await openFile(file)), asRead(written))
  })

  it('refuses numbers that JSON does not have', async () => {
    const lines = jsonLines([{ id: 3, vector: { data: Float32Array.of(1, Number.NaN), dim: 2 } }])
    await expect(lines.next()).rejects.toThrow(
      new RangeError('point 3 has the element NaN, which JSON does not have; write a .npz file'),
    )
  })
})

it('checksums equal the checksums of zlib, for a whole and for two parts', () => {
  const bytes = Uint8Array.from({ length: 1000 }, () => between(next, 0, 255))
  // Node 20.15 and newer
  const expected = typeof zlibCrc32 === 'function' ? zlibCrc32(bytes) : crc32(bytes)
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  for (const cut of [0, 1, 500, 999, 1000]) {
    const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)]
    expect(crc32(second, crc32(first))).toBe(expected)
    expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(expected)
  }
})

describe('TREC files', () => {
  const text = (value: string) => bytesSource(new TextEncoder().encode(value), 'file')
  const plain = (map: ReadonlyMap<string, ReadonlyMap<string, number>>) =>
    Object.fromEntries([...map].map(([query, byDocument]) => [query, Object.fromEntries(byDocument)]))
  const hits = [
    { id: 7, score: 2.5 },
    { id: uuid, score: -1 },
  ]

  it('runs are written and read back', async () => {
    const lines = [...runLines([{ query: 'q1', hits }], { tag: 'colbert' })]
    expect(lines).toEqual(['q1 Q0 7 1 2.5 colbert\n', `q1 Q0 ${uuid} 2 -1 colbert\n`])
    expect(plain(await readRun(text(lines.join(''))))).toEqual({ q1: { 7: 2.5, [uuid]: -1 } })
  })

  it('scores are negated if a smaller score is better', () => {
    expect([...runLines([{ query: 1, hits }], { ascending: true })][0]).toBe('1 Q0 7 1 -2.5 maxsimd\n')
  })

  it.each<[() => unknown, string]>([
    [() => [...runLines([], { tag: 'a b' })], '"tag" expected a name without blanks, got "a b"'],
    [
      () => [...runLines([{ query: 'q', hits: [{ id: 'a\tb', score: 1 }] }])],
      '"id" expected a name without blanks, got "a\\tb"',
    ],
    [() => [...runLines([{ query: 'a b', hits }])], '"query" expected a name without blanks, got "a b"'],
    [
      () => [...runLines([{ query: 'q', hits: [{ id: 1, score: Number.NaN }] }])],
      '"score" expected a finite number, got NaN',
    ],
    [
      () => [...runLines([], { label: 'x' } as object)],
      'unknown option "options.label"; valid options of runLines: tag, ascending',
    ],
  ])('runLines refuses what another program could not read', (call, message) => {
    expect(call).toThrow(new RangeError(message))
  })

  it('qrels are read in the forms of TREC and BEIR', async () => {
    expect(plain(await readQrels(text('1 0 a 2\n1  0\tb 0\n\n2 0 a 1\r\n')))).toEqual({
      1: { a: 2, b: 0 },
      2: { a: 1 },
    })
    expect(plain(await readQrels(text('query-id\tcorpus-id\tscore\n1\ta\t2\n')))).toEqual({ 1: { a: 2 } })
    // ids with blanks, and a header after blank lines
    expect(plain(await readQrels(text('\n\r\nquery-id\tcorpus-id\tscore\r\n1 x\ta b\t2\r\n')))).toEqual({
      '1 x': { 'a b': 2 },
    })
    expect(plain(await readQrels(text('1 0\ta\t2\n')))).toEqual({ '1 0': { a: 2 } })
  })

  it.each([
    [
      '1 0 a',
      readQrels,
      'file, line 1: expected "query 0 document grade", or "query document grade" as in BEIR, got "1 0 a"',
    ],
    [
      '1 0 a b',
      readQrels,
      'file, line 1: expected "query 0 document grade", or "query document grade" as in BEIR, got "1 0 a b"',
    ],
    [
      '1 0 a 1 x',
      readQrels,
      'file, line 1: expected "query 0 document grade", or "query document grade" as in BEIR, got "1 0 a 1 x"',
    ],
    [
      '1 Q0 a 1 2.5',
      readRun,
      'file, line 1: expected "query Q0 document rank score tag", got "1 Q0 a 1 2.5"',
    ],
    ['1 0 a 1\n1 0 a 2', readQrels, 'file, line 2: has document a of query 1 a second time'],
    [
      '1 Q0 a 1 x t',
      readRun,
      'file, line 1: expected "query Q0 document rank score tag", got "1 Q0 a 1 x t"',
    ],
    ['1 Q0 a 1', readRun, 'file, line 1: expected "query Q0 document rank score tag", got "1 Q0 a 1"'],
  ])('the line %j is refused', async (value, readFile, message) => {
    await expect(readFile(text(value))).rejects.toThrow(message)
  })
})

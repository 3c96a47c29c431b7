// Sources, sinks and streams of bytes, and the checks of Parquet's levels and of Thrift's structs.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  blobSource,
  bytesSource,
  createFile,
  formatOf,
  memorySink,
  openFile,
  readPoints,
  readQrels,
  readQueries,
  watchedSource,
  writeNpz,
  writeText,
} from '../../src/formats/index.js'
import { checkRuns } from '../../src/formats/parquet/levels.js'
import { integerAt, readThriftStruct } from '../../src/formats/parquet/thrift.js'
import { openFilesBelow } from '../support/open-files.js'
import { between, random } from '../support/random.js'
import { i32, i64, struct } from './parquet-file.js'
import { pointsOfText } from './points-of-text.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-bytes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sourceOf = (text: string) => bytesSource(new TextEncoder().encode(text), 'a')

/** The methods of Node's file handles, to observe them. */
async function fileMethods(): Promise<FileHandle> {
  const file = await open(join(folder, 'any'), 'w')
  await file.close()
  return Object.getPrototypeOf(file) as FileHandle
}

const isPosix = process.platform !== 'win32'

describe('createFile', () => {
  it('syncs a file before it appears at its path', async () => {
    const path = join(folder, 'synced.txt')
    const found: boolean[] = []
    const spy = vi.spyOn(await fileMethods(), 'sync').mockImplementation(async () => {
      found.push(existsSync(path))
    })
    try {
      await writeText(['a'], await createFile(path))
    } finally {
      spy.mockRestore()
    }
    expect(found).toEqual([false])
    expect(readFileSync(path, 'utf8')).toBe('a')
  })

  it('leaves an older file as it is, and no part of the new one, if a piece fails', async () => {
    const path = join(folder, 'kept.txt')
    writeFileSync(path, 'older')
    function* pieces() {
      yield 'new'
      throw new Error('enough')
    }
    await expect(writeText(pieces(), await createFile(path))).rejects.toThrow('enough')
    expect(readFileSync(path, 'utf8')).toBe('older')
    expect(existsSync(`${path}.partial`)).toBe(false)
    expect(openFilesBelow(path)).toEqual([])
  })

  it.each(['sync', 'rename'])('leaves no part of a file whose %s fails, and closes it', async step => {
    const path = join(folder, `failing-${step}.txt`)
    // a folder at its path cannot be replaced by a file
    if (step === 'rename') mkdirSync(join(path, 'inside'), { recursive: true })
    const spy = vi.spyOn(await fileMethods(), 'sync')
    if (step === 'sync') spy.mockRejectedValueOnce(new Error('the disk is full'))
    const points = [{ id: 1, vector: { data: Float32Array.of(1), dim: 1 } }]
    try {
      await expect(writeText(['new'], await createFile(path))).rejects.toThrow()
      expect([existsSync(`${path}.partial`), openFilesBelow(`${path}.partial`)]).toEqual([false, []])
      if (step === 'sync') spy.mockRejectedValueOnce(new Error('the disk is full'))
      await expect(writeNpz(points, await createFile(path))).rejects.toThrow()
      expect([existsSync(`${path}.partial`), openFilesBelow(`${path}.partial`)]).toEqual([false, []])
    } finally {
      spy.mockRestore()
    }
  })

  it.runIf(isPosix)('replaces a link, and does not write through it', async () => {
    const path = join(folder, 'linked.txt')
    const outside = join(folder, 'outside.txt')
    writeFileSync(outside, 'precious')
    symlinkSync(outside, `${path}.partial`)
    symlinkSync(outside, path)
    await writeText(['new'], await createFile(path))
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(readFileSync(outside, 'utf8')).toBe('precious')
  })
})

describe('openFile', () => {
  it('refuses a folder', async () => {
    const path = join(folder, 'folder')
    mkdirSync(path)
    await expect(openFile(path)).rejects.toThrow(`${path}: is not a file`)
    expect(openFilesBelow(path)).toEqual([])
  })

  it.runIf(isPosix)('refuses a named pipe, and does not wait for it', async () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    await expect(openFile(path)).rejects.toThrow(`${path}: is not a file`)
  })

  it('refuses to read a file that became shorter', async () => {
    const path = join(folder, 'shorter.txt')
    writeFileSync(path, 'eight by')
    const source = await openFile(path)
    truncateSync(path, 5)
    await expect(source.read(2, 6)).rejects.toThrow(`${path}: the file became shorter while it was read`)
    expect(new TextDecoder().decode(await source.read(2, 3))).toBe('ght')
    await source.close()
  })
})

it('memory that is read or written is not shared with the caller', async () => {
  const bytes = Buffer.from([1, 2, 3, 4])
  const sink = memorySink()
  await sink.write(bytes)
  for (const source of [bytesSource(bytes), blobSource(new Blob([bytes]))]) {
    const part = await source.read(1, 2)
    expect([...part]).toEqual([2, 3])
    part.fill(9)
    expect([...(await source.read(0, 4))]).toEqual([1, 2, 3, 4])
  }
  expect([...bytes]).toEqual([1, 2, 3, 4])
  bytes.fill(7)
  expect([...new Uint8Array(await sink.blob().arrayBuffer())]).toEqual([1, 2, 3, 4])
})

it('watchedSource reports the bytes of each read, and closes the source', async () => {
  const reads: number[] = []
  let isClosed = false
  const source = watchedSource(
    {
      ...sourceOf('four'),
      close: async () => {
        isClosed = true
      },
    },
    count => reads.push(count),
  )
  expect([source.name, source.size]).toEqual(['a', 4])
  expect([...(await source.read(1, 2))]).toEqual([111, 117])
  await source.read(0, 4)
  await source.close()
  expect([reads, isClosed]).toEqual([[2, 4], true])
})

it('memorySink overwrites any range of the bytes that were written', async () => {
  const next = random(5)
  for (let round = 0; round < 200; round++) {
    const sink = memorySink()
    const expected: number[] = []
    for (let part = 0; part < 4; part++) {
      const bytes = Uint8Array.from({ length: between(next, 0, 5) }, () => between(next, 1, 99))
      await sink.write(bytes)
      expected.push(...bytes)
    }
    const offset = between(next, 0, expected.length)
    const bytes = Uint8Array.from({ length: between(next, 0, expected.length - offset) }, (_, i) => 100 + i)
    await sink.writeAt(offset, bytes)
    expected.splice(offset, bytes.length, ...bytes)
    const found = new Uint8Array(await sink.blob().arrayBuffer())
    expect([...found], `seed 5, round ${round}: ${bytes.length} bytes at ${offset}`).toEqual(expected)
  }
})

describe('gzip', () => {
  const lines = Array.from({ length: 3000 }, (_, id) => `{"id":${id},"text":"text ${id}"}\n`)

  it('is decompressed for lines of JSON, a JSON array, queries and qrels', async () => {
    const ids = (await pointsOfText(gzipSync(lines.join('')))).map(({ id }) => id)
    expect(ids).toEqual(lines.map((_, id) => id))
    const array = gzipSync(`[${lines.slice(0, 3).join(',')}]`)
    expect((await pointsOfText(array)).map(({ text }) => text)).toEqual(['text 0', 'text 1', 'text 2'])
    const queries = []
    for await (const query of readQueries(bytesSource(gzipSync('q1\ta b\n')))) queries.push(query.text)
    expect(queries).toEqual(['a b'])
    expect((await readQrels(bytesSource(gzipSync('q1 0 d1 2\n')))).get('q1')?.get('d1')).toBe(2)
  })

  it('in several members is read to the end', async () => {
    const [first, second] = [lines.slice(0, 1000), lines.slice(1000)].map(part => gzipSync(part.join('')))
    expect(await pointsOfText(new Uint8Array(Buffer.concat([first!, second!])))).toHaveLength(3000)
  })

  it('that is damaged or incomplete is refused', async () => {
    const bytes = new Uint8Array(gzipSync(lines.join('')))
    await expect(pointsOfText(bytes.slice(0, -20))).rejects.toThrow(
      'a.jsonl: cannot be decompressed as gzip: unexpected end of file',
    )
    bytes[bytes.length - 8]! ^= 1
    await expect(pointsOfText(bytes)).rejects.toThrow(
      'a.jsonl: cannot be decompressed as gzip: incorrect data check',
    )
  })
})

describe('formatOf', () => {
  it.each<[string, string]>([
    ['{"abcd":{"a":1}}', 'jsonl'],
    ['\ufeff {"a":1}', 'jsonl'],
    ['[1]', 'jsonl'],
    ['', 'jsonl'],
    ['\u0010\0\0\0\0\0\0\0{"a":1}', 'safetensors'],
    ['PAR1', 'parquet'],
    ['PK', 'npz'],
  ])('finds the format of %j', async (text, format) => {
    expect(await formatOf(sourceOf(text))).toBe(format)
  })

  it('and readPoints refuse what is not a source, and name the functions that open one', async () => {
    const error = new TypeError(
      '"source" expected a ByteSource, got string; open a path with openFile, a Blob with blobSource, bytes with bytesSource',
    )
    await expect(formatOf('file.npz' as never)).rejects.toThrow(error)
    await expect(readPoints('file.npz' as never).next()).rejects.toThrow(error)
  })
})

it('readPoints ends with the reason of a signal that is aborted while it reads', async () => {
  const controller = new AbortController()
  const points = readPoints(sourceOf('{"text":"a"}\n{"text":"b"}\n'), { signal: controller.signal })
  expect((await points.next()).value?.text).toBe('a')
  controller.abort(new Error('enough'))
  await expect(points.next()).rejects.toThrow('enough')
  const wrong = readPoints(sourceOf('{"text":"a"}\n'), { signal: 7 as never })
  await expect(wrong.next()).rejects.toThrow('"signal" expected an AbortSignal')
})

describe('the runs of a Parquet page', () => {
  // a run: its length times 2, plus 1 if it is bit-packed in groups of 8 values
  it.each<[string, number[], number, number, number | undefined]>([
    ['a repeated value', [6, 1], 1, 3, 1],
    ['bit-packed values', [3, 0b0110], 1, 8, 0],
    ['an empty run before the first value', [0, 7, 4, 2], 3, 2, 2],
    ['an empty bit-packed run before the first value', [1, 4, 2], 3, 2, 2],
    ['no runs', [], 3, 5, undefined],
    ['a value of two bytes', [4, 5, 1, 2, 9, 0], 9, 3, 261 & 0xff],
    ['bit-packed padding of 63 groups', [127 + 2 - 128 + 128, 1, ...Array(64).fill(1)], 1, 8, 1],
  ])('are accepted: %s', (_, bytes, width, count, first) => {
    expect(checkRuns(Uint8Array.from(bytes), width, count).first).toBe(first)
  })

  it.each<[string, number[], number, number, string]>([
    ['a repeated value', [8, 1], 1, 3, 'a run repeats 4 values, more than the page has'],
    ['a later run', [4, 1, 4, 1], 1, 3, 'a run repeats 2 values, more than the page has'],
    [
      'a value of two bytes before it',
      [4, 5, 1, 4, 9, 0],
      9,
      3,
      'a run repeats 2 values, more than the page has',
    ],
    [
      'bit-packed values',
      [129, 1, ...Array(70).fill(1)],
      1,
      7,
      'a run repeats 512 values, more than the page has',
    ],
    ['an incomplete length', [128], 1, 3, 'the page ends too early'],
    ['a length of six bytes', [128, 128, 128, 128, 128, 1], 1, 3, 'a run has an invalid length'],
  ])('are refused: %s', (_, bytes, width, count, message) => {
    expect(() => checkRuns(Uint8Array.from(bytes), width, count)).toThrow(new RangeError(message))
  })
})

describe('Thrift structs', () => {
  const read = (bytes: readonly number[]) => readThriftStruct(Uint8Array.from(bytes))
  const list = (count: number, type: number, items: readonly number[]) => [
    ...(count < 15 ? [count * 16 + type] : [0xf0 + type, count]),
    ...items,
  ]
  /** A struct with a list in field 1 and the number 9 in field 2. */
  const withList = (bytes: readonly number[]) => [0x19, ...bytes, 0x15, 18, 0]

  it.each<[string, number[]]>([
    ['booleans, a byte each', list(3, 1, [1, 2, 1])],
    ['bytes', list(2, 3, [7, 7])],
    ['14 integers', list(14, 5, Array(14).fill(2))],
    ['15 integers', list(15, 5, Array(15).fill(2))],
    ['16 texts', list(16, 8, Array(16).fill([1, 65]).flat())],
    ['structs', list(2, 12, [0x15, 2, 0, 0])],
    ['doubles', list(1, 7, Array(8).fill(0))],
    ['nothing', list(0, 12, [])],
  ])('skip a list of %s', (_, bytes) => {
    const all = withList(bytes)
    const { fields, length } = read([...all, 77])
    expect([integerAt(fields, 2), length]).toEqual([9, all.length])
  })

  it('have integers of any size, far field numbers, booleans and structs', () => {
    const inner = struct({ 1: i32(-1), 20: i64(2 ** 52 + 1) })
    const { fields } = read(
      struct({ 3: inner, 4: i32(-(2 ** 31)), 5: { type: 1, bytes: [] }, 6: { type: 2, bytes: [] } }).bytes,
    )
    expect([
      integerAt(fields, 3, 1),
      integerAt(fields, 3, 20),
      integerAt(fields, 4),
      integerAt(fields, 5),
      integerAt(fields, 6),
      integerAt(fields, 3, 2),
      integerAt(fields, 4, 1),
    ]).toEqual([-1, 2 ** 52 + 1, -(2 ** 31), 1, 0, undefined, undefined])
  })

  it.each<[string, number[], string]>([
    ['a list that is longer than the bytes', withList([0xf3, 0xff, 0xff, 3]), 'a list claims 65535 items'],
    ['a text that is longer than the bytes', [0x18, 9, 65, 0], 'ends too early'],
    ['no end', [0x15, 2], 'ends too early'],
    ['an integer of eleven bytes', [0x15, ...Array(10).fill(128), 1, 0], 'an integer is too long'],
    ['an unknown type', [0x1d, 0], 'unexpected type 13'],
    ['33 structs in each other', Array(40).fill(0x1c), 'a struct is nested too deeply'],
    ['33 lists in each other', [0x19, ...Array(40).fill(0x19)], 'a list is nested too deeply'],
  ])('are refused: %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(new RangeError(message))
  })
})

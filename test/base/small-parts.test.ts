// Small parts that everything uses, at their edges.

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import fileSystem from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { base64Of, bytesOfBase64 } from '../../src/base/base64.js'
import { concatBytes } from '../../src/base/concat-bytes.js'
import { formatDuration } from '../../src/base/format-duration.js'
import { median } from '../../src/base/median.js'
import {
  codeOf,
  type NodeFileHandle,
  readFully,
  readSmallText,
  writeFully,
} from '../../src/base/node-files.js'
import { plural } from '../../src/base/plural.js'
import { printable, printableJson } from '../../src/base/printable.js'
import { sha1 } from '../../src/base/sha1.js'
import { typeName } from '../../src/base/type-name.js'
import {
  readWholeFile,
  replaceWholeFile,
  sha256Of,
  type WholeFileSystem,
} from '../../src/base/whole-files.js'
import { openFilesBelow } from '../support/open-files.js'

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 255)

it('base64 is that of Node, for every length to a chunk and beyond', () => {
  for (const length of [0, 1, 2, 3, 8191, 8192, 8193, 20_000]) {
    const bytes = bytesOf(length)
    expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    expect(bytesOfBase64(base64Of(bytes))).toEqual(bytes)
  }
})

it('SHA-1 is that of Node, for every length of up to three blocks', () => {
  for (let length = 0; length < 192; length++) {
    const bytes = bytesOf(length)
    expect(Buffer.from(sha1(bytes)).toString('hex')).toBe(createHash('sha1').update(bytes).digest('hex'))
  }
})

it('joined bytes are those of all parts, in order', () => {
  const parts = [bytesOf(3), new Uint8Array(0), bytesOf(5).subarray(2)]
  expect([...concatBytes(parts)]).toEqual(parts.flatMap(part => [...part]))
  expect(concatBytes([])).toEqual(new Uint8Array(0))
})

it('the median is the upper of the two in the middle, and leaves the order of the numbers', () => {
  const numbers = [10, 9, 100, 2]
  expect(median(numbers)).toBe(10)
  expect(numbers).toEqual([10, 9, 100, 2])
  expect(median([3, 1, 2])).toBe(2)
  expect(median([5])).toBe(5)
})

it.each([
  [1.25, '1.25 s'],
  [1, '1.00 s'],
  [0.9994, '999 ms'],
  [0.1, '100 ms'],
  [0.0999, '99.9 ms'],
  [0.001, '1.0 ms'],
  [0.00098, '980 µs'],
  [Number.NaN, '-'],
  [Infinity, '-'],
])('%d seconds are written as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

it('counts have their noun in singular or plural', () => {
  expect([0, 1, 2].map(count => plural(count, 'document'))).toEqual([
    '0 documents',
    '1 document',
    '2 documents',
  ])
  expect([1, 2].map(count => plural(count, 'query', 'queries'))).toEqual(['1 query', '2 queries'])
})

it('values are named by their type or class', () => {
  const values = [null, undefined, [1], {}, Object.create(null), new Map(), 'a', 1, 1n, () => 1]
  expect(values.map(typeName)).toEqual([
    ...['null', 'undefined', 'array', 'object', 'object', 'Map'],
    ...['string', 'number', 'bigint', 'function'],
  ])
})

it('control characters and marks of direction are replaced, and nothing else', () => {
  const kept = 'tab\t line\n é ß 漢 \u{1f600} \u00a0\u2010\u202f\u2065\u206a'
  expect(printable(kept)).toBe(kept)
  const marks = [0, 8, 0x0b, 0x1b, 0x1f, 0x7f, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069]
  for (const code of marks) {
    const char = String.fromCharCode(code)
    expect(printable(`a${char}b`)).toBe('a\ufffdb')
    expect(JSON.parse(printableJson(`"a${char}b"`))).toBe(`a${char}b`)
    expect(printable(printableJson(`"a${char}b"`))).toBe(printableJson(`"a${char}b"`))
  }
})

it('the code of an error is that of Node; another value that was thrown has no code', () => {
  expect(codeOf(Object.assign(new Error('gone'), { code: 'ENOENT' }))).toBe('ENOENT')
  expect([new Error('gone'), 'gone', undefined].map(codeOf)).toEqual([undefined, undefined, undefined])
})

describe('files', () => {
  const withFolder = async (run: (folder: string) => Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), 'base-'))
    try {
      await run(folder)
      expect(openFilesBelow(folder)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const whole = fileSystem as unknown as WholeFileSystem

  it('are replaced as a whole, also where an earlier attempt or a link is in the way', () =>
    withFolder(async folder => {
      const target = join(folder, 'elsewhere')
      writeFileSync(target, 'kept')
      symlinkSync(target, join(folder, 'a'))
      symlinkSync(target, join(folder, 'a.new'))
      await replaceWholeFile(whole, folder, 'a', 'new')
      await replaceWholeFile(whole, `${folder}/`, 'b', bytesOf(5))
      await replaceWholeFile(whole, join(folder, 'deep', 'er'), 'c', 'in a new folder')
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('new')
      expect(readFileSync(target, 'utf8')).toBe('kept')
      expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'deep', 'elsewhere'])
      expect(new Uint8Array((await readWholeFile(whole, join(folder, 'b')))!)).toEqual(bytesOf(5))
      expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['c'])
    }))

  it('that do not exist are undefined; what is not a file, or cannot be opened, is refused', () =>
    withFolder(async folder => {
      expect(await readWholeFile(whole, join(folder, 'nothing'))).toBeUndefined()
      symlinkSync('loop', join(folder, 'loop'))
      await expect(readWholeFile(whole, join(folder, 'loop'))).rejects.toMatchObject({ code: 'ELOOP' })
      await expect(readWholeFile(whole, folder)).rejects.toThrow(
        `"${folder}" is not a file; remove it, and index again`,
      )
    }))

  it('with a small text are read up to 64 KiB, and closed, also after an error', () =>
    withFolder(async folder => {
      const path = join(folder, 'text')
      writeFileSync(path, 'é'.repeat(40_000))
      expect(await readSmallText(fileSystem as never, path)).toBe('é'.repeat(32_768))
      await expect(readSmallText(fileSystem as never, folder)).rejects.toMatchObject({ code: 'EISDIR' })
    }))

  it('are read and written in as many calls as the system needs, and not at all in none', async () => {
    const disk = bytesOf(10)
    const few = {
      async read(target: Uint8Array, offset: number, length: number, position: number) {
        const part = disk.subarray(position, position + Math.min(3, length))
        target.set(part, offset)
        return { bytesRead: part.length }
      },
      write: async (_: Uint8Array, offset: number, length: number) => ({
        bytesWritten: offset < 6 ? Math.min(3, length) : 0,
      }),
    } as unknown as NodeFileHandle
    const target = new Uint8Array(12)
    expect(await readFully(few, target, 1)).toBe(9)
    expect(target).toEqual(concatBytes([disk.subarray(1), new Uint8Array(3)]))
    await writeFully(few, bytesOf(6), 0)
    await expect(writeFully(few, bytesOf(7), 0)).rejects.toThrow('the disk took 6 of 7 bytes')
  })
})

it('SHA-256 is written in hex', async () => {
  expect(await sha256Of(bytesOf(70))).toBe(createHash('sha256').update(bytesOf(70)).digest('hex'))
})

// Streams of bytes that end early: what they read from is closed, and errors of it are passed on.

import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { pieceStream, regionStream } from '../../src/formats/bytes/byte-stream.js'
import { decompress } from '../../src/formats/bytes/decompress.js'
import { linesOf } from '../../src/formats/bytes/lines.js'
import { bytesSource, FormatError, readPoints } from '../../src/formats/index.js'
import { random } from '../support/random.js'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Pieces of bytes, how many of them were read, and how often they were closed. */
function watchedPieces(bytes: Uint8Array, size: number, error?: Error) {
  const seen = { pieces: 0, closed: 0 }
  async function* pieces() {
    try {
      for (let start = 0; start < bytes.length; start += size) {
        seen.pieces++
        yield bytes.subarray(start, start + size)
      }
      if (error) throw error
    } finally {
      seen.closed++
    }
  }
  return { seen, pieces: pieces() }
}

/** Bytes that cannot be compressed. */
const noise = (() => {
  const next = random(3)
  return Uint8Array.from({ length: 1_000_000 }, () => 256 * next())
})()

describe('decompressed bytes', () => {
  it('that are not read to the end close their pieces and the decompressor', async () => {
    const cancel = vi.spyOn(ReadableStreamDefaultReader.prototype, 'cancel')
    const { seen, pieces } = watchedPieces(gzipSync(noise), 1000)
    for await (const piece of decompress(pieces, 'gzip', 'a')) {
      expect(piece[0]).toBe(noise[0])
      break
    }
    expect(seen.closed).toBe(1)
    // the others are not read ahead, or the whole file could be in memory
    expect(seen.pieces).toBeLessThan(50)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('that are damaged close their pieces', async () => {
    const { seen, pieces } = watchedPieces(noise, 1000)
    const read = async () => {
      for await (const _ of decompress(pieces, 'deflate-raw', 'a'));
    }
    await expect(read()).rejects.toThrow(/^a: cannot be decompressed as deflate: /)
    expect(seen.closed).toBe(1)
  })

  it('have the error of their pieces if that names the file, and the cause of any other', async () => {
    const read = async (error: Error) => {
      const { pieces } = watchedPieces(deflateRawSync(noise).subarray(0, 5000), 1000, error)
      for await (const _ of decompress(pieces, 'deflate-raw', 'a'));
    }
    const shorter = new FormatError('b: the file became shorter while it was read')
    await expect(read(shorter)).rejects.toBe(shorter)
    const other = new Error('the disk failed')
    await expect(read(other)).rejects.toMatchObject({
      message: 'a: cannot be decompressed as deflate: the disk failed',
      cause: other,
    })
  })
})

describe('a stream', () => {
  it('of pieces closes them', async () => {
    const { seen, pieces } = watchedPieces(noise, 1000)
    const stream = pieceStream(pieces, noise.length, 'a')
    expect(await stream.take(1500)).toEqual(noise.slice(0, 1500))
    await stream.close()
    expect(seen.closed).toBe(1)
  })

  it('of a region returns bytes with a memory of their own', async () => {
    const stream = regionStream(bytesSource(noise), 10, 100, 'a')
    for (const [start, count] of [
      [10, 3],
      [13, 8],
      [21, 0],
    ] as const) {
      // biome-ignore format: ranges
      const bytes = await stream.take(count)
      expect([bytes, bytes.buffer.byteLength]).toEqual([noise.slice(start, start + count), count])
    }
  })
})

it('an array of more than 134,217,728 characters is refused, because it is parsed as a whole', async () => {
  const size = 1 << 28
  const source = {
    name: 'a',
    size,
    // lines of 2 MiB
    read: async (offset: number, length: number) => {
      const bytes = new Uint8Array(length).fill(97)
      if (offset === 0) bytes[0] = '['.charCodeAt(0)
      for (let at = (1 << 21) - 1; at < size; at += 1 << 21)
        if (at >= offset && at < offset + length) bytes[at - offset] = 10
      return bytes
    },
    close: async () => undefined,
  }
  await expect(readPoints(source).next()).rejects.toThrow(
    new FormatError('a: has more than 134217728 characters in one array; write JSON lines'),
  )
})

it('a line of more than 128 MiB is refused with its number', async () => {
  const piece = new Uint8Array(1 << 20).fill(97)
  async function* pieces() {
    yield new TextEncoder().encode('first\n')
    for (let i = 0; i < 129; i++) yield piece
  }
  const lines: string[] = []
  const read = async () => {
    for await (const { text, line } of linesOf(pieces(), 'a')) lines.push(`${line} ${text}`)
  }
  await expect(read()).rejects.toThrow(
    'a: line 2 has more than 134217728 bytes; expected one document per line',
  )
  expect(lines).toEqual(['1 first'])
})

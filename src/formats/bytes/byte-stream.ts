// Streams of bytes: a part of a source, or pieces that a decompressor makes, taken in order by exact counts.

import { concatBytes } from '../../base/concat-bytes.js'
import { type ByteSource, formatError } from './byte-source.js'

/** Bytes that are read in order. */
export interface ByteStream {
  /**
   * Returns the next `count` bytes. The caller owns them.
   *
   * @throws FormatError if there are fewer
   */
  take(count: number): Promise<Uint8Array>
  /**
   * Checks the end of the stream.
   *
   * @throws FormatError if a checksum is wrong
   */
  end(): Promise<void>
  /** Frees what the stream holds, at any time. */
  close(): Promise<void>
}

/** The number of bytes that are read ahead. */
const READ_AHEAD = 1 << 18

const endsEarly = (path: string, missing: number) =>
  formatError(path, `ends ${missing} ${missing === 1 ? 'byte' : 'bytes'} too early`)

/** Streams a part of a source; `path` names it in errors. */
export function regionStream(source: ByteSource, offset: number, length: number, path: string): ByteStream {
  let taken = 0
  let held = new Uint8Array(0)
  return {
    async take(count) {
      if (taken + count > length) throw endsEarly(path, taken + count - length)
      if (count > held.length) {
        const start = taken + held.length
        const wanted = Math.max(count - held.length, Math.min(READ_AHEAD, length - start))
        held = concatBytes([held, await source.read(offset + start, wanted)])
      }
      const bytes = held.slice(0, count)
      held = held.subarray(count)
      taken += count
      return bytes
    },
    end: async () => undefined,
    close: async () => undefined,
  }
}

/**
 * Streams pieces of any size, `size` bytes in all. The iterator throws a FormatError at its end if a checksum is wrong.
 */
export function pieceStream(pieces: AsyncGenerator<Uint8Array>, size: number, path: string): ByteStream {
  let waiting: Uint8Array[] = []
  let taken = 0
  async function more(): Promise<boolean> {
    const { done, value } = await pieces.next()
    if (!done) waiting.push(value)
    return !done
  }
  return {
    async take(count) {
      taken += count
      if (taken > size) throw endsEarly(path, taken - size)
      const bytes = new Uint8Array(count)
      // pieces are dropped while they are copied, so that a large array is not in memory twice
      for (let filled = 0; filled < count; ) {
        const piece = waiting.length > 0 || (await more()) ? waiting[0]! : undefined
        if (!piece) throw endsEarly(path, count - filled)
        const part = piece.subarray(0, count - filled)
        bytes.set(part, filled)
        filled += part.length
        if (part.length === piece.length) waiting.shift()
        else waiting[0] = piece.subarray(part.length)
      }
      return bytes
    },
    async end() {
      waiting = []
      while (await more()) waiting = []
    },
    async close() {
      await pieces.return(undefined)
    },
  }
}

/** The bytes of a source from `start` to `end`, in pieces of `size` bytes. Default: all bytes. */
export async function* piecesOf(
  source: ByteSource,
  start = 0,
  end = source.size,
  size = READ_AHEAD,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; offset < end; offset += size) {
    yield await source.read(offset, Math.min(size, end - offset))
  }
}

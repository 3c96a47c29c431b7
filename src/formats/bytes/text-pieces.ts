// The bytes of text files, decompressed if they are gzip.

import type { ByteSource } from './byte-source.js'
import { piecesOf } from './byte-stream.js'
import { decompress } from './decompress.js'

const isGzipStart = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Whether a file begins as a gzip file does. */
export const isGzip = async (source: ByteSource): Promise<boolean> =>
  isGzipStart(await source.read(0, Math.min(2, source.size)))

/**
 * All bytes of a text file, in pieces.
 *
 * @throws FormatError if the file is gzip and damaged
 */
export async function* textPiecesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  const pieces = piecesOf(source)
  const { done, value: first } = await pieces.next()
  if (done) return
  const all = chain(first, pieces)
  yield* isGzipStart(first) ? decompress(all, 'gzip', source.name) : all
}

async function* chain(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

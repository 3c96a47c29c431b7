// Decompresses pieces of bytes with the platform's DecompressionStream, in Node and in browsers.

import { FormatError, formatError } from './byte-source.js'

/** The format of each compression, for errors. */
const NAMES = { gzip: 'gzip', 'deflate-raw': 'deflate' } as const

/**
 * Decompresses pieces.
 *
 * @param path names the file in errors
 * @throws FormatError if the pieces are damaged or incomplete
 */
export async function* decompress(
  pieces: AsyncGenerator<Uint8Array>,
  format: keyof typeof NAMES,
  path: string,
): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream(format)
  const reader = readable.getReader()
  const writer = writable.getWriter()
  // a piece is read when the one before is decompressed: pipeThrough of Node reads up to 16,384 pieces ahead
  const write = async () => {
    for (let next = await pieces.next(); !next.done; next = await pieces.next())
      await writer.write(next.value as Uint8Array<ArrayBuffer>)
    await writer.close()
  }
  write().catch(error => writer.abort(error).catch(() => undefined))
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw formatError(path, `cannot be decompressed as ${NAMES[format]}: ${(cause as Error).message}`, cause)
  } finally {
    await reader.cancel().catch(() => undefined)
    await pieces.return(undefined)
  }
}

// The bytes of text files, decompressed if they are gzip. The platform's DecompressionStream does it in Node and in
// browsers.

import { type ByteSource, FormatError, formatError } from './byte-source.js'
import { piecesOf } from './byte-stream.js'

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
  let { done, value } = await pieces.next()
  if (done || !isGzipStart(value!)) {
    if (!done) yield value!
    yield* pieces
    return
  }
  const compressed = new ReadableStream<BufferSource>(
    {
      async pull(controller) {
        if (done) controller.close()
        else {
          controller.enqueue(value as Uint8Array<ArrayBuffer>)
          ;({ done, value } = await pieces.next())
        }
      },
    },
    { highWaterMark: 0 },
  )
  const reader = compressed.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw formatError(source.name, `cannot be decompressed as gzip: ${(cause as Error).message}`, cause)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

// Deflated bytes as they were: by Node's zlib where there is Node, which takes a quarter of the time that streams of the
// web take there (measured), else by DecompressionStream. It must not know where the bytes come from.

import { nodeModule } from '../../base/node-module.js'

/** The parts of `node:zlib` and `node:stream` that are used here. */
interface Zlib {
  createInflateRaw(options: { readonly chunkSize: number }): AsyncIterable<Uint8Array>
}
interface Streams {
  readonly Readable: { from(pieces: AsyncIterable<Uint8Array>): unknown }
  pipeline(from: unknown, to: AsyncIterable<Uint8Array>, done: (error: unknown) => void): unknown
}

/** Bytes that are read, and made, at a time. */
const PIECE = 1 << 16
/** A browser inflates a whole piece at once, to a thousand times its bytes. */
const WEB_PIECE = 1 << 14

/** The bytes, in pieces; `read` gives the next deflated ones, none at their end. Throws what `read` or the engine throws. */
export async function* inflated(
  read: (most: number) => Promise<Uint8Array | undefined>,
): AsyncGenerator<Uint8Array> {
  const zlib = await nodeModule<Zlib>('node:zlib')
  const streams = await nodeModule<Streams>('node:stream')
  if (zlib && streams) {
    const inflate = zlib.createInflateRaw({ chunkSize: PIECE })
    // an error ends the iteration below too
    streams.pipeline(streams.Readable.from(piecesOf(read, PIECE)), inflate, () => undefined)
    yield* inflate
    return
  }
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const bytes = await read(WEB_PIECE)
        if (bytes) controller.enqueue(bytes as Uint8Array<ArrayBuffer>)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const reader = compressed.pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function* piecesOf(
  read: (most: number) => Promise<Uint8Array | undefined>,
  most: number,
): AsyncGenerator<Uint8Array> {
  for (let bytes = await read(most); bytes; bytes = await read(most)) yield bytes
}

// Sources of bytes: files, Blobs and plain memory behind one interface, read in pieces at any offset. They treat the
// bytes as opaque. Invalid content is reported by FormatError, which names the file.

/** Bytes that can be read at any offset: a file, a Blob or an array. */
export interface ByteSource {
  /** The name in error messages, such as the path of the file. */
  readonly name: string
  /** The number of bytes. */
  readonly size: number
  /** Reads exactly `length` bytes from `offset` on. The range must be within `size`. The caller owns the result. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Closes the file. The source must not be read afterwards. */
  close(): Promise<void>
}

/** Thrown when a file has invalid content. The message names the file and the position, and says what was expected. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly code = 'ERR_FORMAT'
}

/** The error `corpus.npz: …`; `path` may continue with a position in the file. */
export const formatError = (path: string, fault: string, cause?: unknown): FormatError =>
  new FormatError(`${path}: ${fault}`, cause === undefined ? undefined : { cause })

/**
 * Returns a source of bytes in memory. It keeps `bytes` and does not copy them.
 *
 * @param name the name in error messages. Default: "bytes".
 *
 * @example
 * import { bytesSource, readPoints } from 'maxsimd/formats'
 *
 * const line = '{"id": 7, "vector": [[1, 0], [0, 1]]}'
 * const source = bytesSource(new TextEncoder().encode(line), 'corpus.jsonl')
 * const ids = []
 * for await (const { id } of readPoints(source)) ids.push(id)
 * ids // [7]
 */
export function bytesSource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.length,
    // Buffer.slice would return a view of the same memory
    read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
    close: async () => undefined,
  }
}

/**
 * Returns a source of a Blob, for example a File chosen on a web page. Each piece is read from the Blob when it is
 * needed.
 *
 * @param name the name in error messages. Default: "blob".
 *
 * @example
 * import { blobSource, readPoints } from 'maxsimd/formats'
 *
 * const file = new Blob(['{"id": 1, "text": "a text"}\n{"id": 2, "text": "another"}\n'])
 * const texts = []
 * for await (const { text } of readPoints(blobSource(file, 'texts.jsonl'))) texts.push(text)
 * texts // ['a text', 'another']
 */
export function blobSource(blob: Blob, name = 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => undefined,
  }
}

/**
 * Returns a source that reads from `source` and reports each read, for progress displays.
 *
 * @param onRead called after each read with the number of bytes read. Bytes that are read twice are reported twice.
 *
 * @example
 * import { bytesSource, readPoints, watchedSource } from 'maxsimd/formats'
 *
 * let read = 0
 * const file = bytesSource(new TextEncoder().encode('{"text": "a"}\n'))
 * const source = watchedSource(file, bytes => { read += bytes })
 * for await (const point of readPoints(source, { format: 'jsonl' })) console.log(point.text, read / file.size)
 * read // 14
 */
export function watchedSource(source: ByteSource, onRead: (bytes: number) => void): ByteSource {
  return {
    name: source.name,
    size: source.size,
    async read(offset, length) {
      const bytes = await source.read(offset, length)
      onRead(bytes.length)
      return bytes
    },
    close: () => source.close(),
  }
}

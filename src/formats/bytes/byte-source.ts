// Where bytes come from: something of a known size that is read in pieces, at any place. Files, Blobs and plain memory
// look alike. What is wrong in it is a FormatError, which names the file. It must not know what the bytes mean.

import { concatBytes } from '../../base/concat-bytes.js'

/** Bytes that can be read at any place: a file, a Blob, an array. */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  /** Exactly `length` bytes from `offset` on; both lie within the size. The caller owns them. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Lets go of the file; nothing is read afterwards. */
  close(): Promise<void>
}

/** A file is not what it should be: the message says where, and what was expected. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}

/** The error of a source: `corpus.npz: …`. */
export const formatError = (name: string, fault: string, cause?: unknown): FormatError =>
  new FormatError(`${name}: ${fault}`, cause === undefined ? undefined : { cause })

/** Bytes in memory as a source. Keeps `bytes`. */
export function bytesSource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.length,
    // a Buffer's own slice would be a view
    read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
    close: async () => undefined,
  }
}

/** A Blob as a source, such as a File that was chosen on a page; its pieces are read when they are needed. */
export function blobSource(blob: Blob, name = 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => undefined,
  }
}

/** The source, telling how many bytes were read of it, for those who show progress. */
export function watchedSource(source: ByteSource, onRead: (bytes: number) => void): ByteSource {
  return {
    ...source,
    async read(offset, length) {
      const bytes = await source.read(offset, length)
      onRead(bytes.length)
      return bytes
    },
  }
}

/** Bytes one after another. */
export interface ByteStream {
  /** The next `length` bytes; a FormatError where there are fewer. */
  take(length: number): Promise<Uint8Array>
  /** Says that everything was taken: a FormatError where it was not, or where a checksum does not hold. */
  end(): Promise<void>
  /** Lets go before the end. */
  close(): Promise<void>
}

const AHEAD = 1 << 18

/** A part of a source as a stream, which reads a little ahead. */
export function regionStream(source: ByteSource, offset: number, length: number, place: string): ByteStream {
  let at = 0
  let held = new Uint8Array(0)
  return {
    async take(count) {
      if (at + count > length) throw formatError(place, `ends ${at + count - length} bytes too early`)
      if (count > held.length) {
        const first = at + held.length
        const wanted = Math.max(count - held.length, Math.min(AHEAD, length - first))
        const more = await source.read(offset + first, wanted)
        held = concatBytes([held, more])
      }
      const bytes = held.slice(0, count)
      held = held.subarray(count)
      at += count
      return bytes
    },
    end: async () => undefined,
    close: async () => undefined,
  }
}

/** Pieces of a source, from its first byte to its last. */
export async function* piecesOf(source: ByteSource, size = 1 << 18): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += size) {
    yield await source.read(offset, Math.min(size, source.size - offset))
  }
}

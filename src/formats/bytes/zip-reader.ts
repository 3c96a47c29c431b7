// Reads zip files at any offset with @zip.js/zip.js, which is loaded when the first one is read. It checks the
// directory, zip64 records, local headers and CRC-32 checksums. Before an entry is inflated, this file checks that it
// is within the zip file and claims at most 1,032 times its compressed bytes, the most that deflate can make.

import type { FileEntry, ZipReader } from '@zip.js/zip.js'
import { type ByteSource, FormatError, formatError } from './byte-source.js'
import { type ByteStream, pieceStream } from './byte-stream.js'

/** A file in a zip file. */
export interface ZipEntry {
  readonly name: string
  /** Bytes of the file, not compressed. */
  readonly size: number
  /** Streams the file. The end of the stream checks the size and the checksum. */
  open(): ByteStream
}

/** The files of a zip file, by their position in its directory. */
export interface ZipArchive {
  readonly names: readonly string[]
  /**
   * Returns an entry. Ascending indexes are fastest.
   *
   * @throws FormatError if the entry is encrypted, has an unknown compression, or has impossible sizes
   */
  entry(index: number): Promise<ZipEntry>
}

/** Deflate needs at least two bits for 258 bytes. */
const MAX_INFLATION = 1032
const [STORED, DEFLATED] = [0, 8]
const READ_BYTES = 1 << 18

/**
 * Reads the directory of a zip file.
 *
 * @throws FormatError if the directory is invalid
 */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  // the part of the library that reads: 23 KB of 72 KB, minified and compressed
  const { ZipReader: Reader } = await import('@zip.js/zip.js/lib/zip-core-reader.js')
  const names: string[] = []
  for await (const entry of entriesOf(Reader, source)) names.push(entry.filename)
  // an entry of the library takes 7 KB, so only the current one is kept
  let [entries, position] = [entriesOf(Reader, source), 0]
  return {
    names,
    async entry(index) {
      if (index < position) {
        await entries.return(undefined)
        ;[entries, position] = [entriesOf(Reader, source), 0]
      }
      for (;;) {
        const { done, value } = await entries.next()
        if (done) throw new RangeError(`entry ${index} of ${names.length}`)
        if (position++ === index) return zipEntryOf(source, value)
      }
    },
  }
}

/** The files in the directory. Folders are skipped. */
async function* entriesOf(Reader: typeof ZipReader, source: ByteSource): AsyncGenerator<FileEntry> {
  const options = { checkSignature: true, useWebWorkers: false }
  const entries = new Reader(libraryReader(source), options).getEntriesGenerator()
  try {
    for await (const entry of entries) {
      if (!entry.directory) yield entry
    }
  } catch (cause) {
    throw zipError(source.name, cause)
  }
}

/** Checks the claims of the directory before anything is read or inflated. */
function checkEntry(entry: FileEntry, source: ByteSource, path: string): void {
  const { compressionMethod: method, compressedSize, uncompressedSize, offset } = entry
  if (entry.encrypted) throw formatError(path, 'is encrypted')
  if (method !== STORED && method !== DEFLATED) {
    throw formatError(path, `expected a stored or deflated file, got compression method ${method}`)
  }
  if (offset + compressedSize > source.size) throw formatError(path, 'is outside of the zip file')
  if (method === STORED && compressedSize !== uncompressedSize) {
    throw formatError(path, 'is stored, but has two different sizes')
  }
  if (uncompressedSize > MAX_INFLATION * compressedSize) {
    throw formatError(
      path,
      `claims that ${compressedSize} bytes inflate to ${uncompressedSize}, which is impossible`,
    )
  }
}

/** The source as the library reads it. Ranges beyond the end are cut off: the library then finds too few bytes. */
function libraryReader(source: ByteSource) {
  const readUint8Array = (offset: number, length: number) => {
    const start = Math.min(offset, source.size)
    return source.read(start, Math.max(0, Math.min(length, source.size - start)))
  }
  const createReadable = ({ offset, size }: { readonly offset: number; readonly size: number }) => {
    let position = offset
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const bytes = await readUint8Array(position, Math.min(READ_BYTES, offset + size - position))
          position += bytes.length
          if (bytes.length > 0) controller.enqueue(bytes)
          if (bytes.length === 0 || position >= offset + size) controller.close()
        },
      },
      { highWaterMark: 0 },
    )
  }
  // the types require `readable`, which the library uses for sources without random access
  return { size: source.size, readUint8Array, createReadable, readable: new ReadableStream<Uint8Array>() }
}

function zipEntryOf(source: ByteSource, entry: FileEntry): ZipEntry {
  const { filename: name, uncompressedSize: size } = entry
  const path = `${source.name}: ${name}`
  checkEntry(entry, source, path)
  return { name, size, open: () => pieceStream(piecesOfEntry(entry, path), size, path) }
}

async function* piecesOfEntry(entry: FileEntry, path: string): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const finished = entry.getData(writable)
  // an error before the first byte, such as a damaged local header, does not arrive by way of the stream
  finished.catch((cause: unknown) => writable.abort(cause).catch(() => undefined))
  const reader = readable.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      yield value
    }
    await finished
  } catch (cause) {
    throw zipError(path, cause)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Plain words for the errors that a damaged file causes most often. */
const MESSAGES: Readonly<Record<string, string>> = {
  'Invalid CRC32': 'its checksum is wrong; the file is damaged',
  'Ambiguous archive': 'its header differs from the zip directory; the file is damaged',
  'End of central directory not found': 'has no zip directory at its end; the file is incomplete',
  'File format is not recognized': 'has no zip directory at its end; the file is incomplete',
}

function zipError(path: string, cause: unknown): FormatError {
  if (cause instanceof FormatError) return cause
  const { message } = cause as Error
  return formatError(path, MESSAGES[message] ?? `cannot be read as a zip file: ${message}`, cause)
}

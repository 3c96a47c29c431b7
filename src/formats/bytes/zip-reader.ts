// Reads zip files at any offset. @zip.js/zip.js, which is loaded when the first one is read, reads and checks the
// directory and zip64 records. The contents are read here, because the library reads two of them at a time and lets each
// other one wait for five seconds, and four arrays of a .npz file are read at a time. Before an entry is inflated, this
// file checks that it is within the zip file and claims at most 1,032 times its compressed bytes, the most that deflate
// can make.

import type { FileEntry, ZipReader } from '@zip.js/zip.js'
import { type ByteSource, FormatError, formatError } from './byte-source.js'
import { type ByteStream, pieceStream, piecesOf } from './byte-stream.js'
import { decompress } from './decompress.js'
import { crc32 } from './zip-writer.js'

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
  const entries = new Reader(libraryReader(source)).getEntriesGenerator()
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
  // the types require `readable`, which the library uses for sources without random access
  return { size: source.size, readUint8Array, readable: new ReadableStream<Uint8Array>() }
}

function zipEntryOf(source: ByteSource, entry: FileEntry): ZipEntry {
  const { filename: name, uncompressedSize: size } = entry
  const path = `${source.name}: ${name}`
  checkEntry(entry, source, path)
  return { name, size, open: () => pieceStream(piecesOfEntry(source, entry, path), size, path) }
}

/** The contents of an entry. Its size and checksum are checked at the end. */
async function* piecesOfEntry(
  source: ByteSource,
  entry: FileEntry,
  path: string,
): AsyncGenerator<Uint8Array> {
  const start = await startOf(source, entry, path)
  const stored = piecesOf(source, start, start + entry.compressedSize)
  const pieces = entry.compressionMethod === STORED ? stored : decompress(stored, 'deflate-raw', path)
  let [size, crc] = [0, 0]
  for await (const piece of pieces) {
    size += piece.length
    if (size > entry.uncompressedSize) break
    crc = crc32(piece, crc)
    yield piece
  }
  if (size !== entry.uncompressedSize) {
    throw formatError(
      path,
      `expected ${entry.uncompressedSize} bytes, got ${size > entry.uncompressedSize ? 'more' : size}`,
    )
  }
  if (crc !== entry.crc32) throw formatError(path, 'its checksum is wrong; the file is damaged')
}

const [LOCAL_HEADER, LOCAL_HEADER_BYTES] = [0x04034b50, 30]

/** The first byte of the contents, after the local header, the name and the extra field. */
async function startOf(source: ByteSource, entry: FileEntry, path: string): Promise<number> {
  const { offset, compressedSize, rawFilename } = entry
  const nameStart = offset + LOCAL_HEADER_BYTES
  if (nameStart + rawFilename.length > source.size) throw formatError(path, 'is outside of the zip file')
  const bytes = await source.read(offset, LOCAL_HEADER_BYTES + rawFilename.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const [nameLength, extraLength] = [view.getUint16(26, true), view.getUint16(28, true)]
  const isSame = rawFilename.every((byte, index) => bytes[LOCAL_HEADER_BYTES + index] === byte)
  if (view.getUint32(0, true) !== LOCAL_HEADER || nameLength !== rawFilename.length || !isSame) {
    throw formatError(path, 'its header differs from the zip directory; the file is damaged')
  }
  const start = nameStart + nameLength + extraLength
  if (start + compressedSize > source.size) throw formatError(path, 'is outside of the zip file')
  return start
}

/** Plain words for the errors that a damaged file causes most often. */
const MESSAGES: Readonly<Record<string, string>> = {
  'Ambiguous archive': 'its header differs from the zip directory; the file is damaged',
  'End of central directory not found': 'has no zip directory at its end; the file is incomplete',
  'File format is not recognized': 'has no zip directory at its end; the file is incomplete',
}

function zipError(path: string, cause: unknown): FormatError {
  if (cause instanceof FormatError) return cause
  const { message } = cause as Error
  return formatError(path, MESSAGES[message] ?? `cannot be read as a zip file: ${message}`, cause)
}

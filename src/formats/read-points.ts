// Reads points of a file in any of the formats. The first bytes of a file tell its format.

import { checkAbortSignal, checkKnownOptions, oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { type ByteSource, formatError } from './bytes/byte-source.js'
import { isGzip, textPiecesOf } from './bytes/text-pieces.js'
import { checkColumns, type FileColumns } from './file-columns.js'
import type { FilePoint } from './file-point.js'

/** The formats that are read. */
export type PointFormat = 'npy' | 'npz' | 'safetensors' | 'parquet' | 'jsonl'

/** The options of `readPoints`. */
export interface ReadPointsOptions {
  /** Default: the format that `formatOf` finds. */
  readonly format?: PointFormat | undefined
  /** The columns, fields or arrays with the vectors, ids and texts. Default: their usual names. */
  readonly columns?: FileColumns | undefined
  /** Ends the reading. The iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

type Reader = (source: ByteSource, columns: FileColumns) => AsyncGenerator<FilePoint>

/**
 * The code of a format is loaded when a file of that format is read: 7 of the 15 KB of this entry point, compressed.
 */
const READERS: Readonly<Record<PointFormat, () => Promise<Reader>>> = {
  npy: async () => (await import('./arrays/npz.js')).readNpy,
  npz: async () => (await import('./arrays/npz.js')).readNpz,
  safetensors: async () => (await import('./arrays/safetensors.js')).readSafetensors,
  parquet: async () => (await import('./parquet/parquet.js')).readParquet,
  jsonl: async () => (await import('./text/jsonl.js')).readJsonl,
}
const FORMATS = Object.keys(READERS) as PointFormat[]

/** The first bytes of compressed files. */
const COMPRESSIONS = [
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
] as const

/** The first bytes of other files, and what to do with them. */
const OTHERS = [
  ['PARE', 'is an encrypted Parquet file; write it without encryption'],
  ['ARROW1', 'is an Arrow or Feather file; write Parquet'],
  ['FEA1', 'is a Feather file; write Parquet'],
  ['\x89HDF', 'is an HDF5 file; write .npz, safetensors or Parquet'],
  ['\x80\x02', 'is a Python pickle; write .npz, safetensors or Parquet'],
  ['\x80\x04', 'is a Python pickle; write .npz, safetensors or Parquet'],
  ['\xff\xfe', 'is text in UTF-16; write UTF-8'],
  ['\xfe\xff', 'is text in UTF-16; write UTF-8'],
] as const

/**
 * Returns the format of a file, by its first bytes. A gzip file has the format `jsonl` if its contents have it.
 *
 * @throws FormatError if the format is unknown, or the file is compressed and not JSON lines
 *
 * @example
 * import { bytesSource, formatOf } from 'maxsimd/formats'
 *
 * await formatOf(bytesSource(new TextEncoder().encode('{"id": 1, "text": "a"}'))) // 'jsonl'
 */
export async function formatOf(source: ByteSource): Promise<PointFormat> {
  checkSource(source)
  const start = await source.read(0, Math.min(9, source.size))
  const text = String.fromCharCode(...start)
  const format = formatOfStart(start)
  if (format !== undefined) return format
  if (await isGzip(source)) {
    for await (const piece of textPiecesOf(source)) {
      if (formatOfStart(piece.subarray(0, 9)) === 'jsonl') return 'jsonl'
      break
    }
    throw formatError(
      source.name,
      'is compressed with gzip, which is read for JSON only; decompress it first',
    )
  }
  const other = OTHERS.find(([magic]) => text.startsWith(magic))
  if (other) throw formatError(source.name, other[1])
  const compression = COMPRESSIONS.find(([magic]) => text.startsWith(magic))
  if (compression) throw formatError(source.name, `is compressed with ${compression[1]}; decompress it first`)
  throw formatError(
    source.name,
    'has an unknown format; expected .npy, .npz, safetensors, Parquet or JSON lines in UTF-8',
  )
}

/** The format of a file, if its first bytes are those of arrays or Parquet. */
export async function binaryFormatOf(source: ByteSource): Promise<PointFormat | undefined> {
  const format = formatOfStart(await source.read(0, Math.min(9, source.size)))
  return format === 'jsonl' ? undefined : format
}

/** The format of a file with these first 9 bytes. */
function formatOfStart(start: Uint8Array): PointFormat | undefined {
  const text = String.fromCharCode(...start)
  if (text.startsWith('\x93NUMPY')) return 'npy'
  if (text.startsWith('PK')) return 'npz'
  if (text.startsWith('PAR1')) return 'parquet'
  // the length of the header in 8 bytes, then the header, a JSON object
  if (text[8] === '{' && start[6] === 0 && start[7] === 0) return 'safetensors'
  // arrays and numbers too: the error of the first line then says what a line must be
  return /^(?:\xef\xbb\xbf)?\s*(?:[{["\d-]|$)/.test(text) ? 'jsonl' : undefined
}

/** @throws TypeError if it is not a source, such as a path */
function checkSource(source: ByteSource): void {
  if (typeof source?.read === 'function' && typeof source.size === 'number') return
  throw new TypeError(
    `"source" expected a ByteSource, got ${typeName(source)}; open a path with openFile, a Blob with blobSource, bytes with bytesSource`,
  )
}

/**
 * Yields the points of a file, with memory for a few of them. It does not close the source.
 *
 * @throws RangeError or TypeError if the source or an option is invalid
 * @throws FormatError if the file is invalid. The message names the file and the position
 * @throws the signal's reason if it is aborted
 *
 * @example
 * import { bytesSource, readPoints } from 'maxsimd/formats'
 *
 * const line = '{"id": 7, "vector": [[1, 0], [0, 1]], "title": "two rows"}'
 * const points = []
 * for await (const point of readPoints(bytesSource(new TextEncoder().encode(line)))) points.push(point)
 * points[0].vector.data // [1, 0, 0, 1]
 * points[0].payload // { title: 'two rows' }
 */
export async function* readPoints(
  source: ByteSource,
  options: ReadPointsOptions = {},
): AsyncGenerator<FilePoint> {
  checkSource(source)
  checkKnownOptions(options, ['format', 'columns', 'signal'], 'readPoints')
  const { format, columns = {}, signal } = options
  checkColumns(columns)
  if (format !== undefined) oneOf(format, FORMATS, 'format')
  if (signal !== undefined) checkAbortSignal(signal)
  signal?.throwIfAborted()
  const read = await READERS[format ?? (await formatOf(source))]()
  for await (const point of read(source, columns)) {
    signal?.throwIfAborted()
    yield point
  }
}

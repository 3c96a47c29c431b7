// Reads points of a file in any of the formats. The first bytes of a file tell its format.

import { checkAbortSignal, checkKnownOptions, oneOf } from '../base/check-options.js'
import { type ByteSource, formatError } from './bytes/byte-source.js'
import type { FilePoint } from './file-point.js'

/** The formats that are read. */
export type PointFormat = 'npy' | 'npz' | 'safetensors' | 'parquet' | 'jsonl'

/** The options of `readPoints`. */
export interface ReadPointsOptions {
  /** Default: the format that `formatOf` finds. */
  readonly format?: PointFormat | undefined
  /** Ends the reading. The iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

type Reader = (source: ByteSource) => AsyncGenerator<FilePoint>

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
  ['\x1f\x8b', 'gzip'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
] as const

/**
 * Returns the format of a file, by its first bytes.
 *
 * @throws FormatError if the format is unknown
 *
 * @example
 * import { bytesSource, formatOf } from 'maxsimd/formats'
 *
 * await formatOf(bytesSource(new TextEncoder().encode('{"id": 1, "text": "a"}'))) // 'jsonl'
 */
export async function formatOf(source: ByteSource): Promise<PointFormat> {
  const start = await source.read(0, Math.min(9, source.size))
  const text = String.fromCharCode(...start)
  if (text.startsWith('\x93NUMPY')) return 'npy'
  if (text.startsWith('PK')) return 'npz'
  if (text.startsWith('PAR1')) return 'parquet'
  // the length of the header in 8 bytes, then the header, a JSON object
  if (text[8] === '{' && start[6] === 0 && start[7] === 0) return 'safetensors'
  // arrays and numbers too: the error of the first line then says what a line must be
  if (/^(?:\xef\xbb\xbf)?\s*(?:[{["\d-]|$)/.test(text)) return 'jsonl'
  if (text.startsWith('PARE')) throw formatError(source.name, 'is an encrypted Parquet file')
  const compression = COMPRESSIONS.find(([magic]) => text.startsWith(magic))
  if (compression) throw formatError(source.name, `is compressed with ${compression[1]}; decompress it first`)
  throw formatError(
    source.name,
    'has an unknown format; expected .npy, .npz, safetensors, Parquet or JSON lines in UTF-8',
  )
}

/**
 * Yields the points of a file, with memory for a few of them. It does not close the source.
 *
 * @throws RangeError or TypeError if an option is invalid
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
  checkKnownOptions(options, ['format', 'signal'], 'readPoints')
  const { format, signal } = options
  if (format !== undefined) oneOf(format, FORMATS, 'format')
  if (signal !== undefined) checkAbortSignal(signal)
  signal?.throwIfAborted()
  const read = await READERS[format ?? (await formatOf(source))]()
  for await (const point of read(source)) {
    signal?.throwIfAborted()
    yield point
  }
}

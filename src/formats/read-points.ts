// One door to all formats: what a file is, its first bytes say.

import { readNpy, readNpz } from './arrays/npz.js'
import { readSafetensors } from './arrays/safetensors.js'
import { type ByteSource, formatError } from './bytes/byte-source.js'
import type { FilePoint } from './file-point.js'
import { readParquet } from './parquet/parquet.js'
import { readJsonl } from './text/jsonl.js'

/** The formats that are read. */
export type PointFormat = 'npy' | 'npz' | 'safetensors' | 'parquet' | 'jsonl'

const READERS: Readonly<Record<PointFormat, (source: ByteSource) => AsyncGenerator<FilePoint>>> = {
  npy: readNpy,
  npz: readNpz,
  safetensors: readSafetensors,
  parquet: readParquet,
  jsonl: readJsonl,
}

const PACKED = [
  ['\x1f\x8b', 'gzip'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
] as const

/** What a file is, by its first bytes. */
export async function formatOf(source: ByteSource): Promise<PointFormat> {
  const start = await source.read(0, Math.min(9, source.size))
  const text = String.fromCharCode(...start)
  if (text.startsWith('\x93NUMPY')) return 'npy'
  if (text.startsWith('PK')) return 'npz'
  if (text.startsWith('PAR1')) return 'parquet'
  // the length of a header, then the header, which is an object
  if (text[8] === '{' && start[6] === 0 && start[7] === 0) return 'safetensors'
  // arrays and numbers too: the error then says what a line must be
  if (/^(?:\xef\xbb\xbf)?\s*(?:[{["\d-]|$)/.test(text)) return 'jsonl'
  const packed = PACKED.find(([magic]) => text.startsWith(magic))
  if (packed) throw formatError(source.name, `is compressed by ${packed[1]}; unpack it first`)
  throw formatError(
    source.name,
    'is none of .npy, .npz, safetensors, Parquet and JSON lines (UTF-8), by its first bytes',
  )
}

/**
 * The points of a file, one after another, with memory for a few of them; the source stays open.
 *
 * @throws FormatError, with the file's name and the place, where the file is not what it should be
 * @throws the signal's reason when it is aborted
 */
export async function* readPoints(
  source: ByteSource,
  {
    format,
    signal,
  }: { readonly format?: PointFormat | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<FilePoint> {
  signal?.throwIfAborted()
  for await (const point of READERS[format ?? (await formatOf(source))](source)) {
    signal?.throwIfAborted()
    yield point
  }
}

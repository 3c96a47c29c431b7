// Parquet, by hyparquet, which is loaded when a Parquet file is: an optional dependency, and with it
// hyparquet-compressors for what is not snappy. Rows are read a row group at a time, or in smaller batches where the file
// has a page index; so memory is that of a row group.

import type { FilePoint } from './file-point.js'
import { recordPoint } from './jsonl.js'
import { type ByteSource, broken, FormatError } from './source.js'

/** Rows read at a time where the pages of a file can be found. */
const BATCH = 256

/** The points of a Parquet file: its columns are the fields of a JSON line. */
export async function* readParquet(source: ByteSource): AsyncGenerator<FilePoint> {
  const { parquetMetadataAsync, parquetReadObjects } = await load(source.name)
  const compressors = await loadCompressors()
  const file = {
    byteLength: source.size,
    async slice(start: number, end = source.size) {
      if (!(start >= 0) || end > source.size || end < start)
        throw broken(source.name, 'a part of it lies outside of it')
      const bytes = await source.read(start, end - start)
      return bytes.buffer as ArrayBuffer
    },
  }
  const metadata = await attempt(source.name, () => parquetMetadataAsync(file))
  let first = 0
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows)
    checkGroup(group, count, source)
    const indexed = group.columns.every(column => column.offset_index_offset !== undefined)
    const batch = indexed ? BATCH : count
    for (let from = 0; from < count; from += batch) {
      const range = { rowStart: first + from, rowEnd: first + Math.min(count, from + batch) }
      const options = { file, metadata, ...range, ...compressors, useOffsetIndex: indexed }
      const rows = await attempt(source.name, () => parquetReadObjects(options))
      if (rows.length !== range.rowEnd - range.rowStart)
        throw broken(source.name, `lacks rows from ${range.rowStart} on`)
      for (const [index, row] of rows.entries()) {
        yield recordPoint(
          plain(row) as Record<string, unknown>,
          `${source.name}, row ${range.rowStart + index}`,
        )
      }
    }
    first += count
  }
}

type Parquet = typeof import('hyparquet')
type RowGroup = Awaited<ReturnType<Parquet['parquetMetadataAsync']>>['row_groups'][number]

/** How much larger than its file a row group may say it is: more is a bomb, or damage. */
const MOST_RATIO = 64

/** Refuses counts that no file of this size has, before room is made for them. */
function checkGroup(group: RowGroup, count: number, source: ByteSource): void {
  const sizes = group.columns.map(({ meta_data: told }) => ({
    packed: Number(told?.total_compressed_size ?? 0),
    unpacked: Number(told?.total_uncompressed_size ?? 0),
    values: Number(told?.num_values ?? 0),
  }))
  const isSane =
    Number.isSafeInteger(count) &&
    count >= 0 &&
    sizes.every(
      ({ packed, unpacked, values }) =>
        packed >= 0 &&
        packed <= source.size &&
        unpacked >= 0 &&
        unpacked <= MOST_RATIO * source.size + (1 << 20) &&
        values >= count &&
        values <= MOST_RATIO * 8 * source.size,
    )
  if (!isSane) throw broken(source.name, 'tells of a row group that is larger than the file can hold')
}

async function load(name: string): Promise<Parquet> {
  try {
    return await import('hyparquet')
  } catch (cause) {
    throw new Error(`reading ${name} needs the package hyparquet: npm install hyparquet`, { cause })
  }
}

async function loadCompressors(): Promise<object> {
  try {
    const { compressors } = await import('hyparquet-compressors')
    return { compressors }
  } catch {
    // without it there are snappy and uncompressed columns; others are refused by name
    return {}
  }
}

/** What goes wrong inside of the reader is the file's fault. */
async function attempt<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw broken(name, `cannot be read as Parquet: ${(cause as Error).message}`, cause)
  }
}

/** JSON's kinds of values in place of Parquet's: numbers for 64-bit integers, texts for dates. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(plain)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

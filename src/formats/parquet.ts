// Parquet, by hyparquet, which is loaded when a Parquet file is: an optional dependency, and with it
// hyparquet-compressors for what is not snappy. Rows are read a row group at a time, or in smaller batches where the file
// has a page index; so memory is that of a row group.
//
// hyparquet believes what a file says of its sizes, so they are held against the file first, down to each page. And it
// is asked for one column at a time: of several that are damaged it would leave one error to nobody, which ends a process.

import type { FilePoint } from './file-point.js'
import { recordPoint } from './jsonl.js'
import { checkPages, mostOf } from './parquet-pages.js'
import { type ByteSource, broken, FormatError } from './source.js'
import { endOfStruct } from './thrift.js'

type Parquet = typeof import('hyparquet')
type Metadata = Awaited<ReturnType<Parquet['parquetMetadataAsync']>>
type RowGroup = Metadata['row_groups'][number]
type ColumnChunk = RowGroup['columns'][number]

/** Rows read at a time where the pages of a file can be found. */
const BATCH = 256

/** The points of a Parquet file: its columns are the fields of a JSON line. */
export async function* readParquet(source: ByteSource): AsyncGenerator<FilePoint> {
  const { name } = source
  const library = await load(name)
  const file = asyncBuffer(source)
  await checkFooter(source)
  const metadata = await attempt(name, () => library.parquetMetadataAsync(file, { geoparquet: false }))
  let first = 0
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows)
    if (count === 0) continue
    const columns = columnsOf(group, count, source)
    for (const column of columns.values()) {
      await attempt(name, () => checkPages(library, source, metadata.schema, column))
    }
    const indexed = group.columns.every(column => column.offset_index_offset !== undefined)
    const batch = indexed ? BATCH : count
    for (let from = 0; from < count; from += batch) {
      const range = { rowStart: first + from, rowEnd: first + Math.min(count, from + batch) }
      const rows: Record<string, unknown>[] = Array.from(
        { length: range.rowEnd - range.rowStart },
        () => ({}),
      )
      for (const column of columns.keys()) {
        const found = await attempt(name, () =>
          library.parquetReadObjects({
            file,
            metadata,
            ...range,
            columns: [column],
            useOffsetIndex: indexed,
            ...(library.compressors && { compressors: library.compressors }),
          }),
        )
        if (found.length !== rows.length)
          throw broken(name, `lacks rows of "${column}" from ${range.rowStart} on`)
        for (const [index, row] of rows.entries()) row[column] = plain(found[index]![column])
      }
      for (const [index, row] of rows.entries())
        yield recordPoint(row, `${name}, row ${range.rowStart + index}`)
    }
    first += count
  }
}

/** The description at the end of a file has to lie in it, and to be one. */
async function checkFooter(source: ByteSource): Promise<void> {
  const { name, size } = source
  const end = size < 12 ? undefined : await source.read(size - 8, 8)
  if (!end || String.fromCharCode(...end.subarray(4)) !== 'PAR1') {
    throw broken(name, 'has no Parquet description at its end; it was cut off')
  }
  const length = new DataView(end.buffer).getUint32(0, true)
  if (length + 12 > size)
    throw broken(name, `has a Parquet description of ${length} bytes, more than the file`)
  if (endOfStruct(await source.read(size - 8 - length, length)) === undefined) {
    throw broken(name, 'its Parquet description is damaged')
  }
}

/** A row group's columns by name, with counts that a file of this size can have. */
function columnsOf(group: RowGroup, count: number, source: ByteSource): Map<string, ColumnChunk> {
  const columns = new Map<string, ColumnChunk>()
  if (!(count >= 0 && count <= mostOf(source))) {
    throw broken(source.name, `tells of ${count} rows in a row group, more than it can hold`)
  }
  for (const column of group.columns) {
    const told = column.meta_data
    const [name] = told?.path_in_schema ?? []
    if (told === undefined || name === undefined)
      throw broken(source.name, 'has a column without a description')
    if (columns.has(name)) {
      throw broken(
        source.name,
        `the column "${name}" is a struct; columns of numbers, texts and lists are read`,
      )
    }
    const packed = Number(told.total_compressed_size)
    const values = Number(told.num_values)
    if (!(packed >= 0 && packed <= source.size && values >= 0 && values <= mostOf(source))) {
      throw broken(source.name, `the column "${name}" is larger than the file`)
    }
    columns.set(name, column)
  }
  return columns
}

/** A source as hyparquet wants it. */
function asyncBuffer(source: ByteSource) {
  return {
    byteLength: source.size,
    slice(start: number, end = source.size): Promise<ArrayBuffer> {
      const isPart = start >= 0 && end >= start && end <= source.size
      const bytes = isPart
        ? source.read(start, end - start).then(({ buffer }) => buffer as ArrayBuffer)
        : Promise.reject(broken(source.name, 'a part of it lies outside of it'))
      // it may not get to wait for it
      bytes.catch(() => undefined)
      return bytes
    },
  }
}

export type Library = Awaited<ReturnType<typeof load>>

async function load(name: string) {
  try {
    const { parquetMetadataAsync, parquetReadObjects, snappyUncompress } = await import('hyparquet')
    const { parquetHeader } = await import('hyparquet/src/column.js')
    const schema = await import('hyparquet/src/schema.js')
    const { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } = schema
    return {
      parquetMetadataAsync,
      parquetReadObjects,
      parquetHeader,
      snappyUncompress,
      getMaxDefinitionLevel,
      getMaxRepetitionLevel,
      getSchemaPath,
      compressors: await loadCompressors(),
    }
  } catch (cause) {
    throw new Error(`reading ${name} needs the package hyparquet: npm install hyparquet`, { cause })
  }
}

/** Without them there are snappy and uncompressed columns; others are refused by name. */
async function loadCompressors() {
  try {
    return (await import('hyparquet-compressors')).compressors
  } catch {
    return undefined
  }
}

/** What goes wrong inside of the library is the file's fault. */
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
  if (value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(plain)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

// Parquet, by hyparquet, which is loaded when a Parquet file is: an optional dependency, and with it
// hyparquet-compressors for what is not snappy. A column is read a few pages at a time, whatever its row groups:
//
//   pages ──checked──▶ a stretch of whole rows ──▶ a small file of its own: dictionary, pages ──hyparquet──▶ values
//
// hyparquet believes what a file says of its sizes, so they are held against the file first, down to each page. And it
// is asked for one column at a time: of several that are damaged it would leave one error to nobody, which ends a process.

import { concatBytes } from '../../base/concat-bytes.js'
import { type ByteSource, bytesSource, FormatError, formatError } from '../bytes/byte-source.js'
import type { FilePoint } from '../file-point.js'
import { recordPoint } from '../text/jsonl.js'
import { type ParquetPage, pagesOf } from './parquet-pages.js'
import { endOfStruct } from './thrift.js'

type Parquet = typeof import('hyparquet')
type Metadata = Awaited<ReturnType<Parquet['parquetMetadataAsync']>>
type RowGroup = Metadata['row_groups'][number]
type ColumnChunk = RowGroup['columns'][number]

/** A stretch ends with the row in which it has as many values, or as many bytes. */
const [VALUES, BYTES] = [1 << 16, 1 << 20]

/** The points of a Parquet file: its columns are the fields of a JSON line. */
export async function* readParquet(source: ByteSource): AsyncGenerator<FilePoint> {
  const { name } = source
  const library = await load(name)
  await checkFooter(source)
  const metadata = await attempt(name, () =>
    library.parquetMetadataAsync(asyncBuffer(source), { geoparquet: false }),
  )
  let first = 0
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows)
    const columns = columnsOf(group, source).map(([column, chunk]) => ({
      column,
      values: valuesOf(library, source, metadata, group, chunk),
      held: [] as readonly unknown[],
      at: 0,
    }))
    for (let row = 0; row < count; row++) {
      const fields: Record<string, unknown> = {}
      for (const each of columns) {
        if (each.at === each.held.length) {
          const { done, value } = await each.values.next()
          if (done) throw formatError(name, `lacks rows of "${each.column}" from ${first + row} on`)
          each.held = value
          each.at = 0
        }
        fields[each.column] = plain(each.held[each.at++])
      }
      yield recordPoint(fields, `${name}, row ${first + row}`)
    }
    first += count
  }
}

/** The values of a column in stretches of whole rows. */
async function* valuesOf(
  library: Library,
  source: ByteSource,
  metadata: Metadata,
  group: RowGroup,
  chunk: ColumnChunk,
): AsyncGenerator<readonly unknown[]> {
  const { name } = source
  const pages = pagesOf(library, source, metadata.schema, chunk)
  let dictionary: ParquetPage | undefined
  let held: ParquetPage[] = []
  const total = (what: 'rows' | 'values' | 'size') => held.reduce((sum, page) => sum + page[what], 0)
  const flush = async () => {
    const rows = total('rows')
    const parts = dictionary ? [dictionary, ...held] : held
    const found = await attempt(name, () => readStretch(library, metadata, group, chunk, parts, rows))
    held = []
    return found
  }
  for (;;) {
    const { done, value: page } = await attempt(name, () => pages.next())
    if (done) break
    if (page.isDictionary) {
      dictionary = page
      continue
    }
    if (page.beginsRow && (total('values') >= VALUES || total('size') >= BYTES)) yield await flush()
    if (page.values > 0) held.push(page)
  }
  if (held.length > 0) yield await flush()
}

/** The values of pages, which hyparquet gets as a file of one row group that has this column only. */
async function readStretch(
  library: Library,
  metadata: Metadata,
  group: RowGroup,
  chunk: ColumnChunk,
  pages: readonly ParquetPage[],
  rows: number,
): Promise<readonly unknown[]> {
  // no page begins at byte 0, which stands for none
  const parts = [new Uint8Array(4), ...pages.map(({ bytes }) => bytes)]
  const file = bytesSource(concatBytes(parts), 'stretch')
  const { statistics: _, bloom_filter_offset: __, ...told } = chunk.meta_data!
  const [column = ''] = told.path_in_schema
  const start = pages[0]?.isDictionary ? 4 + pages[0].bytes.length : 4
  const meta_data = {
    ...told,
    dictionary_page_offset: start > 4 ? 4n : undefined,
    data_page_offset: BigInt(start),
    total_compressed_size: BigInt(file.size - 4),
    num_values: BigInt(pages.reduce((sum, { values }) => sum + values, 0)),
  }
  const only = { ...group, num_rows: BigInt(rows), columns: [{ file_offset: 0n, meta_data }] }
  const found = await library.parquetReadObjects({
    file: asyncBuffer(file),
    metadata: { ...metadata, num_rows: only.num_rows, row_groups: [only as RowGroup] },
    columns: [column],
    ...(library.compressors && { compressors: library.compressors }),
  })
  return found.map(row => row[column])
}

/** The description at the end of a file has to lie in it, and to be one. */
async function checkFooter(source: ByteSource): Promise<void> {
  const { name, size } = source
  const end = size < 12 ? undefined : await source.read(size - 8, 8)
  if (!end || String.fromCharCode(...end.subarray(4)) !== 'PAR1') {
    throw formatError(name, 'has no Parquet description at its end; it was cut off')
  }
  const length = new DataView(end.buffer).getUint32(0, true)
  if (length + 12 > size)
    throw formatError(name, `has a Parquet description of ${length} bytes, more than the file`)
  if (endOfStruct(await source.read(size - 8 - length, length)) === undefined) {
    throw formatError(name, 'its Parquet description is damaged')
  }
}

/** A row group's columns by name. */
function columnsOf(group: RowGroup, source: ByteSource): [string, ColumnChunk][] {
  const columns = new Map<string, ColumnChunk>()
  for (const column of group.columns) {
    const told = column.meta_data
    const [name] = told?.path_in_schema ?? []
    if (told === undefined || name === undefined)
      throw formatError(source.name, 'has a column without a description')
    if (columns.has(name)) {
      throw formatError(
        source.name,
        `the column "${name}" is a struct; columns of numbers, texts and lists are read`,
      )
    }
    columns.set(name, column)
  }
  return [...columns]
}

/** A source as hyparquet wants it. */
function asyncBuffer(source: ByteSource) {
  return {
    byteLength: source.size,
    slice(start: number, end = source.size): Promise<ArrayBuffer> {
      const isPart = start >= 0 && end >= start && end <= source.size
      const bytes = isPart
        ? source.read(start, end - start).then(({ buffer }) => buffer as ArrayBuffer)
        : Promise.reject(formatError(source.name, 'a part of it lies outside of it'))
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
    throw formatError(name, `cannot be read as Parquet: ${(cause as Error).message}`, cause)
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

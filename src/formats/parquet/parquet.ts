// Reads Parquet files with hyparquet, a few pages of one column at a time, whatever the size of the row groups.
// hyparquet itself decodes a column chunk as a whole, so it gets a part of the chunk as a small file in memory. It gets
// one column at a time, because it leaves promise rejections unhandled when several columns are damaged (21 of 300
// copies with many damages).
//
//   pages.ts: pages, checked ──▶ whole rows of a few pages ──▶ a file of one column ──hyparquet──▶ values
//
// A column with several leaves, such as a struct or a map, is read one row group at a time.

import { concatBytes } from '../../base/concat-bytes.js'
import { isA } from '../../base/is-a.js'
import { type ByteSource, FormatError, formatError } from '../bytes/byte-source.js'
import { type FileColumns, fieldNames, requiredNames } from '../file-columns.js'
import type { FilePoint } from '../file-point.js'
import { parseJson } from '../text/json-object.js'
import { fieldOf, recordPoint } from '../text/jsonl.js'
import { jsonValueOf, type SchemaNode, undecodedSchema, vectorValueOf } from './json-value.js'
import {
  type ColumnMetadata,
  loadParquetLibrary,
  type Metadata,
  type ParquetLibrary,
  type RowGroup,
} from './library.js'
import { type ColumnChunk, type Page, pagesOf } from './pages.js'
import { reshapeTensor, type TensorShapes, tensorShapesOf } from './tensor-shapes.js'
import { readThriftStruct } from './thrift.js'

/** A part ends with the page in which it reaches one of these numbers of values and bytes. */
const PART_VALUES = 1 << 16
const PART_BYTES = 1 << 20
/** Bytes in one row group of a column with several leaves, not compressed. */
const MAX_STRUCT_BYTES = 1 << 28

const ENCRYPTED = 'is encrypted; write the file without encryption'

/** A file that is being read. */
interface ParquetFile {
  readonly source: ByteSource
  readonly library: ParquetLibrary
  readonly metadata: Metadata
  readonly schema: SchemaNode
  /** The schema that hyparquet gets: see json-value.ts. */
  readonly undecoded: Metadata['schema']
  readonly tensorShapes: TensorShapes
  /** The columns that the caller chose. */
  readonly columns: FileColumns
}

/** A leaf of a column in one row group. */
interface Leaf {
  readonly metadata: ColumnMetadata
  readonly chunk: ColumnChunk
}

/** The points of a Parquet file. Its columns are the fields of a line of JSON. */
export async function* readParquet(source: ByteSource, columns: FileColumns = {}): AsyncGenerator<FilePoint> {
  const library = await loadParquetLibrary()
  const metadata = await readMetadata(library, source)
  const schema = await attempt(source.name, async () => library.parquetSchema(metadata))
  const undecoded = undecodedSchema(metadata.schema)
  const file = {
    source,
    library,
    metadata,
    schema,
    undecoded,
    columns,
    tensorShapes: tensorShapesOf(metadata),
  }
  checkChosen(file)
  let row = 0
  for (const group of metadata.row_groups) {
    for await (const fields of recordsOf(file, group)) {
      yield recordPoint(fields, `${source.name}, row ${row++}`, columns)
    }
  }
}

/** Checks that the columns that the caller chose exist. */
function checkChosen({ source, schema, columns }: ParquetFile): void {
  const names = schema.children.map(({ element }) => element.name)
  const missing = requiredNames(columns).find(name => !names.includes(name))
  if (missing === undefined) return
  throw formatError(source.name, `has no column "${missing}"; its columns: ${names.slice(0, 20).join(', ')}`)
}

/** Checks the metadata at the end of a file, then parses it. */
async function readMetadata(library: ParquetLibrary, source: ByteSource): Promise<Metadata> {
  const { name, size } = source
  const end = size < 12 ? undefined : await source.read(size - 8, 8)
  if (!end || String.fromCharCode(...end.subarray(4)) !== 'PAR1') {
    throw formatError(name, 'has no Parquet metadata at its end; the file is incomplete')
  }
  const length = new DataView(end.buffer, end.byteOffset).getUint32(0, true)
  if (length + 12 > size)
    throw formatError(name, `claims ${length} bytes of metadata, more than the file has`)
  return attempt(name, async () => {
    const bytes = await source.read(size - 8 - length, length + 8)
    readThriftStruct(bytes.subarray(0, length))
    return library.parquetMetadata(bytes, { geoparquet: false })
  })
}

/** A column of a row group, with the values that were decoded and not used. */
interface ColumnReader {
  readonly name: string
  readonly node: SchemaNode
  readonly batches: AsyncIterator<readonly unknown[]>
  batch: readonly unknown[]
  position: number
}

/** The rows of a row group, as objects with the columns as fields. */
async function* recordsOf(file: ParquetFile, group: RowGroup): AsyncGenerator<Record<string, unknown>> {
  const count = Number(group.num_rows)
  if (!(count >= 0)) throw formatError(file.source.name, `has a row group of ${count} rows`)
  // the columns of an empty row group have no pages
  if (count === 0) return
  const columns = columnsOf(file, group).map(([name, leaves]): ColumnReader => {
    const node = file.schema.children.find(({ element }) => element.name === name)!
    return { name, node, batches: batchesOf(file, group, name, leaves), batch: [], position: 0 }
  })
  for (let row = 0; row < count; row++) {
    const values: [string, unknown][] = []
    for (const column of columns) {
      if (!(await hasValue(column))) {
        throw formatError(
          `${file.source.name}: ${column.name}`,
          `has fewer rows than its row group (${count})`,
        )
      }
      const value = column.batch[column.position++]
      values.push([column.name, reshapeTensor(value, file.tensorShapes.get(column.name))])
    }
    yield fieldsOf(file, columns, Object.fromEntries(values))
  }
  for (const column of columns) {
    if (await hasValue(column)) {
      throw formatError(`${file.source.name}: ${column.name}`, `has more rows than its row group (${count})`)
    }
  }
}

/** The values of a row as fields of a record. */
function fieldsOf(
  { source, tensorShapes, columns: chosen }: ParquetFile,
  columns: readonly ColumnReader[],
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { vectors, ids, texts } = fieldNames(chosen)
  const vector = fieldOf(values, vectors)
  const shape = vector === undefined ? undefined : tensorShapes.get(vector)
  if (typeof shape === 'string') {
    throw formatError(`${source.name}: ${vector}`, `${shape}; expected two dimensions, rows x dim`)
  }
  const convert = ({ name, node }: ColumnReader): unknown => {
    const value = values[name]
    if (name === vector) return vectorValueOf(value, node)
    if (!ids.includes(name) && !texts.includes(name)) return jsonValueOf(value, node)
    if (isA(value, 'Uint8Array')) return textOf(value, node, `${source.name}: ${name}`)
    return typeof value === 'bigint' && ids.includes(name) ? value : jsonValueOf(value, node)
  }
  return Object.fromEntries(columns.map(column => [column.name, convert(column)]))
}

/** The text of bytes without a type, as some writers write texts. Bytes of a fixed length are not texts. */
function textOf(bytes: Uint8Array, { element }: SchemaNode, path: string): unknown {
  if (element.type !== 'BYTE_ARRAY') throw formatError(path, 'expected texts, got bytes')
  try {
    return decodeText(bytes)
  } catch (cause) {
    throw formatError(path, (cause as Error).message, cause)
  }
}

/** @throws RangeError if the bytes are not UTF-8 */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new RangeError('a text is not valid UTF-8', { cause })
  }
}

async function hasValue(column: ColumnReader): Promise<boolean> {
  while (column.position === column.batch.length) {
    const { done, value } = await column.batches.next()
    if (done) return false
    column.batch = value
    column.position = 0
  }
  return true
}

/** The columns of a row group by name, each with its leaves. */
function columnsOf(file: ParquetFile, group: RowGroup): readonly (readonly [string, readonly Leaf[]])[] {
  const { name: fileName } = file.source
  const { vectors, ids, texts } = fieldNames(file.columns)
  const { payload } = file.columns
  const read = payload && new Set([...vectors, ...ids, ...texts, ...payload])
  const columns = new Map<string, Leaf[]>()
  const paths = new Set<string>()
  for (const { meta_data: metadata, crypto_metadata: crypto } of group.columns) {
    const [name] = metadata?.path_in_schema ?? []
    if (metadata === undefined || name === undefined) {
      throw formatError(fileName, crypto ? ENCRYPTED : 'has a column without metadata')
    }
    if (crypto) throw formatError(`${fileName}: ${name}`, ENCRYPTED)
    const path = metadata.path_in_schema.join('.')
    if (paths.has(path)) throw formatError(fileName, `has two columns with the name "${path}"`)
    paths.add(path)
    if (read && !read.has(name)) continue
    const leaf = { metadata, chunk: chunkOf(file, metadata) }
    columns.set(name, [...(columns.get(name) ?? []), leaf])
  }
  return [...columns]
}

function chunkOf(file: ParquetFile, metadata: ColumnMetadata): ColumnChunk {
  const path = `${file.source.name}: ${metadata.path_in_schema.join('.')}`
  const dataOffset = Number(metadata.data_page_offset)
  const dictionaryOffset = Number(metadata.dictionary_page_offset ?? 0)
  const begin = dictionaryOffset > 0 ? Math.min(dictionaryOffset, dataOffset) : dataOffset
  return {
    path,
    begin,
    end: begin + Number(metadata.total_compressed_size),
    values: Number(metadata.num_values),
    uncompressedSize: Number(metadata.total_uncompressed_size),
    ...levelBitsOf(file, metadata, path),
    isBoolean: metadata.type === 'BOOLEAN',
    decompress: file.library.decompressorOf(metadata.codec, path),
  }
}

/**
 * The bits of levels: each repeated element of the path adds a repetition level, each that may be missing a definition
 * level.
 */
function levelBitsOf({ schema }: ParquetFile, { path_in_schema }: ColumnMetadata, path: string) {
  let [node, repetition, definition] = [schema, 0, 0]
  for (const name of path_in_schema) {
    const child = node.children.find(({ element }) => element.name === name)
    if (!child) throw formatError(path, 'is not in the schema')
    if (child.element.repetition_type === 'REPEATED') repetition++
    if (child.element.repetition_type !== 'REQUIRED') definition++
    node = child
  }
  const bitsOf = (maximum: number) => 32 - Math.clz32(maximum)
  return { repetitionBits: bitsOf(repetition), definitionBits: bitsOf(definition) }
}

/** The values of a column in one row group, in batches. */
async function* batchesOf(
  file: ParquetFile,
  group: RowGroup,
  name: string,
  leaves: readonly Leaf[],
): AsyncGenerator<readonly unknown[]> {
  const path = `${file.source.name}: ${name}`
  const [leaf, ...others] = leaves
  if (leaf && others.length === 0) {
    for await (const pages of partsOf(pagesOf(file.source, leaf.chunk))) {
      yield await attempt(path, () => decode(file, group, [{ ...leaf, pages }]))
    }
    return
  }
  const bytes = leaves.reduce((sum, { chunk }) => sum + chunk.uncompressedSize, 0)
  if (!(bytes <= MAX_STRUCT_BYTES)) {
    throw formatError(
      path,
      `is a struct or a map with ${bytes} bytes in one row group; write row groups of at most ${MAX_STRUCT_BYTES} bytes, or leave the column out with the option "columns.payload"`,
    )
  }
  const parts: LeafPages[] = []
  for (const each of leaves) {
    const pages: Page[] = []
    for await (const page of pagesOf(file.source, each.chunk)) pages.push(page)
    parts.push({ ...each, pages })
  }
  yield await attempt(path, () => decode(file, group, parts))
}

/** Groups pages into parts that begin with a row, each with the dictionary before it. */
async function* partsOf(pages: AsyncIterable<Page>): AsyncGenerator<readonly Page[]> {
  let dictionary: readonly Page[] = []
  let part: Page[] = []
  let [values, bytes] = [0, 0]
  for await (const page of pages) {
    if (page.isDictionary) {
      dictionary = [page]
      continue
    }
    if (page.beginsRow && (values >= PART_VALUES || bytes >= PART_BYTES)) {
      yield [...dictionary, ...part]
      ;[part, values, bytes] = [[], 0, 0]
    }
    part.push(page)
    values += page.values
    bytes += page.size
  }
  if (part.length > 0) yield [...dictionary, ...part]
}

interface LeafPages extends Leaf {
  readonly pages: readonly Page[]
}

/** Parsers of hyparquet that lose nothing. */
const PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decodeText(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && parseJson(decodeText(bytes)),
  // INT96; the value is null in a page of nulls
  timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds,
}

/** The values of pages of one column, as hyparquet decodes them from a file with one row group and this column only. */
async function decode(
  { library, metadata, undecoded }: ParquetFile,
  group: RowGroup,
  leaves: readonly LeafPages[],
): Promise<readonly unknown[]> {
  // no page begins at byte 0, because hyparquet takes an offset of 0 for a missing one
  const parts: Uint8Array[] = [new Uint8Array(4)]
  let size = 4
  const columns = leaves.map(({ metadata: leaf, pages }) => {
    const start = size
    for (const { bytes } of pages) {
      parts.push(bytes)
      size += bytes.length
    }
    const dictionarySize = pages[0]?.isDictionary ? pages[0].bytes.length : 0
    return {
      file_offset: 0n,
      meta_data: {
        ...leaf,
        dictionary_page_offset: dictionarySize > 0 ? BigInt(start) : 0n,
        data_page_offset: BigInt(start + dictionarySize),
        total_compressed_size: BigInt(size - start),
        num_values: BigInt(valuesIn(pages)),
      },
    }
  })
  // each row has a value at least, and hyparquet stops at the last page
  const num_rows = BigInt(Math.max(...leaves.map(({ pages }) => valuesIn(pages))))
  const values: unknown[] = []
  await library.parquetRead({
    file: memoryFile(concatBytes(parts)),
    metadata: { ...metadata, schema: undecoded, num_rows, row_groups: [{ ...group, num_rows, columns }] },
    utf8: false,
    parsers: PARSERS,
    columns: [leaves[0]!.metadata.path_in_schema[0]!],
    compressors: Object.fromEntries(
      leaves.map(({ metadata: { codec }, chunk }) => [codec, chunk.decompress]),
    ),
    onChunk: ({ columnData }) => {
      for (const value of columnData) values.push(value)
    },
  })
  return values
}

const valuesIn = (pages: readonly Page[]) => pages.reduce((sum, { values }) => sum + values, 0)

/** Bytes in memory as hyparquet reads them. */
const memoryFile = (bytes: Uint8Array) => ({
  byteLength: bytes.length,
  slice: (start: number, end = bytes.length) => new Uint8Array(bytes.subarray(start, end)).buffer,
})

/** Reports errors of hyparquet as errors of the file. */
async function attempt<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw formatError(
      path,
      `cannot be read as Parquet: ${(cause as Error).message}; the option "columns.payload" can leave out a column`,
      cause,
    )
  }
}

// Reads Parquet files: their metadata, then row group by row group the values of all columns, as rows. Each row becomes a
// point, as a line of JSON does.

import { isA } from '../../base/is-a.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { type FileColumns, fieldNames, requiredNames } from '../file-columns.js'
import type { FilePoint } from '../file-point.js'
import { fieldOf, recordPoint } from '../text/jsonl.js'
import { batchesOf, type ColumnFile, decodeUtf8, type Leaf } from './column-values.js'
import { jsonValueOf, type SchemaNode, undecodedSchema, vectorValueOf } from './json-value.js'
import {
  attempt,
  type ColumnMetadata,
  loadParquetLibrary,
  type Metadata,
  type ParquetLibrary,
  type RowGroup,
} from './library.js'
import type { ColumnChunk } from './pages.js'
import { reshapeTensor, type TensorShapes, tensorShapesOf } from './tensor-shapes.js'
import { readThriftStruct } from './thrift.js'

const ENCRYPTED = 'is encrypted; write the file without encryption'

/** A file that is being read. */
interface ParquetFile extends ColumnFile {
  readonly schema: SchemaNode
  readonly tensorShapes: TensorShapes
  /** The columns that the caller chose. */
  readonly columns: FileColumns
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
    return decodeUtf8(bytes)
  } catch (cause) {
    throw formatError(path, (cause as Error).message, cause)
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

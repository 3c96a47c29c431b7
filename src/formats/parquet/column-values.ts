// Decodes the values of one column of a Parquet file with hyparquet, a few pages at a time, whatever the size of the row
// groups. hyparquet itself decodes a column chunk as a whole, so it gets a part of the chunk as a small file in memory. It
// gets one column at a time, because it leaves promise rejections unhandled when several columns are damaged (21 of 300
// copies with many damages).
//
//   pages.ts: pages, checked ──▶ whole rows of a few pages ──▶ a file of one column ──hyparquet──▶ values
//
// A column with several leaves, such as a struct or a map, is decoded one row group at a time.

import { concatBytes } from '../../base/concat-bytes.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { parseJson } from '../text/json-object.js'
import { attempt, type ColumnMetadata, type Metadata, type ParquetLibrary, type RowGroup } from './library.js'
import { type ColumnChunk, type Page, pagesOf } from './pages.js'

/** A part ends with the page in which it reaches one of these numbers of values and bytes. */
const PART_VALUES = 1 << 16
const PART_BYTES = 1 << 20
/** Bytes in one row group of a column with several leaves, not compressed. */
const MAX_STRUCT_BYTES = 1 << 28

/** What the columns of a file are decoded with. */
export interface ColumnFile {
  readonly source: ByteSource
  readonly library: ParquetLibrary
  readonly metadata: Metadata
  /** The schema that hyparquet gets: see json-value.ts. */
  readonly undecoded: Metadata['schema']
}

/** A leaf of a column in one row group. */
export interface Leaf {
  readonly metadata: ColumnMetadata
  readonly chunk: ColumnChunk
}

/** The values of a column in one row group, in batches. */
export async function* batchesOf(
  file: ColumnFile,
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
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decodeUtf8(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && parseJson(decodeUtf8(bytes)),
  // INT96; the value is null in a page of nulls
  timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds,
}

/** The values of pages of one column, as hyparquet decodes them from a file with one row group and this column only. */
async function decode(
  { library, metadata, undecoded }: ColumnFile,
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

/** @throws RangeError if the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new RangeError('a text is not valid UTF-8', { cause })
  }
}

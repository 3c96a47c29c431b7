// Splits a column chunk of a Parquet file into pages and checks each page, because hyparquet 1.31 trusts what a page
// claims: of 1,800 damaged copies of small files it ran without end on one and ended the process on another. The size
// of a page is compared with its column chunk and the file, its runs with its number of values (levels.ts). Layout:
// parquet-format's README.md and parquet.thrift.

import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { checkRuns, varintAt } from './levels.js'
import { integerAt, readThriftStruct } from './thrift.js'

/** Decompresses `bytes` to `size` bytes. */
export type Decompress = (bytes: Uint8Array, size: number) => Uint8Array

/** A column of one row group. */
export interface ColumnChunk {
  /** The file and the column, for errors. */
  readonly path: string
  /** The range of its pages in the file. */
  readonly begin: number
  readonly end: number
  readonly values: number
  /** Bytes of its pages, not compressed. */
  readonly uncompressedSize: number
  /** Bits of a repetition level and of a definition level. */
  readonly repetitionBits: number
  readonly definitionBits: number
  readonly isBoolean: boolean
  /** Undefined if the pages are not compressed. */
  readonly decompress: Decompress | undefined
}

/** A page that was checked. */
export interface Page {
  /** The header and the content, as in the file. */
  readonly bytes: Uint8Array
  /** Bytes of the content, not compressed. */
  readonly size: number
  readonly isDictionary: boolean
  /** 0 in a dictionary. */
  readonly values: number
  /** Whether its first value begins a row. A list may continue in the next page. */
  readonly beginsRow: boolean
}

/**
 * Values of the largest page: V8 keeps larger arrays as hash tables. DuckDB writes up to 26,214,400 floats to a page.
 */
const MAX_PAGE_VALUES = 1 << 25
/** Bytes of the largest page. */
const MAX_PAGE_BYTES = 1 << 30
/** Pages of up to this size are read even if the column chunk claims to be smaller. */
const MIN_PAGE_LIMIT = 1 << 24
/** Bytes of the longest page header: it may contain the smallest and the largest text of the page. */
const MAX_HEADER_BYTES = 1 << 24
const READ_BYTES = 1 << 16
/** Parts of a block that are harmless in any page. Writers make 4 or 8. */
const MAX_SMALL_PARTS = 1024

const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_2] = [0, 2, 3]
/** The field with the header of each type of page. */
const HEADER_FIELDS: Readonly<Record<number, number>> = {
  [DATA_PAGE]: 5,
  [DICTIONARY_PAGE]: 7,
  [DATA_PAGE_2]: 8,
}

/**
 * Yields the pages of a column chunk. Index pages are skipped.
 *
 * @throws FormatError if a page does not fit its column chunk, or its content is not sound
 */
export async function* pagesOf(source: ByteSource, chunk: ColumnChunk): AsyncGenerator<Page> {
  const { path, begin, end } = chunk
  if (!(begin >= 0 && begin <= end && end <= source.size)) throw formatError(path, 'is outside of the file')
  const read = bufferedReader(source, end)
  let values = 0
  for (let offset = begin; offset < end; ) {
    const pagePath = `${path}: the page at byte ${offset}`
    const header = await readPageHeader(read, offset, end, pagePath)
    checkPageSize(header, chunk, end - offset, pagePath)
    const isDictionary = header.type === DICTIONARY_PAGE
    if (!isDictionary) values += header.values
    // metadata without a number of values is damaged too
    if (!(values <= chunk.values)) throw formatError(pagePath, 'has more values than its column')
    const length = header.length + header.compressedSize
    if (header.values > 0 || isDictionary) {
      const bytes = (await read(offset, length)).slice()
      const beginsRow = checkContent(header, bytes.subarray(header.length), chunk, pagePath)
      yield {
        bytes,
        size: header.size,
        isDictionary,
        values: isDictionary ? 0 : header.values,
        beginsRow,
      }
    }
    offset += length
  }
}

type Read = (offset: number, length: number) => Promise<Uint8Array>

/** Reads ranges in ascending order, several small ones at a time. The result is valid until the next call. */
function bufferedReader(source: ByteSource, end: number): Read {
  let start = 0
  let held: Uint8Array = new Uint8Array(0)
  return async (offset, length) => {
    if (offset < start || offset + length > start + held.length) {
      start = offset
      held = new Uint8Array(0)
      held = await source.read(offset, Math.min(end - offset, Math.max(length, READ_BYTES)))
    }
    return held.subarray(offset - start, offset - start + length)
  }
}

interface PageHeader {
  /** Bytes of the header. */
  readonly length: number
  readonly type: number
  readonly compressedSize: number
  readonly size: number
  readonly values: number
  readonly encoding: number
  /** In a data page of version 2: nulls, bytes of the levels, and whether the values are compressed. */
  readonly nulls: number
  readonly definitionBytes: number
  readonly repetitionBytes: number
  readonly isCompressed: boolean
}

async function readPageHeader(read: Read, offset: number, end: number, path: string): Promise<PageHeader> {
  for (let length = READ_BYTES >> 1; ; length *= 16) {
    const bytes = await read(offset, Math.min(length, end - offset))
    try {
      return parsePageHeader(bytes)
    } catch (cause) {
      if (bytes.length === end - offset || length >= MAX_HEADER_BYTES) {
        throw formatError(path, `has a damaged header: ${(cause as Error).message}`, cause)
      }
    }
  }
}

function parsePageHeader(bytes: Uint8Array): PageHeader {
  const { fields, length } = readThriftStruct(bytes)
  const type = integerAt(fields, 1) ?? -1
  const field = HEADER_FIELDS[type] ?? 0
  const isVersion2 = type === DATA_PAGE_2
  return {
    length,
    type,
    size: integerAt(fields, 2) ?? -1,
    compressedSize: integerAt(fields, 3) ?? -1,
    values: integerAt(fields, field, 1) ?? 0,
    encoding: integerAt(fields, field, isVersion2 ? 4 : 2) ?? 0,
    nulls: integerAt(fields, 8, 2) ?? -1,
    definitionBytes: integerAt(fields, 8, 5) ?? -1,
    repetitionBytes: integerAt(fields, 8, 6) ?? -1,
    isCompressed: !isVersion2 || integerAt(fields, 8, 7) !== 0,
  }
}

/**
 * Checks the claims of a header before anything is allocated. `room`: the number of bytes up to the end of the chunk.
 */
function checkPageSize(header: PageHeader, chunk: ColumnChunk, room: number, path: string): void {
  const { type, length, compressedSize, size, values } = header
  const maxSize = Math.min(MAX_PAGE_BYTES, Math.max(MIN_PAGE_LIMIT, chunk.uncompressedSize))
  if (compressedSize < 0 || length + compressedSize > room || size < 0 || !(size <= maxSize)) {
    throw formatError(path, 'is larger than its column')
  }
  // each value of a dictionary takes at least a byte
  const maxValues = type === DICTIONARY_PAGE ? Math.min(size, MAX_PAGE_VALUES) : MAX_PAGE_VALUES
  if (values < 0 || values > maxValues) {
    throw formatError(path, `expected at most ${maxValues} values, got ${values}; write smaller pages`)
  }
}

/** Decompresses a page and checks its runs. Returns whether its first value begins a row. */
function checkContent(header: PageHeader, content: Uint8Array, chunk: ColumnChunk, path: string): boolean {
  try {
    const parts = header.type === DATA_PAGE_2 ? partsOfVersion2 : partsOfVersion1
    const { repetition, definition, values } = parts(header, content, chunk)
    if (header.type === DICTIONARY_PAGE) return true
    if (definition) checkRuns(definition, chunk.definitionBits, header.values)
    checkValues(values, header, chunk.isBoolean)
    return !repetition || !checkRuns(repetition, chunk.repetitionBits, header.values).first
  } catch (cause) {
    throw formatError(path, `is damaged: ${(cause as Error).message}`, cause)
  }
}

/** The runs of levels, if the column has levels, and the encoded values. */
interface PageParts {
  readonly repetition: Uint8Array | undefined
  readonly definition: Uint8Array | undefined
  readonly values: Uint8Array
}

/** A page that is compressed as a whole. In a data page, levels have their length in 4 bytes before them. */
function partsOfVersion1(header: PageHeader, content: Uint8Array, chunk: ColumnChunk): PageParts {
  let rest = chunk.decompress?.(content, header.size) ?? content
  const takeLevels = (bits: number) => {
    if (header.type !== DATA_PAGE || bits === 0) return undefined
    if (rest.length < 4) throw new RangeError('it ends before its levels')
    const length = new DataView(rest.buffer, rest.byteOffset).getUint32(0, true)
    if (4 + length > rest.length) throw new RangeError('it ends within its levels')
    const levels = rest.subarray(4, 4 + length)
    rest = rest.subarray(4 + length)
    return levels
  }
  const [repetition, definition] = [takeLevels(chunk.repetitionBits), takeLevels(chunk.definitionBits)]
  return { repetition, definition, values: rest }
}

/** A data page of version 2: the header has the lengths of the levels, which are not compressed. */
function partsOfVersion2(header: PageHeader, content: Uint8Array, chunk: ColumnChunk): PageParts {
  const { nulls, repetitionBytes, definitionBytes, size } = header
  const levelBytes = repetitionBytes + definitionBytes
  if (nulls < 0 || nulls > header.values) throw new RangeError(`it claims ${nulls} nulls`)
  if (repetitionBytes < 0 || definitionBytes < 0 || levelBytes > Math.min(content.length, size)) {
    throw new RangeError('it ends within its levels')
  }
  const encoded = content.subarray(levelBytes)
  const decompress = header.isCompressed ? chunk.decompress : undefined
  return {
    repetition: chunk.repetitionBits > 0 ? content.subarray(0, repetitionBytes) : undefined,
    definition: chunk.definitionBits > 0 ? content.subarray(repetitionBytes, levelBytes) : undefined,
    values: decompress?.(encoded, size - levelBytes) ?? encoded,
  }
}

/** Checks values whose encoding begins with a number that hyparquet allocates or repeats. */
function checkValues(values: Uint8Array, { type, encoding, values: count }: PageHeader, isBoolean: boolean) {
  if (values.length === 0) return
  const isVersion2 = type === DATA_PAGE_2
  switch (encoding) {
    case 2: // PLAIN_DICTIONARY
    case 8: // RLE_DICTIONARY
    case 3: {
      // RLE: booleans have the length of the runs in 4 bytes before them; indices have their width in a byte
      const areBooleans = isVersion2 ? encoding === 3 : isBoolean
      const width = areBooleans ? 1 : values[0]!
      if (width > 32) throw new RangeError(`its dictionary indices have ${width} bits`)
      // in version 1, indices of no bits have no runs
      if (isVersion2 || width > 0) checkRuns(values.subarray(areBooleans ? 4 : 1), width, count)
      return
    }
    case 5: // DELTA_BINARY_PACKED
    case 6: // DELTA_LENGTH_BYTE_ARRAY
    case 7: {
      // DELTA_BYTE_ARRAY: the size of a block, then the number of its parts, each of which has its width in a byte. A
      // page with a value at most has no block
      const parts = varintAt(values, varintAt(values, 0).end).value
      if (parts > Math.max(MAX_SMALL_PARTS, values.length))
        throw new RangeError(`its blocks have ${parts} parts`)
    }
  }
}

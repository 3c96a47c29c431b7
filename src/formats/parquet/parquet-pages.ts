// What the pages of a Parquet column say of themselves, held against the column and the file before hyparquet believes it.
// Its runs of levels and dictionary indices repeat a value as often as the file says: a damaged count would fill the memory.
// Layout: parquet-format's README and Encodings.md (RLE/bit-packing hybrid).

import { type ByteSource, formatError } from '../bytes/byte-source.js'
import type { Library } from './parquet.js'
import { endOfStruct } from './thrift.js'

type Metadata = Awaited<ReturnType<Library['parquetMetadataAsync']>>
type ColumnChunk = Metadata['row_groups'][number]['columns'][number]
type PageHeader = ReturnType<Library['parquetHeader']>

/** Values and bytes of the largest page, whatever the size of the file; writers make pages of a megabyte. */
const MOST_VALUES = 2_500_000
const MOST_BYTES = 1 << 24

/** A page of a column, which is what it says. */
export interface ParquetPage {
  /** Header and contents as they lie in the file. */
  readonly bytes: Uint8Array
  /** Bytes that it unpacks to. */
  readonly size: number
  readonly isDictionary: boolean
  readonly values: number
  /** How many of its values begin a row, and whether the first does: a row may go on in the next page. */
  readonly rows: number
  readonly beginsRow: boolean
}

/** The pages of a column, one at a time: they have to lie in the column, and to hold what they say at most. */
export async function* pagesOf(
  library: Library,
  source: ByteSource,
  schema: Metadata['schema'],
  { meta_data: told }: ColumnChunk,
): AsyncGenerator<ParquetPage> {
  if (!told) return
  const place = `${source.name}: ${told.path_in_schema[0]}`
  const path = library.getSchemaPath(schema, told.path_in_schema)
  const levels = [library.getMaxRepetitionLevel(path), library.getMaxDefinitionLevel(path)].map(widthOf)
  const data = Number(told.data_page_offset)
  const dictionary = Number(told.dictionary_page_offset ?? 0)
  const begin = dictionary > 0 ? Math.min(dictionary, data) : data
  const end = begin + Number(told.total_compressed_size)
  if (!(begin >= 0 && end <= source.size)) throw formatError(place, 'lies outside of the file')
  let values = 0
  for (let at = begin; at < end - 1; ) {
    const { header, length } = await readHeader(library, source, at, end)
    // damage makes other kinds of numbers of them
    const [packed, size] = [Number(header.compressed_page_size), Number(header.uncompressed_page_size)]
    const page = header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header
    const held = Number(page?.num_values ?? 0)
    const isDictionary = header.type === 'DICTIONARY_PAGE'
    if (!isDictionary) values += held
    const most = Math.max(MOST_BYTES, source.size)
    const fits = packed >= 0 && at + length + packed <= end && size >= 0 && size <= most
    if (!fits || !(held >= 0 && held <= MOST_VALUES) || values > Number(told.num_values)) {
      throw formatError(place, `the page at byte ${at} is larger than its column, or than a page should be`)
    }
    const bytes = await source.read(at, length + packed)
    const unpack = (part: Uint8Array, room: number) => decompress(library, part, room, told.codec)
    const isBoolean = told.type === 'BOOLEAN'
    const found = levelsOf(header, bytes.subarray(length), held, levels, isBoolean, unpack)
    if (!found) throw formatError(place, `the page at byte ${at} repeats more values than it has`)
    const { rows, beginsRow } = found
    yield { bytes, size, isDictionary, values: isDictionary ? 0 : held, rows, beginsRow }
    at += length + packed
  }
}

const widthOf = (most: number) => 32 - Math.clz32(most)

async function readHeader({ parquetHeader }: Library, source: ByteSource, at: number, end: number) {
  const bytes = await source.read(at, Math.min(1 << 14, end - at))
  if (endOfStruct(bytes) === undefined) throw formatError(source.name, `the page at byte ${at} is damaged`)
  const reader = { view: new DataView(bytes.buffer), offset: 0 }
  return { header: parquetHeader(reader), length: reader.offset }
}

function decompress(library: Library, bytes: Uint8Array, size: number, codec: ColumnCodec): Uint8Array {
  if (codec === 'UNCOMPRESSED') return bytes
  const own = library.compressors?.[codec]
  if (own) return own(bytes, size)
  if (codec !== 'SNAPPY')
    throw new Error(`a column is compressed by ${codec}: npm install hyparquet-compressors`)
  const page = new Uint8Array(size)
  library.snappyUncompress(bytes, page)
  return page
}

type ColumnCodec = NonNullable<ColumnChunk['meta_data']>['codec']

interface Levels {
  readonly rows: number
  readonly beginsRow: boolean
}

/** What a page's levels say of its rows; undefined where its runs are not sound. */
function levelsOf(
  header: PageHeader,
  bytes: Uint8Array,
  values: number,
  levels: readonly number[],
  isBoolean: boolean,
  unpack: (bytes: Uint8Array, size: number) => Uint8Array,
): Levels | undefined {
  const version2 = header.data_page_header_v2
  const size = Number(header.uncompressed_page_size)
  const each = { rows: values, beginsRow: true }
  if (version2) {
    const [first, second] = [
      Number(version2.repetition_levels_byte_length),
      Number(version2.definition_levels_byte_length),
    ]
    if (!(first >= 0 && second >= 0 && first + second <= bytes.length && first + second <= size))
      return undefined
    const parts = [bytes.subarray(0, first), bytes.subarray(first, first + second)]
    if (!parts.every((part, index) => levels[index] === 0 || walk(part, levels[index]!, values)))
      return undefined
    const rest = bytes.subarray(first + second)
    const page = version2.is_compressed === false ? rest : unpack(rest, size - first - second)
    if (!indicesHold(page, version2.encoding, values, isBoolean)) return undefined
    return levels[0] === 0 ? each : zerosOf(parts[0]!, levels[0]!, values)
  }
  const version1 = header.data_page_header
  if (!version1) return each
  let page = unpack(bytes, size)
  let found = each
  for (const [index, width] of levels.entries()) {
    if (width === 0) continue
    if (page.length < 4) return undefined
    const length = new DataView(page.buffer, page.byteOffset).getUint32(0, true)
    const part = page.subarray(4, 4 + length)
    if (4 + length > page.length || !walk(part, width, values)) return undefined
    if (index === 0) found = zerosOf(part, width, values)
    page = page.subarray(4 + length)
  }
  return indicesHold(page, version1.encoding, values, isBoolean) ? found : undefined
}

/** Indices into a dictionary have their width before them, booleans their length. */
function indicesHold(page: Uint8Array, encoding: string, values: number, isBoolean: boolean): boolean {
  if (!/^(RLE|RLE_DICTIONARY|PLAIN_DICTIONARY)$/.test(encoding) || page.length === 0) return true
  if (isBoolean) return walk(page.subarray(4), 1, values)
  const width = page[0]!
  return width === 0 || (width <= 32 && walk(page.subarray(1), width, values))
}

/** Whether runs of a hybrid repeat at most `values` values, with the eight of a bit-packed group to spare. */
function walk(bytes: Uint8Array, width: number, values: number): boolean {
  return runsOf(bytes, width, values, () => undefined)
}

/** How many of the levels in a hybrid are 0, and whether the first is. Its runs are sound. */
function zerosOf(bytes: Uint8Array, width: number, values: number): Levels {
  let [rows, beginsRow, seen] = [0, true, 0]
  const take = (level: number, times: number) => {
    if (seen === 0) beginsRow = level === 0
    if (level === 0) rows += Math.min(times, values - seen)
    seen += times
  }
  runsOf(bytes, width, values, (at, count, isPacked) => {
    if (!isPacked) return take(bytes[at]!, count)
    const mask = (1 << width) - 1
    for (let i = 0; i < count && seen < values; i++) {
      const bit = i * width
      const byte = at + (bit >> 3)
      take((((bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8)) >> (bit & 7)) & mask, 1)
    }
  })
  return { rows, beginsRow }
}

/** Goes over the runs of a hybrid; false where they repeat more than `values` values. */
function runsOf(
  bytes: Uint8Array,
  width: number,
  values: number,
  use: (at: number, count: number, isPacked: boolean) => void,
): boolean {
  let [at, seen] = [0, 0]
  while (at < bytes.length && seen < values) {
    let [header, shift] = [0, 0]
    for (; ; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 28) return false
      header += (byte & 127) * 2 ** shift
      if (byte < 128) break
    }
    const count = Math.floor(header / 2)
    if (header % 2 === 0) {
      if (count > values - seen || count === 0) return false
      use(at, count, false)
      seen += count
      at += Math.ceil(width / 8)
    } else {
      if (8 * count > values - seen + 504 || count === 0) return false
      use(at, 8 * count, true)
      seen += 8 * count
      at += width * count
    }
  }
  return true
}

// Checks the RLE/bit-packed runs in a Parquet page: repetition and definition levels, dictionary indices and booleans.
// A run repeats a value as often as its header says. hyparquet does not limit that number by the number of values in
// the page, so that one damaged bit can fill the memory. Layout: parquet-format's Encodings.md.

/** Values of a bit-packed run beyond the last value of a page. Writers pad a run to at most 64 groups of 8. */
const MAX_PADDING = 504

/** The first value of the runs; undefined if they are empty. */
interface Runs {
  readonly first: number | undefined
}

/**
 * Checks runs of values of `width` bits each.
 *
 * @throws RangeError if they repeat more than `count` values
 */
export function checkRuns(bytes: Uint8Array, width: number, count: number): Runs {
  const mask = width < 32 ? 2 ** width - 1 : 0xffffffff
  let [offset, seen, first] = [0, 0, undefined as number | undefined]
  while (offset < bytes.length && seen < count) {
    const header = varintAt(bytes, offset)
    offset = header.end
    const length = Math.floor(header.value / 2)
    const isPacked = header.value % 2 === 1
    const values = isPacked ? 8 * length : length
    if (values > count - seen + (isPacked ? MAX_PADDING : 0)) {
      throw new RangeError(`a run repeats ${values} values, more than the page has`)
    }
    if (values > 0) first ??= (bytes[offset] ?? 0) & mask
    seen += values
    offset += isPacked ? width * length : Math.ceil(width / 8)
  }
  return { first }
}

/** An unsigned integer in groups of 7 bits, lowest first. */
export function varintAt(
  bytes: Uint8Array,
  offset: number,
): { readonly value: number; readonly end: number } {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined) throw new RangeError('the page ends too early')
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return { value, end: offset + i + 1 }
  }
  throw new RangeError('a run has an invalid length')
}

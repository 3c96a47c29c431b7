// Reads the rows of an array in the order of its documents. Arrays in C order are streamed. In Fortran order the first
// index changes fastest, so that rows are gathered from columns, a block of documents at a time.

import { formatError } from '../bytes/byte-source.js'
import { ELEMENT_BYTES, type ElementType, toFloats } from './element-types.js'
import type { StoredArray } from './stored-array.js'

/** Rows of an array, in order. */
export interface RowStream {
  /** Returns the next `count` rows. The caller owns them. */
  next(count: number): Promise<Float32Array>
  /** Checks the end of the array. See `ByteStream.end`. */
  end(): Promise<void>
  close(): Promise<void>
}

/** An array of numbers: `rows` rows of `dim` numbers for each index of its first dimension. */
export interface RowArray {
  readonly array: StoredArray
  readonly type: ElementType
  readonly rows: number
  readonly dim: number
}

/** Opens the rows of an array. */
export async function openRows(source: RowArray): Promise<RowStream> {
  const { array, type, dim } = source
  if (array.fortranOrder) return fortranRows(source)
  const stream = await array.open()
  return {
    next: async count =>
      toFloats(await stream.take(count * dim * ELEMENT_BYTES[type]), type, array.littleEndian),
    end: () => stream.end(),
    close: () => stream.close(),
  }
}

/** Bytes of a deflated array in Fortran order: it cannot be read in parts, so all of it is in memory. */
const MAX_WHOLE_BYTES = 48 << 20
/** Bytes of the rows that are gathered at a time. */
const BLOCK_BYTES = 4 << 20

type ReadPart = NonNullable<StoredArray['read']>

async function fortranRows(source: RowArray): Promise<RowStream> {
  const { array, type, rows, dim } = source
  const read = array.read ?? (await wholeArray(array))
  const [count] = array.shape as [number]
  const blockItems = Math.max(1, Math.floor(BLOCK_BYTES / (rows * dim * ELEMENT_BYTES[type])))
  let block: Float32Array = new Float32Array(0)
  let [nextItem, used] = [0, 0]
  return {
    async next(wanted) {
      const out = new Float32Array(wanted * dim)
      for (let filled = 0; filled < out.length; ) {
        if (used === block.length) {
          const items = Math.min(blockItems, count - nextItem)
          block = await gatherBlock(source, read, nextItem, items)
          nextItem += items
          used = 0
        }
        const part = block.subarray(used, used + out.length - filled)
        out.set(part, filled)
        filled += part.length
        used += part.length
      }
      return out
    },
    end: async () => undefined,
    close: async () => undefined,
  }
}

/** The rows of `items` items from `first` on. Element (i, j, k) is at index i + count (j + rows k) of the array. */
async function gatherBlock(
  { array, type, rows, dim }: RowArray,
  read: ReadPart,
  first: number,
  items: number,
): Promise<Float32Array> {
  const [count, bytesPerElement] = [array.shape[0]!, ELEMENT_BYTES[type]]
  const block = new Float32Array(items * rows * dim)
  for (let j = 0; j < rows; j++) {
    for (let k = 0; k < dim; k++) {
      const offset = (first + count * (j + rows * k)) * bytesPerElement
      const column = toFloats(await read(offset, items * bytesPerElement), type, array.littleEndian)
      for (let i = 0; i < items; i++) block[(i * rows + j) * dim + k] = column[i]!
    }
  }
  return block
}

async function wholeArray(array: StoredArray): Promise<ReadPart> {
  if (array.byteLength > MAX_WHOLE_BYTES) {
    throw formatError(
      array.path,
      `is deflated and in Fortran order, with more than ${MAX_WHOLE_BYTES} bytes; save numpy.ascontiguousarray of it`,
    )
  }
  const stream = await array.open()
  const bytes = await stream.take(array.byteLength)
  await stream.end()
  return async (offset, length) => bytes.slice(offset, offset + length)
}

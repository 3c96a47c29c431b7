// The rows of an array in a file, in the order of its documents: taken as they lie, or gathered from columns where the first
// index changes fastest. A block of them is in memory at a time.

import { type ByteStream, formatError } from '../bytes/byte-source.js'
import { BYTES, type ElementType, toFloats } from './elements.js'

/** An array in a file, whose elements are not read yet. */
export interface StoredArray {
  readonly name: string
  /** What errors call it. */
  readonly place: string
  readonly type: ElementType | 'text'
  /** Of a text, in UTF-32. */
  readonly characters: number
  readonly little: boolean
  readonly fortran: boolean
  readonly shape: readonly number[]
  readonly byteLength: number
  /** Its elements as they lie. */
  open(): Promise<ByteStream>
  /** A part of its elements; undefined where they can only be read in order. */
  readonly read: ((offset: number, length: number) => Promise<Uint8Array>) | undefined
}

/** Rows, one after another. */
export interface RowStream {
  next(rows: number): Promise<Float32Array>
  end(): Promise<void>
  close(): Promise<void>
}

/** The rows of an array, in the order of the documents, `each` to one index of its first dimension. */
export async function openRows(array: StoredArray, each: number, dim: number): Promise<RowStream> {
  const { little } = array
  const type = array.type as ElementType
  if (!array.fortran) {
    const stream = await array.open()
    return {
      next: async rows => toFloats(await stream.take(rows * dim * BYTES[type]), type, little),
      end: () => stream.end(),
      close: () => stream.close(),
    }
  }
  return columnRows(array, type, each, dim)
}

/** What may be taken whole of an array that cannot be read in parts. */
const MOST_WHOLE = 3 << 24
/** How much of it is in memory at a time otherwise. */
const BLOCK = 1 << 22

/** Rows of an array in Fortran order: element (i, j, k) stands at i + count (j + each k). */
async function columnRows(
  array: StoredArray,
  type: ElementType,
  each: number,
  dim: number,
): Promise<RowStream> {
  const [count, size, read] = [array.shape[0]!, BYTES[type], array.read ?? (await wholeArray(array))]
  const block = Math.max(1, Math.floor(BLOCK / (each * dim * size)))
  let [first, held, at] = [0, new Float32Array(0), 0]
  async function more(): Promise<void> {
    const items = Math.min(block, count - first)
    held = new Float32Array(items * each * dim)
    for (let j = 0; j < each; j++) {
      for (let k = 0; k < dim; k++) {
        const bytes = await read((first + count * (j + each * k)) * size, items * size)
        const column = toFloats(bytes, type, array.little)
        for (let i = 0; i < items; i++) held[(i * each + j) * dim + k] = column[i]!
      }
    }
    first += items
    at = 0
  }
  return {
    async next(rows) {
      const out = new Float32Array(rows * dim)
      for (let done = 0; done < out.length; ) {
        if (at === held.length) await more()
        const part = held.subarray(at, at + out.length - done)
        out.set(part, done)
        done += part.length
        at += part.length
      }
      return out
    },
    end: async () => undefined,
    close: async () => undefined,
  }
}

async function wholeArray(array: StoredArray): Promise<NonNullable<StoredArray['read']>> {
  if (array.byteLength > MOST_WHOLE) {
    throw formatError(array.place, 'is deflated in Fortran order; save it with numpy.ascontiguousarray')
  }
  const stream = await array.open()
  const bytes = await stream.take(array.byteLength)
  await stream.end()
  return async (offset, length) => bytes.slice(offset, offset + length)
}

// Documents of an array of three dimensions that are padded to the same number of rows: `lengths` has the number of rows
// of each document, or `mask` marks the rows that count, as the attention mask of an encoder does.

import { plural } from '../../base/plural.js'
import { formatError } from '../bytes/byte-source.js'
import { openIntegers } from './document-lengths.js'
import { ELEMENT_BYTES, isInteger, toNumbers } from './element-types.js'
import { type StoredArray, shapeText } from './stored-array.js'

/** The rows that belong to each document, in order. */
export interface Padding {
  /** Returns the indexes of the rows of the next document, which is number `index`. */
  next(index: number): Promise<readonly number[]>
  /** Checks the end of the array. */
  end(): Promise<void>
  close(): Promise<void>
}

/** Opens an array with the number of rows of each of `documents` documents, which have `rows` rows with padding. */
export async function openPaddedLengths(
  array: StoredArray,
  documents: number,
  rows: number,
): Promise<Padding> {
  const { path, shape } = array
  const { next, stream } = await openIntegers(array)
  if (shape[0] !== documents) {
    throw formatError(path, `expected ${plural(documents, 'length')}, one for each document, got ${shape[0]}`)
  }
  return {
    async next(index) {
      const length = await next()
      if (length !== undefined && length >= 1 && length <= rows) {
        return Array.from({ length }, (_, row) => row)
      }
      throw formatError(path, `expected 1 to ${plural(rows, 'row')} in document ${index}, got ${length}`)
    },
    end: () => stream.end(),
    close: () => stream.close(),
  }
}

/** Opens an array of documents x rows, in which 0 or false marks padding. */
export async function openMask(array: StoredArray, documents: number, rows: number): Promise<Padding> {
  const { path, type, shape, fortranOrder, littleEndian } = array
  const isMask = shape.length === 2 && shape[0] === documents && shape[1] === rows
  if (!isMask || type === 'text' || (type !== 'bool' && !isInteger(type))) {
    throw formatError(
      path,
      `expected whole numbers or booleans of shape (${documents}, ${rows}), got ${type} of shape ${shapeText(shape)}`,
    )
  }
  if (fortranOrder) throw formatError(path, 'is in Fortran order; save numpy.ascontiguousarray of it')
  const elementType = type === 'bool' ? 'u8' : type
  const stream = await array.open()
  return {
    async next(index) {
      const marks = toNumbers(await stream.take(rows * ELEMENT_BYTES[elementType]), elementType, littleEndian)
      const chosen = marks.flatMap((mark, row) => (mark === 0 ? [] : [row]))
      if (chosen.length === 0) throw formatError(path, `expected at least 1 row in document ${index}, got 0`)
      return chosen
    },
    end: () => stream.end(),
    close: () => stream.close(),
  }
}

/** The rows with these indexes. */
export function chosenRows(data: Float32Array, dim: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * dim)
  for (const [index, row] of rows.entries())
    chosen.set(data.subarray(row * dim, (row + 1) * dim), index * dim)
  return chosen
}

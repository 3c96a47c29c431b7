// The number of rows of each document, from an array of lengths or of offsets. Streamed.

import { plural } from '../../base/plural.js'
import { formatError } from '../bytes/byte-source.js'
import type { ByteStream } from '../bytes/byte-stream.js'
import { ELEMENT_BYTES, isInteger, toNumbers } from './element-types.js'
import { type StoredArray, shapeText } from './stored-array.js'

/** The lengths of documents, in order. */
export interface DocumentLengths {
  /** Returns the number of rows of the next document, or undefined after the last one. */
  next(): Promise<number | undefined>
  close(): Promise<void>
}

/**
 * Opens an array with the number of rows of each document.
 *
 * @param total the number of all rows
 */
export async function openLengths(array: StoredArray, total: number): Promise<DocumentLengths> {
  const numbers = await openIntegers(array)
  return checkedLengths(array, total, numbers.stream, () => numbers.next())
}

/**
 * Opens an array with the first row of each document, then the number of all rows.
 *
 * @param total the number of all rows
 */
export async function openOffsets(array: StoredArray, total: number): Promise<DocumentLengths> {
  const numbers = await openIntegers(array)
  let previous = (await numbers.next()) ?? 0
  if (previous !== 0) throw formatError(array.path, `expected offsets from 0 on, got ${previous}`)
  return checkedLengths(array, total, numbers.stream, async () => {
    const offset = await numbers.next()
    if (offset === undefined) return undefined
    const length = offset - previous
    previous = offset
    return length
  })
}

/** Opens an array of whole numbers in one dimension. */
export async function openIntegers(array: StoredArray) {
  const { type, path, shape, littleEndian } = array
  if (type === 'text' || type === 'bool' || !isInteger(type) || shape.length !== 1) {
    throw formatError(
      path,
      `expected whole numbers in one dimension, got ${type} of shape ${shapeText(shape)}`,
    )
  }
  const [count] = shape as [number]
  const stream = await array.open()
  let index = 0
  return {
    stream,
    async next(): Promise<number | undefined> {
      if (index++ >= count) return undefined
      return toNumbers(await stream.take(ELEMENT_BYTES[type]), type, littleEndian)[0]
    },
  }
}

/** Checks that each document has rows, and that the lengths add up to `total`. */
function checkedLengths(
  { path }: StoredArray,
  total: number,
  stream: ByteStream,
  nextLength: () => Promise<number | undefined>,
): DocumentLengths {
  let [document, sum] = [0, 0]
  return {
    async next() {
      const length = await nextLength()
      if (length === undefined) {
        await stream.end()
        if (sum === total) return undefined
        throw formatError(path, `counts ${plural(sum, 'row')}, but there are ${total}`)
      }
      if (!(length >= 1)) {
        throw formatError(path, `expected at least 1 row in document ${document}, got ${length}`)
      }
      if (sum + length > total) {
        throw formatError(
          path,
          `counts at least ${plural(sum + length, 'row')}, but there ${total === 1 ? 'is' : 'are'} ${total}`,
        )
      }
      document++
      sum += length
      return length
    },
    close: () => stream.close(),
  }
}

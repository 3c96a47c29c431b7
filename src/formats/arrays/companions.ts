// The arrays beside the vectors: `ids`, a whole number or text for each document, and `payload`, bytes with a line of
// JSON for each document. Both are streamed.

import { plural } from '../../base/plural.js'
import type { Payload } from '../../collection/collection.js'
import { formatError } from '../bytes/byte-source.js'
import type { ByteStream } from '../bytes/byte-stream.js'
import { linesOf } from '../bytes/lines.js'
import { checkFileId, type FileId } from '../file-point.js'
import { parseJsonObject } from '../text/json-object.js'
import { isInteger, toNumbers } from './element-types.js'
import { elementBytes, type StoredArray, shapeText } from './stored-array.js'

/** The ids and payloads of documents, in order. */
export interface Companions {
  /** Whether the file has ids. */
  readonly hasIds: boolean
  /** Returns the id and the payload of the next document, which is number `index`. */
  next(index: number): Promise<{ readonly id: FileId | undefined; readonly payload: Payload }>
  /**
   * Checks the ends of the arrays.
   *
   * @throws FormatError if there are more ids or payloads than `documents`, or a checksum is wrong
   */
  end(documents: number): Promise<void>
  close(): Promise<void>
}

const MAX_ID_CHARACTERS = 4096
const READ_BYTES = 1 << 16

/** Opens the arrays that a file has. */
export async function openCompanions(
  ids: StoredArray | undefined,
  payload: StoredArray | undefined,
): Promise<Companions> {
  const idReader = ids && (await openIds(ids))
  const payloadReader = payload && (await openPayloads(payload))
  return {
    hasIds: ids !== undefined,
    async next(index) {
      return {
        id: await idReader?.next(index),
        payload: (await payloadReader?.next(index)) ?? {},
      }
    },
    async end(documents) {
      await idReader?.end(documents)
      await payloadReader?.end(documents)
    },
    async close() {
      await idReader?.close()
      await payloadReader?.close()
    },
  }
}

async function openIds(array: StoredArray) {
  const { type, path, shape, characters } = array
  const isId = type === 'text' ? characters <= MAX_ID_CHARACTERS : type !== 'bool' && isInteger(type)
  if (shape.length !== 1 || !isId) {
    throw formatError(
      path,
      `expected a whole number or a text for each document, got ${type} of shape ${shapeText(shape)}`,
    )
  }
  const [count] = shape as [number]
  const stream = await array.open()
  return {
    async next(index: number) {
      if (index >= count)
        throw formatError(
          path,
          `expected an id for each document, got ${count}; without "lengths", each row is a document`,
        )
      const bytes = await stream.take(elementBytes(array))
      return checkFileId(idOf(bytes, array, `${path}[${index}]`), `${path}[${index}]`)
    },
    async end(documents: number) {
      if (count > documents) {
        throw formatError(path, `expected ${plural(documents, 'id')}, one for each document, got ${count}`)
      }
      await stream.end()
    },
    close: () => stream.close(),
  }
}

function idOf(bytes: Uint8Array, array: StoredArray, path: string): FileId {
  const { type, characterBytes, littleEndian } = array
  if (type === 'i64' || type === 'u64') {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    return type === 'i64' ? view.getBigInt64(0, littleEndian) : view.getBigUint64(0, littleEndian)
  }
  if (type === 'bool') throw formatError(path, 'is a truth value, not an id')
  if (type !== 'text') return toNumbers(bytes, type, littleEndian)[0]!
  // NumPy fills a text up with zeros
  if (characterBytes === 1) {
    const end = bytes.findLastIndex(byte => byte !== 0) + 1
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end))
    } catch (cause) {
      throw formatError(path, 'is not valid UTF-8', cause)
    }
  }
  const codes = toNumbers(bytes, 'u32', littleEndian)
  const end = codes.findLastIndex(code => code !== 0) + 1
  const isValid = codes.every(code => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
  if (!isValid) throw formatError(path, 'is not valid Unicode')
  return codes
    .slice(0, end)
    .map(code => String.fromCodePoint(code))
    .join('')
}

async function openPayloads(array: StoredArray) {
  const { path, type, byteLength } = array
  if (type !== 'u8') throw formatError(path, 'expected bytes (u1) with a line of JSON for each document')
  const stream = await array.open()
  const lines = linesOf(piecesOfStream(stream, byteLength), path)
  return {
    async next(index: number): Promise<Payload> {
      const { value, done } = await lines.next()
      if (done) {
        throw formatError(path, `expected a line for each document, got ${plural(index, 'line')}`)
      }
      return parseJsonObject(value.text, `${path}, line ${index + 1}`)
    },
    async end(documents: number) {
      const { done } = await lines.next()
      if (!done) {
        throw formatError(path, `expected ${plural(documents, 'line')}, one for each document, got more`)
      }
      await stream.end()
    },
    async close() {
      await lines.return(undefined)
      await stream.close()
    },
  }
}

async function* piecesOfStream(stream: ByteStream, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    const bytes = await stream.take(Math.min(left, READ_BYTES))
    left -= bytes.length
    yield bytes
  }
}

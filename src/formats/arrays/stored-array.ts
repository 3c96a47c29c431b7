// Arrays in files: what their headers say, and how their elements are read.

import { formatError } from '../bytes/byte-source.js'
import type { ByteStream } from '../bytes/byte-stream.js'
import { ELEMENT_BYTES, type ElementType } from './element-types.js'

/** The header of an array. */
export interface ArrayHeader {
  readonly type: ElementType | 'bool' | 'text'
  /** Characters of an element of type `text`; otherwise 0. */
  readonly characters: number
  /** Bytes of a character: 4 (UTF-32) or 1 (UTF-8). Default: 4. */
  readonly characterBytes?: 1 | 4
  readonly littleEndian: boolean
  /** Whether the first index changes fastest. */
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
  /** Bytes of all elements. */
  readonly byteLength: number
}

/** An array in a file. Its elements are read on demand. */
export interface StoredArray extends ArrayHeader {
  readonly name: string
  /** The file and the array, for errors. */
  readonly path: string
  /** Streams the elements. May be called once. */
  open(): Promise<ByteStream>
  /** Reads a part of the elements; undefined if they can be streamed only. */
  readonly read: ((offset: number, length: number) => Promise<Uint8Array>) | undefined
}

/** An array in a file whose header is read on demand. */
export interface ArrayEntry {
  readonly name: string
  load(): Promise<StoredArray>
}

/** Bytes of an element. */
export function elementBytes({
  type,
  characters,
  characterBytes = 4,
}: Pick<ArrayHeader, 'type' | 'characters' | 'characterBytes'>): number {
  if (type === 'text') return characterBytes * characters
  return type === 'bool' ? 1 : ELEMENT_BYTES[type]
}

export const shapeText = (shape: readonly number[]): string => `(${shape.join(', ')})`

/**
 * Bytes of an array.
 *
 * @throws FormatError if there are more than 8 dimensions or the size is not a safe integer
 */
export function byteLengthOf(shape: readonly number[], bytesPerElement: number, path: string): number {
  if (shape.length > 8) throw formatError(path, `expected at most 8 dimensions, got ${shape.length}`)
  let bytes = bytesPerElement
  for (const count of shape) {
    bytes *= count
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(bytes)) {
      throw formatError(path, `the shape ${shapeText(shape)} is too large for a file`)
    }
  }
  return bytes
}

/** @throws FormatError if an array has another number of bytes than its shape needs */
export function checkByteLength(
  { byteLength, shape }: Pick<ArrayHeader, 'byteLength' | 'shape'>,
  found: number,
  path: string,
): void {
  if (found === byteLength) return
  throw formatError(path, `expected ${byteLength} bytes for the shape ${shapeText(shape)}, got ${found}`)
}

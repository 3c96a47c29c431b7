// Postings of one sparse vector in one segment, as a file. They are made from the stored vectors, so the file only saves
// time: one that is missing, damaged, or made from other vectors is ignored, and written again when the store is closed.
//
//   header 64   what it was made from, sizes, checksums
//   body        dimensions u32 | starts u32, one more | slots u32 | values f32

import { checksumOf } from '../../core/packed-documents.js'
import type { Column, Segment } from '../columns/segment.js'
import { createPostings, type Postings, type SortedPostings } from '../postings/postings.js'

const HEADER_BYTES = 64
/** `MAXSIMDP`. */
const MAGIC = [0x5358414d, 0x50444d49] as const
const POSTINGS_FORMAT = 1

/** Where postings belong. */
export interface PostingsPlace {
  readonly segment: Segment
  readonly fieldIndex: number
}

/** Reads and writes the files of postings. */
export interface PostingsFiles {
  /** Returns the bytes of a file; undefined if there is none. */
  readPostings(place: PostingsPlace): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Returns the size of a file; 0 if there is none. */
  postingsBytes(place: PostingsPlace): Promise<number>
  /** Writes a file, or replaces it. */
  writePostings(place: PostingsPlace, bytes: Uint8Array): Promise<void>
}

/** The most bytes that postings of a column can have. A larger file is not one of postings, and is not read. */
export const maxPostingsBytes = ({ bytes, rowBytes }: Column): number =>
  HEADER_BYTES + 4 + (16 * bytes) / rowBytes

/** The checksum of the checksums of the first `slots` documents: other documents have another one. */
function sourceOf({ checksums }: Column, slots: number): number {
  return checksumOf(new Uint8Array(checksums.buffer, checksums.byteOffset, 4 * slots))
}

/** Encodes the postings of the first `slots` slots. */
export function encodePostings(
  { segment, fieldIndex }: PostingsPlace,
  postings: Postings,
  slots: number,
): Uint8Array {
  const { dimensions, starts, slots: slotItems, values } = postings.sorted()
  const parts = [dimensions, starts, slotItems, values]
  const bytes = new Uint8Array(HEADER_BYTES + parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = HEADER_BYTES
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  const header = new Uint32Array(bytes.buffer, 0, HEADER_BYTES / 4)
  header.set([
    ...MAGIC,
    POSTINGS_FORMAT,
    segment.number,
    fieldIndex,
    slots,
    sourceOf(segment.columns[fieldIndex]!, slots),
    postings.vectors,
    dimensions.length,
    slotItems.length,
    checksumOf(bytes.subarray(HEADER_BYTES)),
  ])
  header[HEADER_BYTES / 4 - 1] = checksumOf(bytes.subarray(0, HEADER_BYTES - 4))
  return bytes
}

/** Postings from a file. */
export interface ReadPostings {
  readonly postings: Postings
  /** The slots that they were made from. */
  readonly slots: number
}

/** Decodes postings, as views of `bytes`. Returns undefined if they are damaged, or were made from other vectors. */
export function decodePostings(
  { segment, fieldIndex }: PostingsPlace,
  bytes: Uint8Array<ArrayBuffer>,
): ReadPostings | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const header = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_BYTES / 4)
  if (header.at(-1) !== checksumOf(bytes.subarray(0, HEADER_BYTES - 4))) return undefined
  const [magic, magicEnd, format, number, field, slots = 0, source, vectors = 0, count = 0, size = 0, body] =
    header
  const isOwn = magic === MAGIC[0] && magicEnd === MAGIC[1] && format === POSTINGS_FORMAT
  if (!isOwn || number !== segment.number || field !== fieldIndex || slots > segment.length) return undefined
  if (bytes.length !== HEADER_BYTES + 4 * (2 * count + 1 + 2 * size)) return undefined
  if (source !== sourceOf(segment.columns[fieldIndex]!, slots)) return undefined
  if (body !== checksumOf(bytes.subarray(HEADER_BYTES))) return undefined
  let at = bytes.byteOffset + HEADER_BYTES
  const words = (length: number) => {
    const view = new Uint32Array(bytes.buffer, at, length)
    at += 4 * length
    return view
  }
  const sorted = { dimensions: words(count), starts: words(count + 1), slots: words(size) }
  const postings = { ...sorted, values: new Float32Array(bytes.buffer, at, size) }
  if (!areSound(postings, slots)) return undefined
  return { postings: createPostings(postings, vectors, slots), slots }
}

/** A checksum shows that bytes are those that were written, but not that maxsimd wrote them. */
function areSound({ dimensions, starts, slots, values }: SortedPostings, end: number): boolean {
  if (starts[0] !== 0 || starts[dimensions.length] !== slots.length) return false
  for (let i = 0; i < dimensions.length; i++) {
    if (i > 0 && dimensions[i]! <= dimensions[i - 1]!) return false
    if (starts[i]! >= starts[i + 1]! || starts[i + 1]! > slots.length) return false
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      if (slots[k]! >= end || (k > starts[i]! && slots[k]! <= slots[k - 1]!)) return false
    }
  }
  return values.every(Number.isFinite)
}

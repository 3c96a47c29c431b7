// Writes Protobuf messages. The length of a nested message stands before it and is known after it, so room for it is left:
// one byte, or four bytes of a varint that is longer than it needs to be, which every reader accepts.

import { type ByteBuffer, createByteBuffer } from '../wire/byte-buffer.js'

/** Wire types of a field. */
const VARINT = 0
const DOUBLE = 1
const BYTES = 2

/** `field` is the number of a field of the message that is being written. */
export interface MessageWriter extends ByteBuffer {
  /** Writes a whole number without its field: one of a list of packed numbers. */
  varint(value: number | bigint): void
  /** Starts a nested message or an entry of a map. Returns where it starts, for `close`. */
  open(field: number): number
  /** Ends a nested message. */
  close(start: number): void
  /** Writes a whole number of 64 bits; a negative one as its two's complement. */
  integer(field: number, value: number | bigint): void
  double(field: number, value: number): void
  string(field: number, text: string): void
  /** Writes a field of bytes, or of packed numbers. */
  packed(field: number, bytes: Uint8Array): void
}

/** Bytes of the length of a message whose size is not known. */
const LENGTH_BYTES = 4

/** Creates a writer with room for `capacity` bytes. */
export function createMessageWriter(capacity = 65_536): MessageWriter {
  const buffer = createByteBuffer(capacity)
  const { text, bytes, cut, view } = buffer
  const scratch = new Uint8Array(10)
  const scratchView = new DataView(scratch.buffer)

  function varint(value: number | bigint): void {
    bytes(scratch.subarray(0, putVarint(scratch, value)))
  }

  const tag = (field: number, type: number) => varint(8 * field + type)

  /** Leaves room for the length of a field. */
  function openField(field: number, lengthBytes: number): number {
    tag(field, BYTES)
    bytes(scratch.subarray(0, lengthBytes))
    return buffer.length
  }

  return {
    get length() {
      return buffer.length
    },
    text,
    bytes,
    cut,
    view,
    varint,
    open: field => openField(field, LENGTH_BYTES),
    close(start) {
      const length = buffer.length - start
      const written = view()
      for (let k = 0; k < LENGTH_BYTES; k++) {
        const isLast = k === LENGTH_BYTES - 1
        written[start - LENGTH_BYTES + k] = ((length >>> (7 * k)) & 0x7f) | (isLast ? 0 : 0x80)
      }
    },
    integer(field, value) {
      tag(field, VARINT)
      varint(value)
    },
    double(field, value) {
      tag(field, DOUBLE)
      scratchView.setFloat64(0, value, true)
      bytes(scratch.subarray(0, 8))
    },
    string(field, value) {
      const isShort = 3 * value.length < 128
      const start = openField(field, isShort ? 1 : LENGTH_BYTES)
      text(value)
      if (isShort) view()[start - 1] = buffer.length - start
      else this.close(start)
    },
    packed(field, content) {
      tag(field, BYTES)
      varint(content.length)
      bytes(content)
    },
  }
}

/** Writes a varint at the start of `target`. Returns its number of bytes. */
function putVarint(target: Uint8Array, value: number | bigint): number {
  let length = 0
  if (typeof value === 'bigint' || value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 0x7fn; rest >>= 7n) target[length++] = Number(rest & 0x7fn) | 0x80
    target[length++] = Number(rest)
    return length
  }
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) target[length++] = (rest % 128) | 0x80
  target[length++] = rest
  return length
}

/** Returns the tag and length of a field of `length` bytes. */
export function fieldHeader(field: number, length: number): Uint8Array {
  const header = new Uint8Array(12)
  const tagBytes = putVarint(header, 8 * field + BYTES)
  return header.subarray(0, tagBytes + putVarint(header.subarray(tagBytes), length))
}

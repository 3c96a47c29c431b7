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
  const { text, bytes, byte, patch } = buffer
  const doubleBytes = new Uint8Array(8)
  const doubleView = new DataView(doubleBytes.buffer)

  const varint = (value: number | bigint) => putVarint(byte, value)
  const tag = (field: number, type: number) => putVarint(byte, 8 * field + type)

  /** Leaves room for the length of a field. */
  function openField(field: number, lengthBytes: number): number {
    tag(field, BYTES)
    for (let k = 0; k < lengthBytes; k++) byte(0)
    return buffer.length
  }

  function close(start: number): void {
    const length = buffer.length - start
    for (let k = 0; k < LENGTH_BYTES; k++) {
      const isLast = k === LENGTH_BYTES - 1
      patch(start - LENGTH_BYTES + k, ((length >>> (7 * k)) & 0x7f) | (isLast ? 0 : 0x80))
    }
  }

  return Object.assign(buffer, {
    varint,
    open: (field: number) => openField(field, LENGTH_BYTES),
    close,
    integer(field: number, value: number | bigint) {
      tag(field, VARINT)
      varint(value)
    },
    double(field: number, value: number) {
      tag(field, DOUBLE)
      doubleView.setFloat64(0, value, true)
      bytes(doubleBytes)
    },
    string(field: number, value: string) {
      // a UTF-16 unit takes at most 3 bytes
      const isShort = 3 * value.length < 128
      const start = openField(field, isShort ? 1 : LENGTH_BYTES)
      text(value)
      if (isShort) patch(start - 1, buffer.length - start)
      else close(start)
    },
    packed(field: number, content: Uint8Array) {
      tag(field, BYTES)
      varint(content.length)
      bytes(content)
    },
  })
}

/** Writes a varint, byte by byte. */
function putVarint(byte: (value: number) => void, value: number | bigint): void {
  if (typeof value === 'bigint' || value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 0x7fn; rest >>= 7n) byte(Number(rest & 0x7fn) | 0x80)
    byte(Number(rest))
    return
  }
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) byte((rest % 128) | 0x80)
  byte(rest)
}

/** Returns the tag and length of a field of `length` bytes. */
export function fieldHeader(field: number, length: number): Uint8Array {
  const header: number[] = []
  const byte = (value: number) => void header.push(value)
  putVarint(byte, 8 * field + BYTES)
  putVarint(byte, length)
  return Uint8Array.from(header)
}

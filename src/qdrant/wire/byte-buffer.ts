// A growing buffer of UTF-8 text.

export interface ByteBuffer {
  /** Bytes written. */
  readonly length: number
  /** Appends text as UTF-8. */
  text(text: string): void
  /** Appends a copy of the bytes. */
  bytes(bytes: Uint8Array): void
  /** Removes everything after the first `length` bytes. */
  cut(length: number): void
  /** The bytes written so far, not a copy: valid until the next write. */
  view(): Uint8Array
}

/** A buffer of text and binary values. */
export interface BinaryBuffer extends ByteBuffer {
  /** Appends a byte. */
  byte(value: number): void
  /** Replaces a byte. */
  patch(index: number, value: number): void
}

const encoder = new TextEncoder()
/** Up to this length, a loop is faster than the encoder. */
const SHORT = 32

/** Creates an empty buffer with room for `capacity` bytes; its room doubles when it is full. */
export function createByteBuffer(capacity: number): BinaryBuffer {
  let buffer = new Uint8Array(capacity)
  let used = 0

  function reserve(bytes: number): void {
    if (used + bytes <= buffer.length) return
    const larger = new Uint8Array(Math.max(used + bytes, 2 * buffer.length))
    larger.set(buffer.subarray(0, used))
    buffer = larger
  }

  /** Appends a text of ASCII. Returns false, and appends nothing, if it has another character. */
  function appendAscii(text: string): boolean {
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k)
      if (code > 0x7f) return false
      buffer[used + k] = code
    }
    used += text.length
    return true
  }

  return {
    get length() {
      return used
    },
    text(text) {
      // a UTF-16 unit takes at most 3 bytes
      reserve(3 * text.length)
      if (text.length <= SHORT && appendAscii(text)) return
      used += encoder.encodeInto(text, buffer.subarray(used)).written
    },
    bytes(bytes) {
      reserve(bytes.length)
      buffer.set(bytes, used)
      used += bytes.length
    },
    byte(value) {
      reserve(1)
      buffer[used++] = value
    },
    patch(index, value) {
      buffer[index] = value
    },
    cut(length) {
      used = length
    },
    view: () => buffer.subarray(0, used),
  }
}

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

const encoder = new TextEncoder()

/** Creates an empty buffer with room for `capacity` bytes; its room doubles when it is full. */
export function createByteBuffer(capacity: number): ByteBuffer {
  let buffer = new Uint8Array(capacity)
  let used = 0

  function reserve(bytes: number): void {
    if (used + bytes <= buffer.length) return
    const larger = new Uint8Array(Math.max(used + bytes, 2 * buffer.length))
    larger.set(buffer.subarray(0, used))
    buffer = larger
  }

  return {
    get length() {
      return used
    },
    text(text) {
      // a UTF-16 unit takes at most 3 bytes
      reserve(3 * text.length)
      used += encoder.encodeInto(text, buffer.subarray(used)).written
    },
    bytes(bytes) {
      reserve(bytes.length)
      buffer.set(bytes, used)
      used += bytes.length
    },
    cut(length) {
      used = length
    },
    view: () => buffer.subarray(0, used),
  }
}

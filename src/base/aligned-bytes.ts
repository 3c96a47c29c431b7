// Bytes at an address of which views of 32-bit numbers can be made.

/** Returns the bytes if their address is a multiple of four, else a copy. */
export function alignedBytes(bytes: Uint8Array): Uint8Array {
  // Buffer.slice would return a view of the same memory
  return bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
}

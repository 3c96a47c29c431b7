// Room in the kernel's memory that only grows at its end, in as few pieces as the memory allows.
//
//   a corpus that grows alone is one block, extended in place; where something else follows, a new block begins
//
// What is reserved beyond what is used stays below 1/64 of the whole. Knows bytes, not what they mean.

import type { Memory } from './kernel/memory.js'

export interface Chunks {
  /** Bytes held. */
  readonly byteLength: number
  /** The address of room for `bytes` (a multiple of 4). Nothing is taken until `commit`, and the next call may move it. */
  reserve(bytes: number): number
  /** Takes the first `bytes` of what was reserved. */
  commit(bytes: number): void
  /** Gives everything back. */
  dispose(): void
}

export function createChunks(memory: Memory): Chunks {
  const full: number[] = []
  let address = 0
  let size = 0
  let used = 0
  let byteLength = 0

  /** The current block, longer by `bytes`; false if something follows it. */
  function extend(bytes: number): boolean {
    if (size === 0 || !memory.extend(address, bytes)) return false
    size += bytes
    byteLength += bytes
    return true
  }

  /** Ends the current block where its use ends, and begins another. */
  function begin(bytes: number): void {
    const start = memory.allocate(bytes)
    if (size > 0) {
      byteLength -= size - used
      memory.shrink(address, used)
      full.push(address)
    }
    address = start
    size = bytes
    used = 0
    byteLength += bytes
  }

  return {
    get byteLength() {
      return byteLength
    },
    reserve(bytes) {
      const lacking = bytes - (size - used)
      if (lacking > 0) {
        // headroom saves calls, not bytes: near the end of the memory it is left out
        const headroom = byteLength >>> 6
        const fits = extend(lacking + headroom) || extend(lacking)
        if (!fits) begin(bytes)
      }
      return address + used
    },
    commit(bytes) {
      used += bytes
    },
    dispose() {
      for (const start of full) memory.free(start)
      if (size > 0) memory.free(address)
      full.length = address = size = used = byteLength = 0
    },
  }
}

// Memory that grows at its end, in as few blocks as possible.
//
//   A corpus that grows alone is one block, which is extended in place. If something else follows it, a new block begins.
//
// The memory that is reserved but not used is less than 1/128 of the whole.

import { aligned, type Memory } from '../../kernel/memory.js'

export interface GrowableBlock {
  /** The size of all blocks in bytes. */
  readonly byteLength: number
  /**
   * Reserves `bytes` at the end and calls `write` with their address. Returns its result. If `write` throws, nothing
   * changes.
   *
   * @throws RangeError if the memory has no room
   */
  append<T>(bytes: number, write: (address: number) => T): T
  /** Frees all blocks. */
  dispose(): void
}

/** Creates a growable block that takes no memory yet. */
export function createGrowableBlock(memory: Memory): GrowableBlock {
  const finished: number[] = []
  // the last block, which can be extended
  let block = 0
  let size = 0
  let used = 0
  let byteLength = 0

  function resize(newSize: number): void {
    byteLength += newSize - size
    size = newSize
  }

  /** `bytes` with headroom, which saves calls, and without it, for when the memory is nearly full. */
  const sizesFor = (bytes: number) => [aligned(bytes + (byteLength >>> 7)), aligned(bytes)] as const

  /** Extends the last block by at least `bytes`. Returns false if something else follows it. */
  function extend(bytes: number): boolean {
    for (const more of sizesFor(bytes)) {
      if (size > 0 && memory.extend(block, more)) {
        resize(size + more)
        return true
      }
    }
    return false
  }

  /** Allocates a new block for `bytes`. Returns its address and size. */
  function allocate(bytes: number): readonly [address: number, size: number] {
    const [room, needed] = sizesFor(bytes)
    try {
      return [memory.allocate(room, true), room]
    } catch {
      return [memory.allocate(needed, true), needed]
    }
  }

  function finishLast(): void {
    if (size === 0) return
    const kept = aligned(used)
    memory.shrink(block, kept)
    resize(kept)
    finished.push(block)
  }

  return {
    get byteLength() {
      return byteLength
    },
    append(bytes, write) {
      const before = size
      const fits = used + bytes <= size || extend(used + bytes - size)
      // the bytes of one call are never split between two blocks
      const [address, newSize] = fits ? [block + used, size] : allocate(bytes)
      let result: ReturnType<typeof write>
      try {
        result = write(address)
      } catch (error) {
        if (fits) {
          memory.shrink(block, before)
          resize(before)
        } else memory.free(address)
        throw error
      }
      if (fits) used += bytes
      else {
        finishLast()
        block = address
        size = newSize
        used = bytes
        byteLength += size
      }
      return result
    },
    dispose() {
      for (const address of finished) memory.free(address)
      if (size > 0) memory.free(block)
      finished.length = block = size = used = byteLength = 0
    },
  }
}

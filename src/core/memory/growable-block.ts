// Room in the kernel's memory that only grows at its end, in as few pieces as the memory allows.
//
//   a corpus that grows alone is one block, extended in place; where something else follows, a new block begins
//
// What is reserved beyond what is used stays below 1/128 of the whole. Knows bytes, not what they mean.

import { aligned, type Memory } from '../../kernel/memory.js'

export interface GrowableBlock {
  /** Bytes held. */
  readonly byteLength: number
  /**
   * Gives `write` the address of room for `bytes` at the end, and keeps them. If `write` throws, everything is as it
   * was.
   */
  append<T>(bytes: number, write: (address: number) => T): T
  /** Gives everything back. */
  dispose(): void
}

export function createGrowableBlock(memory: Memory): GrowableBlock {
  // finished blocks, and the one that grows
  const full: number[] = []
  let block = 0
  let size = 0
  let used = 0
  let byteLength = 0

  function resize(to: number): void {
    byteLength += to - size
    size = to
  }

  /** Makes the block that grows longer, if nothing follows it. */
  function extend(lacking: number): boolean {
    // headroom saves calls, not bytes: near the end of the memory it is left out
    for (const more of [aligned(lacking + (byteLength >>> 7)), aligned(lacking)]) {
      if (size > 0 && memory.extend(block, more)) {
        resize(size + more)
        return true
      }
    }
    return false
  }

  /** A new block, and its size. */
  function begin(bytes: number): [block: number, size: number] {
    const [room, least] = [aligned(bytes + (byteLength >>> 7)), aligned(bytes)]
    try {
      return [memory.allocate(room, true), room]
    } catch {
      return [memory.allocate(least, true), least]
    }
  }

  /** Runs `write`; if it throws, `undo` runs too. */
  function attempt<T>(write: () => T, undo: () => void): T {
    try {
      return write()
    } catch (error) {
      undo()
      throw error
    }
  }

  return {
    get byteLength() {
      return byteLength
    },
    append(bytes, write) {
      const before = size
      const lacking = bytes - (size - used)
      if (lacking <= 0 || extend(lacking)) {
        const result = attempt(
          () => write(block + used),
          () => {
            memory.shrink(block, before)
            resize(before)
          },
        )
        used += bytes
        return result
      }
      // so that rows lie together, though something else grows beside them
      const [next, room] = begin(bytes)
      const result = attempt(
        () => write(next),
        () => memory.free(next),
      )
      if (size > 0) {
        const kept = aligned(used)
        memory.shrink(block, kept)
        resize(kept)
        full.push(block)
      }
      block = next
      size = room
      used = bytes
      byteLength += size
      return result
    },
    dispose() {
      for (const address of full) memory.free(address)
      if (size > 0) memory.free(block)
      full.length = block = size = used = byteLength = 0
    },
  }
}

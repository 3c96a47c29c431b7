// Who holds which bytes of a kernel's memory. The only file that hands out addresses.
//
//   | reserved | block | free | block | block | free ............... | guard |
//   0          1024                                      capacity     4 GiB - 64 KiB
//
// A sorted list of free ranges, first fit, neighbours merged. A block that is followed by free bytes can be extended
// in place, so a corpus that grows alone stays in one piece. Growing the memory detaches every view, so views are
// made when they are needed and live no longer than one call. Knows nothing of rows or documents.

const PAGE = 65536
/** The static data of the binaries lies below; null is never an address. */
const RESERVED = 1024
/** An end address of 2^32 would wrap to 0 in the kernel. */
const MOST_PAGES = 65535
/** What the kernel may read past a row, vector by vector, without leaving the memory. */
const PAST_END = 64
/** A memory beyond this is given back to the engine when its last block is freed. */
const KEEP_BYTES = 64 * 1024 * 1024
/** What lasting blocks leave free for queries, or an eighth of a smaller memory. */
const SPARE_BYTES = 16 * 1024 * 1024

/** What the allocator stands on: a `WebAssembly.Memory`, or the reference kernel's stand-in for one. */
export interface Pages {
  readonly buffer: ArrayBufferLike
  /** Adds pages of 64 KiB and detaches the former buffer. Throws `RangeError` when there are none. */
  grow(pages: number): number
}

export interface Memory {
  /** Bytes that the engine holds for this memory. */
  readonly capacity: number
  /** Bytes in blocks. */
  readonly used: number
  /**
   * A block of at least `bytes`, 16-byte aligned, not cleared. One that `lasts` leaves room for those that do not, so
   * that what fills the memory can still be queried. Throws `RangeError` if there is no room.
   */
  allocate(bytes: number, lasts?: boolean): number
  /** Gives a lasting block `bytes` more where it is; false if something else follows it or the memory ends there. */
  extend(address: number, bytes: number): boolean
  /** Cuts a block to `bytes`. */
  shrink(address: number, bytes: number): void
  free(address: number): void
  /** Frees every block and gives the memory back to the engine; there is none after it. */
  release(): void
  /** Views for this call only: the next `allocate` or `extend` may detach them. */
  f32(address: number, length: number): Float32Array
  f64(address: number, length: number): Float64Array
  u32(address: number, length: number): Uint32Array
}

/** The size of a block for `bytes`: whole vectors of 16 bytes, at least one. */
export const aligned = (bytes: number) => Math.max(16, Math.ceil(bytes / 16) * 16)

/**
 * An allocator over the memory that `start` gives. `start` is called again, for a small new memory, after the last
 * block of a large one was freed: WebAssembly memory cannot shrink, it can only be dropped. `stop` is called when it is
 * given back for good, for the caller to drop what else holds it.
 */
export function createMemory(start: () => Pages, maxBytes = MOST_PAGES * PAGE, stop = () => {}): Memory {
  let pages: Pages
  let used = 0
  const blocks = new Map<number, number>()
  // sorted by address; no two touch
  let free: { start: number; end: number }[] = []
  const limit = Math.min(Math.floor(maxBytes / PAGE), MOST_PAGES) * PAGE
  const spare = Math.min(SPARE_BYTES, limit / 8)

  function restart(): void {
    pages = start()
    free = [{ start: RESERVED, end: pages.buffer.byteLength - PAST_END }]
  }

  restart()

  /** Adds room at the end: an eighth of what is there, at least what is needed. */
  function grow(bytes: number, wanted: number): void {
    const capacity = pages.buffer.byteLength
    const needed = Math.ceil(bytes / PAGE)
    const room = (limit - capacity) / PAGE
    if (needed > room) throw outOfMemory(wanted)
    const more = Math.min(room, Math.max(needed, Math.ceil(capacity / PAGE / 8)))
    try {
      pages.grow(more)
    } catch {
      try {
        pages.grow(needed)
      } catch (cause) {
        throw outOfMemory(wanted, cause)
      }
    }
    putBack(capacity - PAST_END, pages.buffer.byteLength - PAST_END)
  }

  function outOfMemory(wanted: number, cause?: unknown): RangeError {
    return new RangeError(
      `the kernel's memory cannot hold ${wanted} bytes more: ${used} of ${limit} are in use; ` +
        `dispose of a corpus, or use a second scorer`,
      { cause },
    )
  }

  /** Puts a range back, merged with its neighbours. */
  function putBack(start: number, end: number): void {
    let low = 0
    for (let high = free.length; low < high; ) {
      const middle = (low + high) >>> 1
      if (free[middle]!.start < start) low = middle + 1
      else high = middle
    }
    const before = free[low - 1]
    const after = free[low]
    const joinsBefore = before?.end === start
    const joinsAfter = after?.start === end
    if (joinsBefore && joinsAfter) {
      before.end = after.end
      free.splice(low, 1)
    } else if (joinsBefore) before.end = end
    else if (joinsAfter) after.start = start
    else free.splice(low, 0, { start, end })
  }

  /** Takes bytes from the front of a free range. */
  function take(index: number, bytes: number): number {
    const range = free[index]!
    const address = range.start
    range.start += bytes
    if (range.start === range.end) free.splice(index, 1)
    used += bytes
    return address
  }

  function sizeOf(address: number): number {
    const size = blocks.get(address)
    if (size === undefined) throw new RangeError(`no block begins at address ${address}`)
    return size
  }

  return {
    get capacity() {
      return pages.buffer.byteLength
    },
    get used() {
      return used
    },
    allocate(bytes, lasts = false) {
      const size = aligned(bytes)
      if (lasts && used + size > limit - spare) throw outOfMemory(size)
      let index = free.findIndex(range => range.end - range.start >= size)
      if (index < 0) {
        const last = free.at(-1)
        const atEnd = last?.end === pages.buffer.byteLength - PAST_END ? last.end - last.start : 0
        grow(size - atEnd, size)
        index = free.length - 1
      }
      const address = take(index, size)
      blocks.set(address, size)
      return address
    },
    extend(address, bytes) {
      const size = sizeOf(address)
      const more = aligned(bytes)
      const end = address + size
      if (used + more > limit - spare) return false
      let index = free.findIndex(range => range.start === end)
      const room = index < 0 ? 0 : free[index]!.end - end
      if (room < more) {
        if (end + room !== pages.buffer.byteLength - PAST_END) return false
        try {
          grow(more - room, more)
        } catch {
          return false
        }
        index = free.findIndex(range => range.start === end)
      }
      take(index, more)
      blocks.set(address, size + more)
      return true
    },
    shrink(address, bytes) {
      const size = sizeOf(address)
      const kept = aligned(bytes)
      if (kept >= size) return
      blocks.set(address, kept)
      used -= size - kept
      putBack(address + kept, address + size)
    },
    free(address) {
      const size = sizeOf(address)
      blocks.delete(address)
      used -= size
      if (blocks.size === 0 && pages.buffer.byteLength > KEEP_BYTES) restart()
      else putBack(address, address + size)
    },
    release() {
      blocks.clear()
      used = 0
      free = []
      pages = { buffer: new ArrayBuffer(0), grow: () => 0 }
      stop()
    },
    f32: (address, length) => new Float32Array(pages.buffer, address, length),
    f64: (address, length) => new Float64Array(pages.buffer, address, length),
    u32: (address, length) => new Uint32Array(pages.buffer, address, length),
  }
}

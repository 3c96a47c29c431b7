// The allocator of a kernel's memory: the only code that assigns addresses.
//
//   | reserved | block | free | block | block | free ............... | guard |
//   0          1024                                      capacity     4 GiB - 64 KiB
//
// Allocation is first fit in a sorted list of free ranges. A block that is followed by free bytes can be extended in
// place, so that a corpus that grows alone is contiguous. Growing the memory detaches every view: create views when
// they are needed, and use them for one call only.

import { addRange, type FreeRange, takeFront } from './free-list.js'

const PAGE = 65536
/** The static data of the binaries is below this address, so that 0 is never the address of a block. */
const RESERVED = 1024
/** An end address of 2^32 would wrap to 0 in the kernel. */
const MAX_PAGES = 65535
/** The kernel reads whole vectors, and so up to this many bytes after a row. */
const PAST_END = 64
/** When the last block is freed, a memory larger than this is returned to the engine. */
const KEEP_BYTES = 64 * 1024 * 1024
/** Lasting blocks leave this many bytes free for queries, or an eighth of a smaller memory. */
const SPARE_BYTES = 16 * 1024 * 1024

/** The pages below an allocator: a `WebAssembly.Memory`, or the reference kernel's substitute. */
export interface Pages {
  readonly buffer: ArrayBufferLike
  /**
   * Adds pages of 64 KiB and detaches the previous buffer.
   *
   * @throws RangeError if the engine has no memory for them
   */
  grow(pages: number): number
}

/** A kernel's memory. */
export interface Memory {
  /** Bytes that the engine holds for this memory. */
  readonly capacity: number
  /** Bytes in blocks. */
  readonly used: number
  /**
   * Returns the address of a block of at least `bytes` bytes, 16-byte aligned and not cleared. A block that `lasts`
   * leaves spare bytes for blocks that do not, so that a memory filled with documents can still be queried. Default:
   * false.
   *
   * @throws RangeError if there is not enough room
   */
  allocate(bytes: number, lasts?: boolean): number
  /**
   * Adds `bytes` to the end of a lasting block. Returns false if another block or the end of the memory is in the way.
   */
  extend(address: number, bytes: number): boolean
  /** Cuts a block to `bytes`. */
  shrink(address: number, bytes: number): void
  /** Frees a block. The last one of a large memory restarts the memory: see `createMemory`. */
  free(address: number): void
  /** Frees every block and returns the memory to the engine. It cannot be used afterwards. */
  release(): void
  /** These views are for one call: the next `allocate` or `extend` may detach them. */
  f32(address: number, length: number): Float32Array
  f64(address: number, length: number): Float64Array
  u32(address: number, length: number): Uint32Array
}

/** Returns the size of a block for `bytes` bytes: whole vectors of 16 bytes, at least one. */
export const aligned = (bytes: number) => Math.max(16, Math.ceil(bytes / 16) * 16)

interface State {
  readonly start: () => Pages
  readonly limit: number
  /** What lasting blocks may use of `limit`. */
  readonly lastingLimit: number
  /** The size of each block, by its address. */
  readonly blocks: Map<number, number>
  pages: Pages
  ranges: FreeRange[]
  used: number
}

/**
 * Creates an allocator over the memory that `start` returns. WebAssembly memory cannot shrink, only be dropped: after
 * the last block of a large memory is freed, `start` is called again for a small new one. `stop` is called by
 * `release`, for the caller to drop other references to the memory.
 */
export function createMemory(start: () => Pages, maxBytes = MAX_PAGES * PAGE, stop = () => {}): Memory {
  const limit = Math.min(Math.floor(maxBytes / PAGE), MAX_PAGES) * PAGE
  const lastingLimit = limit - Math.min(SPARE_BYTES, limit / 8)
  const state: State = { start, limit, lastingLimit, blocks: new Map(), pages: start(), ranges: [], used: 0 }
  clear(state)
  return {
    get capacity() {
      return state.pages.buffer.byteLength
    },
    get used() {
      return state.used
    },
    allocate: (bytes, lasts) => allocate(state, aligned(bytes), lasts),
    extend: (address, bytes) => extend(state, address, aligned(bytes)),
    shrink: (address, bytes) => shrink(state, address, aligned(bytes)),
    free: address => free(state, address),
    release() {
      state.pages = { buffer: new ArrayBuffer(0), grow: () => 0 }
      state.blocks.clear()
      state.ranges = []
      state.used = 0
      stop()
    },
    f32: (address, length) => new Float32Array(state.pages.buffer, address, length),
    f64: (address, length) => new Float64Array(state.pages.buffer, address, length),
    u32: (address, length) => new Uint32Array(state.pages.buffer, address, length),
  }
}

/** The address after the last byte that a block can have. */
const endOf = ({ pages }: State) => pages.buffer.byteLength - PAST_END

/** Makes the whole memory one free range. */
function clear(state: State): void {
  state.ranges = [{ start: RESERVED, end: endOf(state) }]
}

function outOfMemory({ used, limit }: State, bytes: number, cause?: unknown): RangeError {
  return new RangeError(
    `the kernel's memory cannot hold ${bytes} bytes more: ${used} of ${limit} are in use; ` +
      `dispose of a corpus, or use a second scorer`,
    { cause },
  )
}

/** Grows the memory so that its last range has at least `bytes`: by an eighth of its size, or by what is missing. */
function grow(state: State, bytes: number): void {
  const { pages, ranges, limit } = state
  const capacity = pages.buffer.byteLength
  const last = ranges.at(-1)
  const missing = bytes - (last?.end === endOf(state) ? last.end - last.start : 0)
  const needed = Math.ceil(missing / PAGE)
  const room = (limit - capacity) / PAGE
  if (needed > room) throw outOfMemory(state, bytes)
  try {
    pages.grow(Math.min(room, Math.max(needed, Math.ceil(capacity / PAGE / 8))))
  } catch {
    try {
      pages.grow(needed)
    } catch (cause) {
      throw outOfMemory(state, bytes, cause)
    }
  }
  addRange(ranges, capacity - PAST_END, endOf(state))
}

function allocate(state: State, size: number, lasts = false): number {
  const { blocks, ranges } = state
  if (lasts && state.used + size > state.lastingLimit) throw outOfMemory(state, size)
  let index = ranges.findIndex(({ start, end }) => end - start >= size)
  if (index < 0) {
    grow(state, size)
    index = ranges.length - 1
  }
  const address = takeFront(ranges, index, size)
  blocks.set(address, size)
  state.used += size
  return address
}

function extend(state: State, address: number, size: number): boolean {
  const { blocks, ranges } = state
  const before = sizeOf(state, address)
  const end = address + before
  if (state.used + size > state.lastingLimit) return false
  const following = () => ranges.findIndex(({ start }) => start === end)
  let index = following()
  const room = index < 0 ? 0 : ranges[index]!.end - end
  if (room < size) {
    if (end + room !== endOf(state)) return false
    try {
      grow(state, size)
    } catch {
      return false
    }
    index = following()
  }
  takeFront(ranges, index, size)
  blocks.set(address, before + size)
  state.used += size
  return true
}

function shrink(state: State, address: number, size: number): void {
  const before = sizeOf(state, address)
  if (size >= before) return
  state.blocks.set(address, size)
  state.used -= before - size
  addRange(state.ranges, address + size, address + before)
}

function free(state: State, address: number): void {
  const { blocks, ranges } = state
  const size = sizeOf(state, address)
  blocks.delete(address)
  state.used -= size
  if (blocks.size === 0 && state.pages.buffer.byteLength > KEEP_BYTES) {
    state.pages = state.start()
    clear(state)
  } else addRange(ranges, address, address + size)
}

function sizeOf({ blocks }: State, address: number): number {
  const size = blocks.get(address)
  if (size === undefined) throw new RangeError(`no block at ${address}`)
  return size
}

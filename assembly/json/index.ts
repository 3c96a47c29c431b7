// The codec's exports: rows of f32 to JSON text and back. A module of its own, because a scorer does not need it.
// Addresses and counts only cross the border; the caller owns the memory and lays it out from `heap` on; only `next`
// adds to it, behind its end. `src/kernel/codec/simd-codec.ts` has the same list, typed.

/** The first address that is the caller's. */
export const heap: usize = __heap_base

export { writeFloat16Rows, writeFloat32Rows, writeUint8Rows } from './rows'
export { next, open, start, end } from './scan'
export { count, dim } from './array'

// The codec's exports: rows of f32 to JSON text and back. It is a separate module, because a scorer does not need it.
// The parameters are addresses and counts. The caller owns the memory from `heap` on and decides its layout; only
// `next` grows it. `src/kernel/codec/simd-codec.ts` has the types of this list.

/** The first address of the caller's memory. */
export const heap: usize = __heap_base

export { writeFloat16Rows, writeFloat32Rows, writeUint8Rows } from './rows'
export { next, open, start, end } from './scan'
export { count, dim } from './array'

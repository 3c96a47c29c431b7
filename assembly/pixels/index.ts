// The exports for pictures: resizing as Pillow does it, and bytes to the numbers of a model. It is a separate module, because only
// encoders of pages need it. The parameters are addresses and counts. The caller owns the memory from `heap` on and decides its
// layout; nothing here allocates. `src/kernel/pixels/pixel-kernel.ts` has the types of this list.

/** The first address of the caller's memory. */
export const heap: usize = __heap_base

export { resizeColumns } from './columns'
export { resizeLines } from './lines'
export { writeNumbers } from './numbers'

// The kernel's exports. Their parameters are addresses, counts and codes. The caller owns the memory, decides its
// layout, and has checked its contents. Nothing here allocates, and nothing traps on valid input.
// `src/kernel/kernel.ts` has the types of this list.

/** 1 in the relaxed-SIMD binary, so that a compiled module shows which one it is. */
export const relaxed: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0

export { bounds } from './bounds'
export { checksum } from './checksum'
export { decode } from './dtype'
export { encode } from './encode'
export { packFixed } from './fixed'
export { fourProducts, twoProducts } from './int8-products'
export { maxsim, maxsimFixed } from './maxsim'
export { maxsimWide, similarities } from './plain'
export { largest, normalize, pack } from './rows'
export { ranked, select } from './top'

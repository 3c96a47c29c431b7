// The kernel's exports. Addresses and counts only cross the border: the caller owns the memory, lays it out, and has
// checked what is in it; nothing here allocates or traps on valid input. `src/kernel/kernel.ts` is the same list, typed.

/** 1 in the relaxed-SIMD binary, so that a compiled module tells which it is. */
export const relaxed: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0

export { bounds } from './bounds'
export { checksum } from './checksum'
export { decode } from './dtype'
export { encode } from './encode'
export { packFixed } from './fixed'
export { maxsim, maxsimDecoded, maxsimFixed } from './maxsim'
export { maxsimWide, similarities } from './plain'
export { fourProducts } from './quad-tile'
export { largest, normalize, pack } from './rows'
export { ranked, select } from './top'

// Whether int8 rows are best multiplied four dims at a time, which relaxed SIMD can: it is so where the processor has an
// instruction for that. Knows nothing of rows.

import type { Kernel } from './kernel.js'

/** What a pair of instructions gives for 4 x 127 x 255 that stands in for the one: two sums of two, each saturated. */
const SATURATED = 65534

/**
 * True where `i32x4.relaxed_dot_i8x16_i7x16_add_s` is one instruction: AVX-VNNI, or what ARM has. Without AVX-VNNI it is
 * three on x86, and pairs of int16 are faster. The instruction is asked for what its definition leaves open, since
 * WebAssembly does not tell which processor it runs on. For a single query row (`isOne`) int8 rows are widened in
 * registers, which every binary does where it is told that this is its way.
 */
export function hasInt8Products({ name, functions }: Kernel, isOne: boolean): boolean {
  if (isOne) return name !== 'reference'
  return name === 'relaxed-simd' && functions.fourProducts(127, 255) !== SATURATED
}

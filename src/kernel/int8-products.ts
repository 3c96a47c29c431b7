// Finds out whether the engine has one instruction for four int8 products, which relaxed SIMD can use.

import { SATURATED } from './constants.generated.js'
import type { Kernel } from './kernel.js'

/**
 * Returns true if int8 rows are best multiplied four dims at a time. This is so where
 * `i32x4.relaxed_dot_i8x16_i7x16_add_s` is one instruction, with AVX-VNNI or on ARM; on other x86 it is several, and
 * pairs of int16 are faster. WebAssembly cannot query the processor, so the instruction is tried with an input whose
 * result its definition leaves open. For a single query row (`isOneRow`) the binaries widen int8 rows in registers
 * instead.
 */
export function hasInt8Products({ name, functions }: Kernel, isOneRow: boolean): boolean {
  if (isOneRow) return name !== 'reference'
  return name === 'relaxed-simd' && functions.fourProducts(127, 255) !== SATURATED
}

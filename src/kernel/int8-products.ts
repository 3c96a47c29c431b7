// Finds out how the engine multiplies int8, which WebAssembly leaves open and cannot query. The instructions of relaxed SIMD are
// tried with factors of more than 127, for which their results are not defined.

import { SATURATED } from './constants.generated.js'
import type { Kernel } from './kernel.js'

/** Whether the engine adds four products of int8 with several instructions. Only for a kernel of relaxed SIMD. */
const needsSeveral = ({ functions }: Kernel): boolean => functions.fourProducts(127, 255) === SATURATED

/**
 * Returns true if int8 rows are best multiplied four dims at a time. This is so where
 * `i32x4.relaxed_dot_i8x16_i7x16_add_s` is one instruction, with AVX-VNNI or on ARM; on other x86 it is several, and
 * pairs of int16 are faster. For a single query row (`isOneRow`) the binaries widen int8 rows in registers instead.
 */
export function hasInt8Products(kernel: Kernel, isOneRow: boolean): boolean {
  if (isOneRow) return kernel.name !== 'reference'
  return kernel.name === 'relaxed-simd' && !needsSeveral(kernel)
}

/**
 * Returns true if the engine multiplies signed bytes by unsigned ones, two dims at a time, and four dims with several
 * instructions. This is so on x86 without AVX-VNNI.
 */
export function hasByteProducts(kernel: Kernel): boolean {
  return kernel.name === 'relaxed-simd' && needsSeveral(kernel) && kernel.functions.twoProducts(1, 255) > 0
}

// The instruction of relaxed SIMD that multiplies int8 rows, four dims for each lane, and the layout of a query for it.

/** Bytes of one limb of four query rows. */
// @ts-ignore: decorator
@inline
export function panelBytes(dim: usize): usize {
  return (dim + 3) >> 2 << 4
}

/** Adds the sums of four products. */
// @ts-ignore: decorator
@inline
export function dotFour(sum: v128, q: v128, d: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_dot_i8x16_i7x16_add_s(d, q, sum) : sum
}

/** Returns the sums of two products. On x86 `d` is unsigned. */
// @ts-ignore: decorator
@inline
export function dotTwo(q: v128, d: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i16x8.relaxed_dot_i8x16_i7x16_s(q, d) : q
}

/** The result of `fourProducts(127, 255)` where the engine uses several instructions. */
export const SATURATED: i32 = 65534

/**
 * Returns the sum of four products of `a` and `b` by the relaxed instruction. Its result is not defined if `b` exceeds
 * 127, and shows how the engine implements it: 127 and 255 have 4 x 127 x 255 with AVX-VNNI, and `SATURATED`, two saturated
 * sums of two products, where the engine uses several instructions. See `src/kernel/int8-products.ts`.
 */
export function fourProducts(a: i32, b: i32): i32 {
  return i32x4.extract_lane(dotFour(i32x4.splat(0), i8x16.splat(<i8>b), i8x16.splat(<i8>a)), 0)
}

/** Returns the sum of two products of `a` and `b`. It shows whether the engine reads a `b` that exceeds 127 without a sign. */
export function twoProducts(a: i32, b: i32): i32 {
  return i16x8.extract_lane_s(dotTwo(i8x16.splat(<i8>a), i8x16.splat(<i8>b)), 0)
}

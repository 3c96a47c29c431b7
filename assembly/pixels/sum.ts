// The sum of bytes times weights that makes a byte of a resized picture:
//
//   byte = clip((2^21 + Σ weight · byte) >> 22)
//
// A weight has 22 bits after the binary point, too many for a product of i16. It is split into weight = high · 2^11 + low with
// 0 <= low < 2^11, and each part is multiplied with the bytes by the instruction that adds two products of i16:
//
//   high | low of the weights a, b     as i16: high(a) high(b) low(a) low(b)
//   bytes of the pixels a, b           interleaved, as i16: a0 b0 a1 b1 …
//
// All sums are modulo 2^32, so they are Pillow's, whose sum fits i32.

/** Bits of the lower part of a weight. */
export const LOW_BITS: i32 = 11
/** Bits after the binary point of a weight. */
export const WEIGHT_BITS: i32 = 22
/** Bytes of a pair of weights. */
export const PAIR_BYTES: i32 = 8

/** The lower and the upper halves of two vectors, byte by byte in turn. */
// @ts-ignore: decorator
@inline
function lowerBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

// @ts-ignore: decorator
@inline
function upperBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}

/** Adds the products of four pairs of bytes. */
// @ts-ignore: decorator
@inline
function add(sum: v128, bytes: v128, weights: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(bytes, weights))
}

/** The bits before the binary point of four sums. */
// @ts-ignore: decorator
@inline
function whole(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(high, LOW_BITS), low), WEIGHT_BITS)
}

/**
 * Writes 16 bytes: sums of the 16 bytes at `from`, at `from + step` and so on. `weights` has `pairs` pairs. With an odd number of
 * weights the last is 0, and the bytes of it are read too.
 */
// @ts-ignore: decorator
@inline
export function sum(from: usize, step: usize, weights: usize, pairs: i32, to: usize): void {
  let h0 = i32x4.splat(0), h1 = h0, h2 = h0, h3 = h0
  let l0 = i32x4.splat(1 << (WEIGHT_BITS - 1)), l1 = l0, l2 = l0, l3 = l0
  for (const end = weights + pairs * PAIR_BYTES; weights < end; weights += PAIR_BYTES) {
    const high = v128.load32_splat(weights), low = v128.load32_splat(weights, 4)
    const a = v128.load(from), b = v128.load(from + step)
    from += step << 1
    const lower = lowerBytes(a, b), upper = upperBytes(a, b)
    const p0 = i16x8.extend_low_i8x16_u(lower), p1 = i16x8.extend_high_i8x16_u(lower)
    const p2 = i16x8.extend_low_i8x16_u(upper), p3 = i16x8.extend_high_i8x16_u(upper)
    h0 = add(h0, p0, high), l0 = add(l0, p0, low)
    h1 = add(h1, p1, high), l1 = add(l1, p1, low)
    h2 = add(h2, p2, high), l2 = add(l2, p2, low)
    h3 = add(h3, p3, high), l3 = add(l3, p3, low)
  }
  const first = i16x8.narrow_i32x4_s(whole(h0, l0), whole(h1, l1))
  const second = i16x8.narrow_i32x4_s(whole(h2, l2), whole(h3, l3))
  // clips
  v128.store(to, i8x16.narrow_i16x8_u(first, second))
}

// The shortest decimal that rounds to a given binary float; of several, the one closest to it; of two, the even one.
// Method: Raffaello Giulietti, "The Schubfach way to render doubles" (2020), in its single-precision variant. A float
// is c x 2^q, and the numbers that round to it are an interval of width 2^q around it. Let 10^k be the largest power of
// ten up to that width. Then at least one multiple of 10^k is in the interval, and at most one multiple of 10^(k+1).
// Three products with a 64-bit approximation of 10^-k find them exactly.
//
// The choice among the candidates has no branches, because with real embeddings it is nearly random.

/** The paper's g(k) (section 9.8, in 64 bits): ceil(10^k / 2^r) with 2^63 <= g < 2^64, k = -31 ... 45. */
const POWERS = memory.data<u64>([
  0x81ceb32c4b43fcf5, 0xa2425ff75e14fc32, 0xcad2f7f5359a3b3f, 0xfd87b5f28300ca0e, 0x9e74d1b791e07e49,
  0xc612062576589ddb, 0xf79687aed3eec552, 0x9abe14cd44753b53, 0xc16d9a0095928a28, 0xf1c90080baf72cb2,
  0x971da05074da7bef, 0xbce5086492111aeb, 0xec1e4a7db69561a6, 0x9392ee8e921d5d08, 0xb877aa3236a4b44a,
  0xe69594bec44de15c, 0x901d7cf73ab0acda, 0xb424dc35095cd810, 0xe12e13424bb40e14, 0x8cbccc096f5088cc,
  0xafebff0bcb24aaff, 0xdbe6fecebdedd5bf, 0x89705f4136b4a598, 0xabcc77118461cefd, 0xd6bf94d5e57a42bd,
  0x8637bd05af6c69b6, 0xa7c5ac471b478424, 0xd1b71758e219652c, 0x83126e978d4fdf3c, 0xa3d70a3d70a3d70b,
  0xcccccccccccccccd, 0x8000000000000000, 0xa000000000000000, 0xc800000000000000, 0xfa00000000000000,
  0x9c40000000000000, 0xc350000000000000, 0xf424000000000000, 0x9896800000000000, 0xbebc200000000000,
  0xee6b280000000000, 0x9502f90000000000, 0xba43b74000000000, 0xe8d4a51000000000, 0x9184e72a00000000,
  0xb5e620f480000000, 0xe35fa931a0000000, 0x8e1bc9bf04000000, 0xb1a2bc2ec5000000, 0xde0b6b3a76400000,
  0x8ac7230489e80000, 0xad78ebc5ac620000, 0xd8d726b7177a8000, 0x878678326eac9000, 0xa968163f0a57b400,
  0xd3c21bcecceda100, 0x84595161401484a0, 0xa56fa5b99019a5c8, 0xcecb8f27f4200f3a, 0x813f3978f8940985,
  0xa18f07d736b90be6, 0xc9f2c9cd04674edf, 0xfc6f7c4045812297, 0x9dc5ada82b70b59e, 0xc5371912364ce306,
  0xf684df56c3e01bc7, 0x9a130b963a6c115d, 0xc097ce7bc90715b4, 0xf0bdc21abb48db21, 0x96769950b50d88f5,
  0xbc143fa4e250eb32, 0xeb194f8e1ae525fe, 0x92efd1b8d0cf37bf, 0xb7abc627050305ae, 0xe596b7b0c643c71a,
  0x8f7e32ce7bea5c70, 0xb35dbf821ae4f38c
])
/** The k of the first entry of POWERS. */
const MIN_POWER = -31

/** The exponent of ten for the digits that `shortest` returned last. */
export let exponent: i32 = 0

/** Returns the upper half of `power` x `factor`, with the last bit set if the lower half is not 0 (rounding to odd). */
// @ts-ignore: decorator
@inline
function productToOdd(power: u64, factor: u32): u32 {
  const product = (power >> 32) * <u64>factor + (((power & 0xffffffff) * <u64>factor) >> 32)
  return <u32>(product >> 32) | <u32>(<u32>product > 1)
}

/**
 * Returns the digits of `c` x 2^`q` as a number below 2^28, which may end in zeros, and sets `exponent`. `isCloser`:
 * the next smaller float is half as far away as the next larger one. `q`: from -149 to 104.
 */
// @ts-ignore: decorator
@inline
export function shortest(c: u32, q: i32, isCloser: bool): u32 {
  // floor(log10(2^q)), or of 3/4 · 2^q, the width of the interval if `isCloser`
  const k = (q * 1262611 - (isCloser ? 524031 : 0)) >> 22
  // 2^shift brings 4c to the scale of the table's entry
  const shift = q + ((-k * 1741647) >> 19) + 1
  const power = load<u64>(POWERS + (<usize>(-k - MIN_POWER) << 3))
  const odd = c & 1
  const lower = productToOdd(power, ((c << 2) - (isCloser ? 1 : 2)) << shift) + odd
  const value = productToOdd(power, (c << 2) << shift)
  const upper = productToOdd(power, ((c << 2) + 2) << shift) - odd

  // the multiples of 10^(k+1) below and above the value, in quarters of 10^k: are they in the interval?
  const s = value >> 2
  const tens = s / 10 * 10
  const tensBelow = lower <= tens << 2
  const tensAbove = (tens << 2) + 40 <= upper
  // the multiples of 10^k below and above the value; if both are in the interval, the closer one
  const unitBelow = lower <= s << 2
  const unitAbove = (s << 2) + 4 <= upper
  const middle = (s << 2) + 2
  const nearer: u32 = s + <u32>(value > middle || (value == middle && (s & 1) != 0))
  const units = select<u32>(s + <u32>unitAbove, nearer, unitBelow != unitAbove)
  exponent = k
  return select<u32>(tens + select<u32>(10, 0, tensAbove), units, s >= 10 && tensBelow != tensAbove)
}

// Reads one JSON number in any form as f32. The loop in `array.ts` reads the common form (digits, a point, digits)
// itself.
//
// The result has the bits of Math.fround(Number(text)): rounded to f64, then to f32, each to nearest. With integers up
// to 2^53 and powers up to 10^22, one f64 operation is exact (William D. Clinger, "How to read floating point numbers
// accurately", 1990). With larger ones the f64 is an estimate, with an error below 2^-49 of it. If both ends of that
// range are the same f32, this is the result. If not, which takes digits chosen for the purpose, the host's Number
// decides.

/** Returns the host's Math.fround(Number(text)) of the bytes from `start` to `end`. */
@external('codec', 'nearest')
declare function nearest(start: usize, end: usize): f32

/** 10^0 ... 10^22, exact in f64. */
export const TENS = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22
])
const MAX_EXACT_TEN = 22
const MAX_EXACT_INTEGER: u64 = 1 << 53
/** Nineteen digits always fit into 64 bits. */
const MAX_DIGITS = 19
/** A mantissa from 1 to 2^64 times a power of ten above the first is infinity in f32, below the second 0. */
const INFINITE_TEN = 60
const ZERO_TEN = -90
/** The largest relative error of an estimate: 2^-49. */
const MAX_ERROR: f64 = 1.0 / 562949953421312.0

/** The bytes of `null`. */
const NULL: u32 = 0x6c6c756e

/** The last number that `readNumber` read. */
export let value: f32 = 0

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10
}

/**
 * Reads the number at `at` into `value`. Returns the address after it, or 0 if there is none. `null` is read as NaN:
 * JSON has no infinity and no NaN, and a Qdrant server that stores one writes null. The bytes after the text must be
 * zero.
 */
export function readNumber(at: usize): usize {
  const start = at
  if (load<u32>(at) == NULL) {
    value = <f32>NaN
    return at + 4
  }
  const negative = load<u8>(at) == 0x2d
  if (negative) at++
  if (!isDigit(load<u8>(at))) return 0

  let mantissa: u64 = 0
  let digits = 0
  let ten: i64 = 0
  const leadingZero = load<u8>(at) == 0x30
  const whole = at
  for (let byte = <u32>load<u8>(at); isDigit(byte); byte = load<u8>(++at)) {
    if (digits < MAX_DIGITS) {
      mantissa = mantissa * 10 + (byte - 0x30)
      digits += i32(mantissa != 0)
    } else ten++
  }
  if (leadingZero && at - whole > 1) return 0
  if (load<u8>(at) == 0x2e) {
    if (!isDigit(load<u8>(++at))) return 0
    for (let byte = <u32>load<u8>(at); isDigit(byte); byte = load<u8>(++at)) {
      if (digits < MAX_DIGITS) {
        mantissa = mantissa * 10 + (byte - 0x30)
        digits += i32(mantissa != 0)
        ten--
      }
    }
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at++
    const sign = <u32>load<u8>(at)
    if (sign == 0x2d || sign == 0x2b) at++
    if (!isDigit(load<u8>(at))) return 0
    let power: i64 = 0
    for (let byte = <u32>load<u8>(at); isDigit(byte); byte = load<u8>(++at)) {
      // larger exponents have no effect: a text of up to 4 GiB has fewer digits
      if (power < 1000000000000) power = power * 10 + (byte - 0x30)
    }
    ten += sign == 0x2d ? -power : power
  }
  const magnitude = toFloat(mantissa, ten, start, at)
  value = negative ? -Mathf.abs(magnitude) : Mathf.abs(magnitude)
  return at
}

/** Returns `mantissa` x 10^`ten`, or the host's value of the text if that is too close to the middle of two f32. */
function toFloat(mantissa: u64, ten: i64, start: usize, end: usize): f32 {
  if (mantissa == 0 || ten < ZERO_TEN) return 0
  if (ten > INFINITE_TEN) return <f32>Infinity
  let estimate = <f64>mantissa
  let power = <i32>ten
  if (mantissa <= MAX_EXACT_INTEGER && abs(power) <= MAX_EXACT_TEN) {
    const scale = load<f64>(TENS + (<usize>abs(power) << 3))
    return <f32>(power < 0 ? estimate / scale : estimate * scale)
  }
  // one rounding of the mantissa, one for each step, and the digits after the nineteenth: in all below 7 x 2^-53
  for (; power > MAX_EXACT_TEN; power -= MAX_EXACT_TEN) estimate *= 1e22
  for (; power < -MAX_EXACT_TEN; power += MAX_EXACT_TEN) estimate /= 1e22
  const scale = load<f64>(TENS + (<usize>abs(power) << 3))
  estimate = power < 0 ? estimate / scale : estimate * scale
  const lowest = <f32>(estimate * (1 - MAX_ERROR))
  const highest = <f32>(estimate * (1 + MAX_ERROR))
  return lowest == highest ? lowest : nearest(start, end)
}

// Writes decimal digits as text, in the form that Rust's serde_json, and so a Qdrant server, writes an f32:
//
//   value = 0.DDDDDDDDD x 10^point        -5 <= point <= 0   0.00ddd
//                                          1 <= point <= 13   dd.ddd, dd00.0
//                                          otherwise          d.dde-8   (with a fraction even if it is 0: 1.0e-8)
//
// There is always a decimal point: without one, a Qdrant server can read two rows of whole numbers as a sparse vector.
// Digits are written eight at a time with their trailing zeros, and the end is then set before those zeros. So up to 8
// bytes after the text are written. A number takes at most 17 bytes.

import { exponent } from './shortest'

const ZEROS: u64 = 0x3030303030303030
/** The text `0.000000`. */
const ZERO_POINT_ZEROS: u64 = 0x3030303030302e30

/** 10^0 ... 10^9. */
const TENS = memory.data<u32>([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000])

/** Returns the number of decimal digits of `value`, which is not 0. */
// @ts-ignore: decorator
@inline
function digitCount(value: u32): i32 {
  // 1233 / 4096 is log10(2), rounded down
  const estimate = ((32 - clz<u32>(value)) * 1233) >> 12
  return estimate + i32(value >= load<u32>(TENS + (<usize>estimate << 2)))
}

/**
 * Returns eight digits of `value` < 10^8 in ASCII, the first in the lowest byte, split as 4 + 4, then 2 + 2 ..., then
 * 1.
 */
// @ts-ignore: decorator
@inline
function eightDigits(value: u32): u64 {
  const high: u64 = value / 10000
  const fours = high | ((<u64>value - high * 10000) << 32)
  const hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f
  const twos = hundreds | ((fours - hundreds * 100) << 16)
  const tens = ((twos * 103) >> 10) & 0x000f000f000f000f
  return (tens | ((twos - tens * 10) << 8)) + ZEROS
}

/**
 * Writes `digits` x 10^`exponent`, the results of `shortest`, to `out`. They are not 0. Returns the end of the text.
 */
// @ts-ignore: decorator
@inline
export function writeDecimal(digits: u32, out: usize): usize {
  const count = digitCount(digits)
  const point = count + exponent
  const nine = digits * load<u32>(TENS + (<usize>(9 - count) << 2))
  const first = nine / 100000000
  const rest = eightDigits(nine - first * 100000000)
  // the last digit is in the highest byte, so that leading zero bytes of the difference are trailing zeros
  const length = 8 - <i32>(clz<u64>(rest ^ ZEROS) >> 3)
  if (<u32>(point + 5) <= 5) {
    store<u64>(out, ZERO_POINT_ZEROS)
    out += 2 - point
    store<u8>(out, first + 0x30)
    store<u64>(out, rest, 1)
    return out + 1 + length
  }
  store<u8>(out, first + 0x30)
  if (<u32>(point - 1) <= 12) {
    store<u64>(out, rest, 1)
    store<u64>(out, ZEROS, 9)
    const fraction = point < 9 ? rest >> (<u64>(point - 1) << 3) : ZEROS
    out += point
    store<u8>(out, 0x2e)
    store<u64>(out, fraction, 1)
    return out + 1 + max(1, 1 + length - point)
  }
  store<u8>(out, 0x2e, 1)
  store<u64>(out, rest, 2)
  out += 2 + max(1, length)
  store<u8>(out++, 0x65)
  let power = point - 1
  if (power < 0) {
    store<u8>(out++, 0x2d)
    power = -power
  }
  if (power >= 10) store<u8>(out++, power / 10 + 0x30)
  store<u8>(out++, power % 10 + 0x30)
  return out
}

/** Writes `0.0`, and returns the end of the text. */
// @ts-ignore: decorator
@inline
export function writeZero(out: usize): usize {
  store<u32>(out, 0x302e30)
  return out + 3
}

// Reads a JSON array of numbers, or of rows of numbers, as f32.
//
// The common form of a number is [-]digits.digits in at most 16 characters. Sixteen characters are compared with
// '0' ... '9' at once, which finds the end of the number. A byte shuffle moves the digits to the right and removes the
// point. Three rounds of pairwise multiply-add combine them to one integer:
//
//   - 0 . 0 8 1 2 3 4 5 6 ,  ─▶  0 0 0 0 0 0 0 | 0 0 8 1 2 3 4 5 6  ─▶  8123456 / 10^8
//
// A quotient of an integer up to 10^15 and a power of ten up to 10^15 is correctly rounded in f64 (Clinger 1990), so
// that its f32 has the bits of Math.fround(Number(text)). This is 3.7 times as fast as a loop over the characters.
// Other forms of numbers are read by `number.ts`.

import { readNumber, TENS, value } from './number'

/** The number of numbers in the last array that `readArray` read. */
export let count: i32 = 0
/** The length of the array's rows, or -1 if its elements are numbers. */
export let dim: i32 = 0

/** The address of the next number. */
let out: usize = 0
/** Numbers are written below this address, 16 bytes before the end of the memory. */
let limit: usize = 0

const GROWTH_PAGES = 64

/** Returns the address after white space. */
// @ts-ignore: decorator
@inline
export function skipSpace(at: usize): usize {
  let byte = load<u8>(at)
  while (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09) byte = load<u8>(++at)
  return at
}

/**
 * Reads the array whose `[` is at `at`, writes its numbers to `target` as f32, and grows the memory for them. Returns
 * the address after the array, or 0 if it is not an array of numbers or of rows of equal length, or if the memory
 * cannot grow.
 */
export function readArray(at: usize, target: usize): usize {
  out = target
  limit = (<usize>memory.size() << 16) - 16
  at = skipSpace(at + 1)
  if (load<u8>(at) != 0x5b) {
    at = readRow(at)
    dim = -1
    count = <i32>((out - target) >> 2)
    return at
  }
  dim = -1
  while (true) {
    const first = out
    at = readRow(skipSpace(at + 1))
    if (at == 0) return 0
    const length = <i32>((out - first) >> 2)
    if (dim < 0) dim = length
    else if (length != dim) return 0
    at = skipSpace(at)
    const byte = load<u8>(at++)
    if (byte == 0x5d) break
    if (byte != 0x2c) return 0
    at = skipSpace(at)
    if (load<u8>(at) != 0x5b) return 0
  }
  count = <i32>((out - target) >> 2)
  return at
}

/** Reads numbers from after a `[` on. Returns the address after the `]`, or 0 if there is anything but numbers. */
function readRow(at: usize): usize {
  let target = out
  if (load<u8>(at) == 0x5d) return at + 1
  while (true) {
    // without calls in this loop, V8 keeps the constants in registers
    while (target < limit) {
      const byDigit = i8x16.sub(v128.load(at), i8x16.splat(0x30))
      const isOther = i8x16.ge_u(byDigit, i8x16.splat(10))
      const others = i8x16.bitmask(isOther) | 0xffff0000
      // a character before the first digit is the sign; the next character that is not a digit is the point
      const sign = others & 1
      const afterSign = others & -2
      const point = ctz<i32>(afterSign)
      const length = ctz<i32>(afterSign & (afterSign - 1))
      const whole = point - sign
      const byte = load<u8>(at + <usize>length)
      const isPlain =
        (byte == 0x2c || byte == 0x5d) &&
        load<u8>(at + <usize>point) == 0x2e &&
        length <= 16 &&
        length - point > 1 &&
        (whole == 1 || (whole > 0 && load<u8>(at + <usize>sign) != 0x30)) &&
        // the sign is a minus: tested without a branch, because signs are unpredictable
        (-sign & (load<u8>(at) ^ 0x2d)) == 0
      if (!isPlain) break
      const digits = i8x16.swizzle(
        v128.andnot(byDigit, isOther),
        v128.load(SHUFFLES + (<usize>((length << 4) + point) << 4))
      )
      const tens = i16x8.mul(v128.and(digits, i16x8.splat(0xff)), i16x8.splat(10))
      const twos = i16x8.add(tens, i16x8.shr_u(digits, 8))
      const fours = i32x4.dot_i16x8_s(twos, i16x8(100, 1, 100, 1, 100, 1, 100, 1))
      const packed = i16x8.narrow_i32x4_s(fours, fours)
      const eights = i32x4.dot_i16x8_s(packed, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1))
      const both = i64x2.extract_lane(eights, 0)
      const integer = (both & 0xffffffff) * 100000000 + (both >> 32)
      const number = <f32>(<f64>integer / load<f64>(TENS + (<usize>(length - point - 1) << 3)))
      store<u32>(target, reinterpret<u32>(number) | (<u32>sign << 31))
      target += 4
      at += <usize>length + 1
      if (byte == 0x5d) {
        out = target
        return at
      }
    }
    if (target >= limit) {
      if (memory.grow(GROWTH_PAGES) < 0) return 0
      limit = (<usize>memory.size() << 16) - 16
    }
    const number = skipSpace(at)
    if (number != at) {
      at = number
      continue
    }
    at = readNumber(at)
    if (at == 0) return 0
    store<f32>(target, value)
    target += 4
    at = skipSpace(at)
    const byte = load<u8>(at++)
    if (byte == 0x5d) {
      out = target
      return at
    }
    if (byte != 0x2c) break
  }
  return 0
}

/**
 * Shuffles that move the digits to the right and remove the point, for each length up to 16 and each position of the
 * point: the index of the character for each of 16 bytes, or 255 for 0.
 */
const SHUFFLES = memory.data(17 * 16 * 16)

/** Fills SHUFFLES. */
export function prepareShuffles(): void {
  for (let length = 0; length <= 16; length++) {
    for (let point = 0; point < 16; point++) {
      for (let to = 0; to < 16; to++) {
        let from = to - (16 - length)
        if (from <= point) from--
        store<u8>(SHUFFLES + <usize>((((length << 4) + point) << 4) + to), from < 0 ? 255 : from)
      }
    }
  }
}

// Changes the width of a picture: each pixel is a sum of pixels to the left and to the right. 16 lines are turned into columns, so
// that a vector has one byte of each line, and 64 pixels are made at a time, whose columns fit the cache:
//
//   16 lines ──turn──▶ columns of 16 bytes ──sum──▶ columns of 64 pixels ──turn──▶ 16 lines

import { PAIR_BYTES, sum } from './sum'

/** Lines that are resized together. */
export const BLOCK_LINES: i32 = 16
/** Pixels of a line that are made at a time. */
export const BLOCK_PIXELS: i32 = 64
/** Bytes of a pixel's columns. */
const COLUMN_BYTES: usize = 48

/** Turns 4 x 4 u32, given as four vectors, and stores them at distances of `step`. */
// @ts-ignore: decorator
@inline
function storeTurned(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5)
  const ef = v128.shuffle<u32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<u32>(c, d, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2))
  v128.store(to + step, v128.shuffle<u64>(ab, cd, 1, 3))
  v128.store(to + 2 * step, v128.shuffle<u64>(ef, gh, 0, 2))
  v128.store(to + 3 * step, v128.shuffle<u64>(ef, gh, 1, 3))
}

/** Turns 4 x 4 bytes. */
// @ts-ignore: decorator
@inline
function turned(bytes: v128): v128 {
  return v128.shuffle<u8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
}

/** Four bytes of each of four lines, turned. */
// @ts-ignore: decorator
@inline
function loadFour(from: usize, pitch: usize): v128 {
  const first = v128.load32_zero(from)
  const second = v128.load32_lane(from + pitch, first, 1)
  const third = v128.load32_lane(from + 2 * pitch, second, 2)
  return turned(v128.load32_lane(from + 3 * pitch, third, 3))
}

/** Writes 16 lines of `length` bytes as columns of 16 bytes. Reads and writes a multiple of four bytes. */
function toColumns(from: usize, pitch: usize, length: usize, to: usize): void {
  for (let x: usize = 0; x < length; x += 4) {
    const line = from + x
    storeTurned(
      loadFour(line, pitch),
      loadFour(line + 4 * pitch, pitch),
      loadFour(line + 8 * pitch, pitch),
      loadFour(line + 12 * pitch, pitch),
      to + x * 16,
      16,
    )
  }
}

/** Writes four bytes of each of four lines. */
// @ts-ignore: decorator
@inline
function storeFour(columns: v128, to: usize, pitch: usize): void {
  const lines = turned(columns)
  v128.store32_lane(to, lines, 0)
  v128.store32_lane(to + pitch, lines, 1)
  v128.store32_lane(to + 2 * pitch, lines, 2)
  v128.store32_lane(to + 3 * pitch, lines, 3)
}

/** Writes columns of 16 bytes as 16 lines of `length` bytes. Reads and writes a multiple of four bytes. */
function toLines(from: usize, length: usize, to: usize, pitch: usize): void {
  for (let x: usize = 0; x < length; x += 4) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48)
    const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5)
    const ef = v128.shuffle<u32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<u32>(c, d, 2, 6, 3, 7)
    storeFour(v128.shuffle<u64>(ab, cd, 0, 2), to, pitch)
    storeFour(v128.shuffle<u64>(ab, cd, 1, 3), to + 4 * pitch, pitch)
    storeFour(v128.shuffle<u64>(ef, gh, 0, 2), to + 8 * pitch, pitch)
    storeFour(v128.shuffle<u64>(ef, gh, 1, 3), to + 12 * pitch, pitch)
    from += 64
    to += 4
  }
}

/**
 * Writes 16 lines of `width` pixels. `from` and `to`: lines at distances of `fromPitch` and `toPitch` bytes. For pixel `i`,
 * `starts[i]` is the first pixel of `from`, `pairs[i]` the number of its pairs of weights, and `weights` has room for `stride`
 * pairs. `columns`: room for the columns of `BLOCK_PIXELS` pixels, and behind them for those of which these are made.
 */
export function resizeLines(
  from: usize,
  fromPitch: usize,
  starts: usize,
  pairs: usize,
  weights: usize,
  stride: i32,
  columns: usize,
  to: usize,
  toPitch: usize,
  width: i32,
): void {
  const sources = columns + <usize>BLOCK_PIXELS * COLUMN_BYTES
  for (let done = 0; done < width; done += BLOCK_PIXELS) {
    const count = min(BLOCK_PIXELS, width - done)
    // the last pixel of a block reaches farthest
    const last = (count - 1) << 2
    const start = <usize>load<u32>(starts), end = <usize>load<u32>(starts + last) + 2 * <usize>load<u32>(pairs + last)
    toColumns(from + start * 3, fromPitch, (end - start) * 3, sources)
    let out = columns
    for (let x = 0; x < count; x++) {
      const first = sources + (<usize>load<u32>(starts) - start) * COLUMN_BYTES, number = load<i32>(pairs)
      sum(first, COLUMN_BYTES, weights, number, out)
      sum(first + 16, COLUMN_BYTES, weights, number, out + 16)
      sum(first + 32, COLUMN_BYTES, weights, number, out + 32)
      out += COLUMN_BYTES
      starts += 4
      pairs += 4
      weights += stride * PAIR_BYTES
    }
    toLines(columns, count * 3, to + done * 3, toPitch)
  }
}

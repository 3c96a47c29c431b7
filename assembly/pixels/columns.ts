// Changes the height of a picture: each line is a sum of lines above and below.

import { PAIR_BYTES, sum } from './sum'

/**
 * Writes `height` lines. `from` and `to`: lines at distances of `fromPitch` and `toPitch` bytes, of which `length` bytes are pixels.
 * For line `i`, `starts[i]` is the first line of `from`, `pairs[i]` the number of its pairs of weights, and `weights` has room for
 * `stride` pairs. Lines are written in whole vectors, and read in whole vectors.
 */
export function resizeColumns(
  from: usize,
  fromPitch: usize,
  length: usize,
  starts: usize,
  pairs: usize,
  weights: usize,
  stride: i32,
  to: usize,
  toPitch: usize,
  height: i32,
): void {
  for (let y = 0; y < height; y++) {
    const first = from + <usize>load<u32>(starts) * fromPitch, count = load<i32>(pairs)
    for (let x: usize = 0; x < length; x += 16) sum(first + x, fromPitch, weights, count, to + x)
    starts += 4
    pairs += 4
    weights += stride * PAIR_BYTES
    to += toPitch
  }
}

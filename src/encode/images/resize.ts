// Resizes images as Pillow 13.0.0 does, bit for bit: one pass along lines and one along columns, with bytes between them.
//
//   byte = clip((2^21 + Σ weight · byte) >> 22)
//
// No other resize gives these bytes: sharp enlarges by interpolation, and a canvas does not say how it resizes.
// Pillow 12 and older always resize lines first, so some tall images differ there.

import type { RgbImage } from './image-types.js'
import { type FilterNumber, WEIGHT_BITS, type Weights, weightsOf } from './resize-filter.js'

const HALF = 1 << (WEIGHT_BITS - 1)

type Bytes = RgbImage['data']

/** Returns an image of another size; the same image if the size is the same. */
export function resizeImage(image: RgbImage, width: number, height: number, filter: FilterNumber): RgbImage {
  const lost = { width: image.width - width, height: image.height - height }
  const columnsFirst = lost.height > 0 && lost.height > 2 * lost.width
  const resizeHeight = (source: RgbImage): RgbImage =>
    source.height === height
      ? source
      : resizeColumns(source, weightsOf(source.height, height, filter), height)
  const resizeWidth = (source: RgbImage): RgbImage =>
    source.width === width ? source : resizeLines(source, weightsOf(source.width, width, filter), width)
  return columnsFirst ? resizeWidth(resizeHeight(image)) : resizeHeight(resizeWidth(image))
}

/** Changes the width: each pixel is a sum of its neighbours to the left and to the right. */
function resizeLines(
  { data, width, height }: RgbImage,
  { stride, starts, counts, weights }: Weights,
  newWidth: number,
) {
  const result = new Uint8ClampedArray(newWidth * height * 3)
  let to = 0
  for (let y = 0; y < height; y++) {
    const line = y * width * 3
    for (let x = 0; x < newWidth; x++) {
      let from = line + starts[x]! * 3
      let [red, green, blue] = [HALF, HALF, HALF]
      for (let k = x * stride, end = k + counts[x]!; k < end; k++, from += 3) {
        const weight = weights[k]!
        red += Math.imul(data[from]!, weight)
        green += Math.imul(data[from + 1]!, weight)
        blue += Math.imul(data[from + 2]!, weight)
      }
      // the shift rounds down, and the array clips
      result[to] = red >> WEIGHT_BITS
      result[to + 1] = green >> WEIGHT_BITS
      result[to + 2] = blue >> WEIGHT_BITS
      to += 3
    }
  }
  return { data: result, width: newWidth, height }
}

/** Changes the height: each line is a sum of the lines above and below. */
function resizeColumns({ data, width, height: _ }: RgbImage, weights: Weights, newHeight: number): RgbImage {
  const length = width * 3
  const result = new Uint8ClampedArray(length * newHeight)
  const sums = new Int32Array(length)
  for (let y = 0; y < newHeight; y++) {
    addLines(sums, data, weights, y)
    for (let x = 0, to = y * length; x < length; x++, to++) result[to] = sums[x]! >> WEIGHT_BITS
  }
  return { data: result, width, height: newHeight }
}

/** Sums the lines of which output line `y` is made, four at a time, so that `sums` is read and written less often. */
function addLines(
  sums: Int32Array,
  data: Bytes,
  { stride, starts, counts, weights }: Weights,
  y: number,
): void {
  const length = sums.length
  const [first, count] = [y * stride, counts[y]!]
  let line = starts[y]! * length
  sums.fill(HALF)
  let k = 0
  for (; k + 4 <= count; k += 4, line += 4 * length) {
    const at = first + k
    const [w0, w1, w2, w3] = [weights[at]!, weights[at + 1]!, weights[at + 2]!, weights[at + 3]!]
    const [second, third, fourth] = [line + length, line + 2 * length, line + 3 * length]
    for (let x = 0; x < length; x++) {
      sums[x]! +=
        Math.imul(data[line + x]!, w0) +
        Math.imul(data[second + x]!, w1) +
        Math.imul(data[third + x]!, w2) +
        Math.imul(data[fourth + x]!, w3)
    }
  }
  for (; k < count; k++, line += length) {
    const weight = weights[first + k]!
    for (let x = 0; x < length; x++) sums[x]! += Math.imul(data[line + x]!, weight)
  }
}

// Pillow's resize in plain TypeScript, without regard to speed: what the kernel of pictures is compared with.

import type { RgbImage } from '../../src/encode/images/image-types.js'
import { type FilterNumber, weightsOf } from '../../src/encode/images/resize-filter.js'
import { WEIGHT_BITS } from '../../src/kernel/constants.generated.js'
import type { Weights } from '../../src/kernel/pixels/pixel-kernel.js'

/** Returns an image of another width. */
export function resizeLinesPlainly({ data, width, height }: RgbImage, weights: Weights): RgbImage {
  const newWidth = weights.starts.length
  const result = new Uint8ClampedArray(newWidth * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const from = (y * width + weights.starts[x]!) * 3 + channel
        result[(y * newWidth + x) * 3 + channel] = sumOf(data, from, 3, weights, x)
      }
    }
  }
  return { data: result, width: newWidth, height }
}

/** Returns an image of another height. */
export function resizeColumnsPlainly({ data, width }: RgbImage, weights: Weights): RgbImage {
  const height = weights.starts.length
  const length = width * 3
  const result = new Uint8ClampedArray(length * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < length; x++) {
      result[y * length + x] = sumOf(data, weights.starts[y]! * length + x, length, weights, y)
    }
  }
  return { data: result, width, height }
}

/** The byte `i` of the result, not clipped: the bytes at `from`, `from + step` and so on times their weights. */
function sumOf(
  data: RgbImage['data'],
  from: number,
  step: number,
  { stride, counts, weights }: Weights,
  i: number,
) {
  let sum = 1 << (WEIGHT_BITS - 1)
  for (let k = 0; k < counts[i]!; k++) sum += Math.imul(data[from + k * step]!, weights[i * stride + k]!)
  return sum >> WEIGHT_BITS
}

/** Returns an image of another size, as Pillow 13 does. */
export function resizePlainly(
  image: RgbImage,
  [width, height]: readonly [width: number, height: number],
  filter: FilterNumber,
): RgbImage {
  const [lostWidth, lostHeight] = [image.width - width, image.height - height]
  const lines = (source: RgbImage) =>
    lostWidth === 0 ? source : resizeLinesPlainly(source, weightsOf(source.width, width, filter))
  const columns = (source: RgbImage) =>
    lostHeight === 0 ? source : resizeColumnsPlainly(source, weightsOf(source.height, height, filter))
  return lostHeight > 0 && lostHeight > 2 * lostWidth ? lines(columns(image)) : columns(lines(image))
}

// Resizes an image with a kernel.

import type { RgbImage } from '../../src/encode/images/image-types.js'
import { resizePicture } from '../../src/encode/images/resize.js'
import type { FilterNumber } from '../../src/encode/images/resize-filter.js'
import type { PixelKernel } from '../../src/kernel/pixels/pixel-kernel.js'

/** Returns an image of another size. */
export const resizeImage = (
  kernel: PixelKernel,
  image: RgbImage,
  size: readonly [width: number, height: number],
  filter: FilterNumber,
): RgbImage => kernel.read(resizePicture(kernel, kernel.load(image), size, filter))

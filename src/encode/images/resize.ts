// Resizes pictures as Pillow 13.0.0 does, bit for bit: one pass along lines and one along columns, with bytes between them. No other
// resize has these bytes: sharp enlarges by interpolation, and a canvas does not say how it resizes. Pillow 12 and older always
// resize lines first, so some tall images differ there.

import type { Picture, PixelKernel } from '../../kernel/pixels/pixel-kernel.js'
import { type FilterNumber, weightsOf } from './resize-filter.js'

/** Returns a picture of another size; the same picture if the size is the same. */
export function resizePicture(
  kernel: PixelKernel,
  picture: Picture,
  [width, height]: readonly [width: number, height: number],
  filter: FilterNumber,
): Picture {
  const lost = { width: picture.width - width, height: picture.height - height }
  const columnsFirst = lost.height > 0 && lost.height > 2 * lost.width
  const resizeHeight = (source: Picture): Picture =>
    lost.height === 0 ? source : kernel.resizeColumns(source, weightsOf(source.height, height, filter))
  const resizeWidth = (source: Picture): Picture =>
    lost.width === 0 ? source : kernel.resizeLines(source, weightsOf(source.width, width, filter))
  return columnsFirst ? resizeWidth(resizeHeight(picture)) : resizeHeight(resizeWidth(picture))
}

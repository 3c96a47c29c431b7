// Draws the heat of a page's patches over its picture, as SVG. The patches of tiles are drawn over those of the whole image,
// which are larger and less precise.

import { checkKnownOptions } from '../../base/check-options.js'
import { printable } from '../../base/printable.js'
import type { PageLayout } from '../../collection/page-layout.js'
import type { PatchHeat } from './patch-heat.js'

/** The picture under a heat map. */
export interface HeatMapPicture {
  /** The bytes of a PNG, JPEG or WebP file. */
  readonly bytes: Uint8Array
  /** Default: `image/png`. */
  readonly type?: 'image/png' | 'image/jpeg' | 'image/webp' | undefined
}

/** The options of `drawHeatMap`. */
export interface HeatMapOptions {
  /** The picture of the page. Default: white. */
  readonly picture?: HeatMapPicture | undefined
  /** A title, which viewers show and screen readers read. Default: `Heat map`. */
  readonly title?: string | undefined
  /** Patches with less heat are not drawn, from 0 to 1. Default: 0.5. */
  readonly least?: number | undefined
}

const OPTIONS = ['picture', 'title', 'least'] as const
/** Opacity of the hottest patch. */
const MAX_OPACITY = 0.6

/**
 * Draws a heat map as the text of an SVG file, in pixels of the page's image.
 *
 * @throws TypeError or RangeError if an option is invalid
 *
 * @example
 * import { drawHeatMap, patchHeat } from 'maxsimd/pages'
 *
 * const layout = { width: 200, height: 100, rows: 4, tiles: { rows: 0, columns: 0 }, side: 2, starts: [0] }
 * const heat = patchHeat([[0, 1]], [[1, 0], [0, 1], [1, 0], [1, 0]], layout)
 * const svg = drawHeatMap(heat, layout, { title: 'invoice' })
 * svg.includes('<rect x="100" y="0" width="100" height="50" fill-opacity="0.6"/>') // true
 */
export function drawHeatMap(
  heat: readonly PatchHeat[],
  layout: PageLayout,
  options: HeatMapOptions = {},
): string {
  checkKnownOptions(options, OPTIONS, 'drawHeatMap')
  const { picture, title = 'Heat map', least = 0.5 } = options
  if (!(least >= 0 && least <= 1))
    throw new RangeError(`"least" expected a number from 0 to 1, got ${String(least)}`)
  const { width, height } = layout
  const size = `width="${width}" height="${height}"`
  const whole = layout.starts.length - 1
  const drawn = heat.filter(({ heat, patch }) => heat >= least && (whole === 0 || patch.tile < whole))
  const rectangles = drawn.map(({ heat, patch }) => rectangleOf(patch.rectangle, heat))
  const image =
    picture && `<image ${size} href="data:${picture.type ?? 'image/png'};base64,${base64(picture.bytes)}"/>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${size} role="img">`,
    `<title>${escapeText(title)}</title>`,
    image ?? `<rect ${size} fill="white"/>`,
    '<g fill="#e0004d">',
    ...rectangles,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function rectangleOf({ x, y, width, height }: PatchHeat['patch']['rectangle'], heat: number): string {
  const round = (value: number) => Number(value.toFixed(2))
  const opacity = round(heat * heat * MAX_OPACITY)
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill-opacity="${opacity}"/>`
}

const escapeText = (text: string) =>
  printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Base64, in pieces, because the number of arguments of a function is limited. */
function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 32_768) text += String.fromCharCode(...bytes.subarray(i, i + 32_768))
  return btoa(text)
}

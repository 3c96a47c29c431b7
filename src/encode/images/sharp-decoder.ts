// Decodes image files in Node with sharp, an optional peer that comes with @huggingface/transformers. Its decoders are
// those of Pillow (libjpeg-turbo, libpng, libwebp), so the pixels are equal, if it is kept from what Pillow does not do:
// converting by colour profiles, and scaling of 16 bits.

import { MissingPackageError } from '../../base/errors.js'
import { messageOf } from '../../base/is-a.js'
import type { DecodedFile, RgbImage } from './image-types.js'

/** The members of sharp that are used. */
interface SharpImage {
  metadata(): Promise<SharpMetadata>
  toColourspace(space: string): SharpImage
  pipelineColourspace(space: string): SharpImage
  removeAlpha(): SharpImage
  raw(options?: { readonly depth: 'ushort' }): SharpImage
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array
    readonly info: { readonly channels: number }
  }>
}

interface SharpMetadata {
  readonly width: number
  readonly height: number
  readonly format: string
  readonly space: string
  readonly depth: string
  readonly channels: number
  readonly orientation?: number
}

type Sharp = (bytes: Uint8Array, options: object) => SharpImage

/** sharp also renders SVG and PDF files, which Pillow refuses. */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']

/** Imports the package. The name is not written inside `import()`, so that a bundler does not need it. */
async function loadSharp(name = 'sharp'): Promise<Sharp> {
  try {
    const { default: sharp } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as {
      default: Sharp
    }
    return sharp
  } catch (cause) {
    const otherwise = `or pass pixels as { data, width, height } (${messageOf(cause)})`
    throw new MissingPackageError(name, 'an image file', otherwise, cause)
  }
}

/** Decodes a file. `checkSize` throws if it has too many pixels. */
export async function decodeWithSharp(
  bytes: Uint8Array,
  checkSize: (width: number, height: number) => void,
): Promise<DecodedFile> {
  const sharp = await loadSharp()
  // the own limit of pixels is checked first
  const open = () => sharp(bytes, { ignoreIcc: true, limitInputPixels: false, failOn: 'error' })
  const metadata = await open().metadata()
  const { width, height, format, space, depth, channels, orientation = 1 } = metadata
  if (!FORMATS.includes(format)) throw new Error(`its format is ${format}`)
  checkSize(width, height)
  const size = { width, height }
  if (space === 'cmyk') return { image: await decodeCmyk(open(), size), orientation }
  if (depth === 'ushort' && channels === 1) return { image: await decodeWideGrey(open(), size), orientation }
  const opaque = open().toColourspace('srgb').removeAlpha().raw()
  const { data, info } = await opaque.toBuffer({ resolveWithObject: true })
  return {
    image: { data: info.channels === 3 ? data : spread(data, size, info.channels), ...size },
    orientation,
  }
}

type Size = Pick<RgbImage, 'width' | 'height'>

/** Pixels of grey bytes, the first of `channels` each, as red, green and blue. */
function spread(data: ArrayLike<number>, { width, height }: Size, channels: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) rgb.fill(data[i * channels]!, i * 3, i * 3 + 3)
  return rgb
}

/** Pillow clips grey values of 16 bits at 255. */
async function decodeWideGrey(image: SharpImage, size: Size): Promise<RgbImage> {
  const raw = image.toColourspace('grey16').raw({ depth: 'ushort' })
  const { data, info } = await raw.toBuffer({ resolveWithObject: true })
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
  return {
    data: spread(
      values.map(value => Math.min(255, value)),
      size,
      info.channels,
    ),
    ...size,
  }
}

/** Pillow's conversion, which knows no profile: each ink takes its share of the light that black leaves. */
async function decodeCmyk(image: SharpImage, size: Size): Promise<RgbImage> {
  const raw = image.pipelineColourspace('cmyk').toColourspace('cmyk').raw()
  const { data } = await raw.toBuffer({ resolveWithObject: true })
  const rgb = new Uint8Array(size.width * size.height * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const light = 255 - data[from + 3]!
    for (let ink = 0; ink < 3; ink++) {
      // a product of bytes divided by 255, rounded
      const product = data[from + ink]! * light + 128
      rgb[to + ink] = Math.max(0, light - ((product + (product >> 8)) >> 8))
    }
  }
  return { data: rgb, ...size }
}

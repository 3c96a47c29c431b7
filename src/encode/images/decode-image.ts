// Decodes images to the pixels that Pillow's `Image.open(file).convert('RGB')` has: not turned by EXIF, without colour
// profiles, with alpha dropped, and the first frame of several.

import { checkBoolean, wholeNumber } from '../../base/check-options.js'
import { isA, messageOf } from '../../base/is-a.js'
import { isNode, nodeModule } from '../../base/node-module.js'
import { typeName } from '../../base/type-name.js'
import { decodeInBrowser } from './browser-decoder.js'
import { turnImage } from './exif.js'
import { sizeInFile } from './image-size.js'
import {
  type DecodeOptions,
  ImageError,
  type ImagePlace,
  type ImageSource,
  MAX_PIXELS,
  nameOfImage,
  type RawImage,
  type RgbImage,
} from './image-types.js'
import { decodeWithSharp } from './sharp-decoder.js'

/** The options of decoding, with their defaults. */
export interface ParsedDecodeOptions {
  readonly orient: boolean
  readonly maxPixels: number
}

/** @throws TypeError or RangeError if an option is invalid */
export const parseDecodeOptions = ({ orient, maxPixels }: DecodeOptions): ParsedDecodeOptions => ({
  orient: checkBoolean(orient ?? false, 'orient'),
  maxPixels: wholeNumber(maxPixels ?? MAX_PIXELS, 'maxPixels', 1),
})

/**
 * Decodes an image. `index` is its index in the caller's list, for errors.
 *
 * @throws TypeError if `input` is not an image
 * @throws ImageError if there is no such file, it cannot be decoded, or it has too many pixels
 * @throws MissingPackageError if the file must be decoded in Node and the package sharp is not installed
 */
export async function decodeImage(
  input: ImageSource,
  { orient, maxPixels }: ParsedDecodeOptions,
  index?: number,
): Promise<RgbImage> {
  const place = { index, file: fileOf(input) }
  if (isRaw(input)) return readPixels(input, place, maxPixels)
  const bytes = await readBytes(input, place)
  const checkSize = (width: number, height: number) => {
    if (width * height <= maxPixels) return
    throw new ImageError(
      place,
      `has ${width} x ${height} pixels, more than ${maxPixels}; scale it down, or raise "maxPixels"`,
      'pixels',
    )
  }
  const size = sizeInFile(bytes)
  if (size) checkSize(size.width, size.height)
  try {
    const decode = isNode() ? decodeWithSharp : decodeInBrowser
    const { image, orientation } = await decode(bytes, checkSize)
    return orient ? turnImage(image, orientation) : image
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown }
    if (cause instanceof ImageError || code === 'ERR_MISSING_PACKAGE') throw cause
    throw new ImageError(
      place,
      `is not an image that can be decoded (${messageOf(cause)}); pass a PNG, JPEG, WebP, GIF or TIFF file, or pixels`,
      'format',
      cause,
    )
  }
}

/** The path of an image, for errors. */
export const fileOf = (input: unknown): string | undefined => {
  if (typeof input === 'string') return input
  if (input instanceof URL) return input.href
  const { name } = Object(input) as { readonly name?: unknown }
  return typeof name === 'string' && name !== '' ? name : undefined
}

const isRaw = (input: unknown): input is RawImage =>
  typeof input === 'object' && input !== null && 'data' in input && 'width' in input

/** Pixels of 3 bytes from pixels of 3 or 4. */
function readPixels({ data, width, height }: RawImage, place: ImagePlace, maxPixels: number): RgbImage {
  const name = nameOfImage(place)
  for (const [side, value] of [
    ['width', width],
    ['height', height],
  ] as const)
    wholeNumber(value, `${name.replaceAll('"', '')}.${side}`, 1)
  const count = width * height
  if (count > maxPixels) {
    const problem = `has ${width} x ${height} pixels, more than ${maxPixels}; scale it down, or raise "maxPixels"`
    throw new ImageError(place, problem, 'pixels')
  }
  if (!isA(data, 'Uint8Array') && Object.prototype.toString.call(data) !== '[object Uint8ClampedArray]') {
    throw new TypeError(`${name} expected "data" with bytes of pixels, got ${typeName(data)}`)
  }
  if (data.length === count * 3) return { data, width, height }
  if (data.length !== count * 4) {
    throw new RangeError(
      `${name} expected ${count * 3} or ${count * 4} bytes for ${width} x ${height} pixels, got ${data.length}`,
    )
  }
  const rgb = new Uint8Array(count * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from]!
    rgb[to + 1] = data[from + 1]!
    rgb[to + 2] = data[from + 2]!
  }
  return { data: rgb, width, height }
}

/** The bytes of a file. */
async function readBytes(input: unknown, place: ImagePlace): Promise<Uint8Array> {
  if (isA(input, 'Uint8Array')) return input
  if (isA(input, 'ArrayBuffer')) return new Uint8Array(input)
  if (typeof (input as Partial<Blob> | null)?.arrayBuffer === 'function') {
    return new Uint8Array(await (input as Blob).arrayBuffer())
  }
  if (typeof input === 'string' || input instanceof URL) return readFile(input, place)
  throw new TypeError(
    `${nameOfImage(place)} expected a path, bytes, a Blob or pixels as { data, width, height }, got ${typeName(input)}`,
  )
}

async function readFile(path: string | URL, place: ImagePlace): Promise<Uint8Array> {
  const fs = await nodeModule<{ readFile(path: string | URL): Promise<Uint8Array> }>('node:fs/promises')
  const isRemote = /^(?:https?|data|blob):/.test(String(path))
  if (!fs || isRemote) {
    const remedy = 'fetch it, and pass the Blob: await (await fetch(url)).blob()'
    throw new TypeError(`${nameOfImage(place)} expected a file that can be opened here; ${remedy}`)
  }
  try {
    return await fs.readFile(path)
  } catch (cause) {
    throw new ImageError(place, `cannot be read (${messageOf(cause)}); check the path`, 'missing', cause)
  }
}

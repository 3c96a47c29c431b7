// What an encoder takes as an image, what a decoder returns, and the error for an image that cannot be used.

/** Pixels of 3 bytes, red, green and blue, line after line. */
export interface RgbImage {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
}

/** The pixels of a file as they are stored, and how it says they are to be turned. */
export interface DecodedFile {
  readonly image: RgbImage
  /** The orientation of EXIF, from 1 (as stored) to 8. */
  readonly orientation: number
}

/**
 * Pixels in memory: `width * height` of 3 bytes (red, green, blue) or 4, as in ImageData. The fourth, alpha, is ignored.
 */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
}

/**
 * An image: the path of a file or a file: URL (Node only), the bytes of a file (PNG, JPEG, WebP, GIF, TIFF), a Blob of such
 * bytes, or pixels, for example ImageData.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | RawImage

/** How images are decoded. */
export interface DecodeOptions {
  /**
   * Whether an image is turned as the orientation in its EXIF data says. Default: false, as in FastEmbed, for which a
   * photo of a page may lie on its side.
   */
  readonly orient?: boolean | undefined
  /**
   * Maximum number of pixels of an image: those of a small file may fill the memory. Default: 89,478,485,
   * above which Pillow warns.
   */
  readonly maxPixels?: number | undefined
}

/** The default of `maxPixels`: Pillow's `MAX_IMAGE_PIXELS`. */
export const MAX_PIXELS = 89_478_485

/** Thrown for an image that cannot be encoded. */
export class ImageError extends RangeError {
  override readonly name = 'ImageError'
  readonly code = 'ERR_IMAGE'
  /** Index of the image in the argument of `images`; undefined if it is not in a list. */
  readonly index: number | undefined
  /** `missing`: there is no such file. `format`: it is not an image that can be decoded. `pixels`: it has too many pixels. */
  readonly reason: 'missing' | 'format' | 'pixels'

  /** `place` names the image, `problem` is the message after it. */
  constructor(place: ImagePlace, problem: string, reason: ImageError['reason'], cause?: unknown) {
    super(`${nameOfImage(place)} ${problem}`, { cause })
    this.index = place.index
    this.reason = reason
  }
}

/** Names an image in errors: its index in a list, and its file. */
export interface ImagePlace {
  readonly index: number | undefined
  readonly file: string | undefined
}

/** The name of an image in errors. */
export const nameOfImage = ({ index, file }: ImagePlace): string => {
  const name = index === undefined ? '"image"' : `"images[${index}]"`
  return file === undefined ? name : `${name} (${file})`
}

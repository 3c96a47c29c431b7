// The orientation in the EXIF data of JPEG, PNG and WebP files, and images turned by it.
//
//   JPEG   segments: FF, marker, length, content       EXIF in the segment E1 that begins with "Exif\0\0"
//   PNG    chunks: length, type, content, checksum       in the chunk eXIf
//   WebP   chunks: type, length, content, padded to 2     in the chunk EXIF

import type { RgbImage } from './image-types.js'

/** Where a file has its EXIF data, and what they say. */
export interface Exif {
  /** Index of the four letters that name them. */
  readonly offset: number
  /** From 1 (as stored) to 8. */
  readonly orientation: number
}

const ORIENTATION = 0x0112

/** Finds the EXIF data of a file. Returns undefined for a file without EXIF data. */
export function findExif(bytes: Uint8Array): Exif | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isAt = (at: number, text: string) =>
    String.fromCharCode(...bytes.subarray(at, at + text.length)) === text
  if (isAt(0, '\xff\xd8')) return findInJpeg(view, isAt)
  if (isAt(0, '\x89PNG')) {
    for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
      const end = at + 8 + view.getUint32(at)
      if (isAt(at + 4, 'eXIf')) return exifAt(view, at + 4, at + 8, end)
    }
  }
  if (isAt(0, 'RIFF') && isAt(8, 'WEBP')) {
    for (let at = 12; at + 8 <= bytes.length; ) {
      const length = view.getUint32(at + 4, true)
      if (isAt(at, 'EXIF')) return exifAt(view, at, at + 8, at + 8 + length)
      at += 8 + length + (length % 2)
    }
  }
  return undefined
}

function findInJpeg(view: DataView, isAt: (at: number, text: string) => boolean): Exif | undefined {
  for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1)
    const length = view.getUint16(at + 2)
    // the scan follows the header
    if (marker === 0xda) return undefined
    if (marker === 0xe1 && isAt(at + 4, 'Exif\0\0')) return exifAt(view, at + 4, at + 10, at + 2 + length)
    // a filler byte
    at += marker === 0xff ? 1 : 2 + length
  }
  return undefined
}

/** EXIF data whose TIFF header is between two indices. */
const exifAt = (view: DataView, offset: number, start: number, end: number): Exif => ({
  offset,
  orientation: orientationIn(view, start, Math.min(end, view.byteLength)),
})

/** The orientation in a TIFF header between two indices. Default: 1. */
function orientationIn(view: DataView, start: number, end: number): number {
  const isLittle = start + 8 <= end && view.getUint16(start) === 0x4949
  const directory = start + 8 <= end ? start + view.getUint32(start + 4, isLittle) : end
  if (directory + 2 > end) return 1
  const count = view.getUint16(directory, isLittle)
  for (let i = 0, at = directory + 2; i < count && at + 12 <= end; i++, at += 12) {
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue
    const value = view.getUint16(at + 8, isLittle)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/** Returns a file whose EXIF data no browser finds: `imageOrientation: 'none'` does not stop all of them from turning. */
export function withoutExif(bytes: Uint8Array, { offset }: Exif): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[offset + 3] = 'x'.charCodeAt(0)
  return copy
}

/** Turns and mirrors an image as an orientation says. */
export function turnImage(image: RgbImage, orientation: number): RgbImage {
  if (orientation < 2 || orientation > 8) return image
  const { data, width, height } = image
  const swaps = orientation >= 5
  const [newWidth, newHeight] = swaps ? [height, width] : [width, height]
  // the first pixel of the result is at the right, or at the bottom, of the image
  const fromRight = [2, 3, 7, 8].includes(orientation)
  const fromBottom = [3, 4, 6, 7].includes(orientation)
  const result = new Uint8ClampedArray(data.length)
  for (let y = 0, to = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++, to += 3) {
      const [column, line] = swaps ? [y, x] : [x, y]
      const fromX = fromRight ? width - 1 - column : column
      const fromY = fromBottom ? height - 1 - line : line
      const from = (fromY * width + fromX) * 3
      result[to] = data[from]!
      result[to + 1] = data[from + 1]!
      result[to + 2] = data[from + 2]!
    }
  }
  return { data: result, width: newWidth, height: newHeight }
}

// Reads the size of an image from the beginning of its file. A browser decodes a file as a whole, so a decompression bomb
// must be found before.

/** The size of an image in pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** The size of a PNG, JPEG, GIF, WebP or BMP file. Returns undefined for other files. */
export function sizeInFile(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const startsWith = (text: string, at = 0) =>
    String.fromCharCode(...bytes.subarray(at, at + text.length)) === text
  const has = (length: number) => bytes.length >= length
  if (startsWith('\x89PNG') && has(24)) return { width: view.getUint32(16), height: view.getUint32(20) }
  if (startsWith('GIF8') && has(10))
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
  if (startsWith('BM') && has(26)) {
    return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) }
  }
  if (startsWith('RIFF') && startsWith('WEBP', 8) && has(30)) return sizeInWebP(view, startsWith)
  return startsWith('\xff\xd8') ? sizeInJpeg(view) : undefined
}

/** Lossy files have 14 bits of each side, lossless ones 14 bits less 1, extended ones 24 bits less 1. */
function sizeInWebP(
  view: DataView,
  startsWith: (text: string, at: number) => boolean,
): ImageSize | undefined {
  if (startsWith('VP8 ', 12)) {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  }
  if (startsWith('VP8L', 12)) {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (!startsWith('VP8X', 12)) return undefined
  const side = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536 + 1
  return { width: side(24), height: side(27) }
}

/** The size is in the segment that begins a frame: markers C0 to CF, but C4, C8 and CC. */
function sizeInJpeg(view: DataView): ImageSize | undefined {
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1)
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    }
    // a filler byte
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return undefined
}

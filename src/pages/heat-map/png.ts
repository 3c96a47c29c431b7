// Writes PNG files of 8-bit RGB (RFC 2083), compressed by the platform. Pages have large areas of one colour, so the filter
// "up" is enough.

import { concatBytes } from '../../base/concat-bytes.js'

/** Pixels of 3 bytes, line after line. */
export interface PngPixels {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const UP = 2

/**
 * Encodes pixels (red, green, blue) as a PNG file.
 *
 * @throws RangeError if `data` has another length than `width * height * 3`
 *
 * @example
 * import { encodePng } from 'maxsimd/pages'
 *
 * const red = { data: Uint8Array.from([255, 0, 0]), width: 1, height: 1 }
 * const file = await encodePng(red)
 * String.fromCharCode(...file.subarray(1, 4)) // 'PNG'
 */
export async function encodePng({ data, width, height }: PngPixels): Promise<Uint8Array> {
  const line = width * 3
  if (data.length !== line * height) {
    throw new RangeError(
      `"data" expected ${line * height} bytes for ${width} x ${height} pixels, got ${data.length}`,
    )
  }
  const filtered = new Uint8Array((line + 1) * height)
  for (let y = 0; y < height; y++) {
    const to = y * (line + 1)
    filtered[to] = UP
    for (let x = 0; x < line; x++) {
      const above = y === 0 ? 0 : data[(y - 1) * line + x]!
      filtered[to + 1 + x] = data[y * line + x]! - above
    }
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  // 8 bits, RGB, the only compression, the only filter method, not interlaced
  header.set([8, 2, 0, 0, 0], 8)
  return concatBytes([
    SIGNATURE,
    chunkOf('IHDR', header),
    chunkOf('IDAT', await deflate(filtered)),
    chunkOf('IEND', new Uint8Array(0)),
  ])
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(compressed).arrayBuffer())
}

/** Length, type, content and checksum. */
function chunkOf(type: string, content: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(content.length + 12)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, content.length)
  for (let i = 0; i < 4; i++) chunk[4 + i] = type.charCodeAt(i)
  chunk.set(content, 8)
  view.setUint32(content.length + 8, checksum(chunk.subarray(4, content.length + 8)))
  return chunk
}

/** CRC-32 of a chunk, bit by bit for each of 256 bytes once. */
function checksum(bytes: Uint8Array): number {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
    return rest
  })
  let sum = -1
  for (const byte of bytes) sum = (sum >>> 8) ^ table[(sum ^ byte) & 255]!
  return (sum ^ -1) >>> 0
}

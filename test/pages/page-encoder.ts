// An encoder of pages for tests, as a user may write one: a row of each patch of a 4 x 4 grid has the share of dark pixels of
// its patch; a question names a place, such as "2,1", and matches dark patches there.

import type { PageEncoder } from '../../src/pages/index.js'

const SIDE = 4
const DIM = SIDE * SIDE + 1

/** The encoder, and what it was asked for. `encode` gets the pixels of each image. */
export function createPlaceEncoder(encode: (image: Pixels) => unknown = () => {}): PageEncoder {
  return {
    dim: DIM,
    images: async images =>
      Promise.all(
        images.map(async source => {
          const image = source instanceof Uint8Array ? rawImage(source) : source
          await encode(image)
          const { width, height } = image
          const layout = {
            width,
            height,
            rows: SIDE * SIDE + 1,
            tiles: { rows: 0, columns: 0 },
            side: SIDE,
            starts: [0],
          }
          const data = new Float32Array((SIDE * SIDE + 1) * DIM)
          for (const [patch, dark] of darkness(image).entries()) data[patch * DIM + patch] = dark
          data[SIDE * SIDE * DIM + DIM - 1] = 0.01
          return { data, dim: DIM, layout }
        }),
      ),
    query(text) {
      const [column = 0, line = 0] = text.split(',').map(Number)
      const data = new Float32Array(DIM)
      data[line * SIDE + column] = 1
      return { data, dim: DIM, tokens: [{ text, start: 0, end: text.length }] }
    },
  }
}

interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** A file for this encoder: width, height and pixels. */
function rawImage(bytes: Uint8Array): Pixels {
  const [width = 0, height = 0] = bytes
  if (bytes.length !== 2 + width * height * 3) {
    throw Object.assign(new Error('"images[0]" is not an image that can be decoded'), { code: 'ERR_IMAGE' })
  }
  return { data: bytes.subarray(2), width, height }
}

/** The bytes of a white image with a black square at a place of the grid. */
export function imageFile(column: number, line: number, side = 16): Uint8Array {
  const bytes = new Uint8Array(2 + side * side * 3).fill(255)
  bytes.set([side, side])
  const patch = side / SIDE
  for (let y = line * patch; y < (line + 1) * patch; y++) {
    bytes.fill(0, 2 + (y * side + column * patch) * 3, 2 + (y * side + (column + 1) * patch) * 3)
  }
  return bytes
}

/** The share of dark pixels in each patch. */
function darkness({ data, width, height }: Pixels): Float64Array {
  const dark = new Float64Array(SIDE * SIDE)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const patch = Math.floor((y * SIDE) / height) * SIDE + Math.floor((x * SIDE) / width)
      if (data[(y * width + x) * 3]! < 128) dark[patch]! += (SIDE * SIDE) / (width * height)
    }
  }
  return dark
}

// Turns pixels into `pixel_values`: the channels of each tile one after another.
//
//   tile 0: all of red | all of green | all of blue     tile 1: …

import type { RgbImage } from '../images/image-types.js'

/** A square of an image. */
export interface Square {
  readonly image: RgbImage
  readonly left: number
  readonly top: number
}

/** Writes squares of `side` pixels. `tables[c][byte]` is the number of a byte of channel `c`. */
export function pixelValuesOf(
  squares: readonly Square[],
  side: number,
  tables: readonly Float32Array[],
): Float32Array {
  const values = new Float32Array(squares.length * 3 * side * side)
  let to = 0
  for (const { image, left, top } of squares) {
    const { data, width } = image
    for (const [channel, table] of tables.entries()) {
      for (let y = 0; y < side; y++) {
        let from = ((top + y) * width + left) * 3 + channel
        for (let x = 0; x < side; x++, from += 3) values[to++] = table[data[from]!]!
      }
    }
  }
  return values
}

// The direction that the vectors of function words share. Every frequent word has a large part in it, so that word vectors
// make "fear" as similar to "people" (a cosine of 0.60) as to "anxiety" (0.65): both are frequent. Without that direction the
// two have 0.27 and 0.62. The direction depends on the encoder only, so similarities are the same in every index.

import type { TokenEncoder } from '../../encode/index.js'
import { FUNCTION_WORDS } from '../function-words.js'

/** The mean of the rows of all function words, with unit length. Zeros if the encoder knows none of them. */
export async function commonDirection(encoder: TokenEncoder, signal?: AbortSignal): Promise<Float32Array> {
  const mean = new Float32Array(encoder.dim)
  for (const { data } of await encoder.documents(FUNCTION_WORDS, { signal })) {
    if (data.length !== encoder.dim) continue
    for (let d = 0; d < data.length; d++) mean[d]! += data[d]!
  }
  const length = Math.hypot(...mean)
  return length > 0 ? mean.map(value => value / length) : mean
}

/** Removes a direction from a row, and scales what is left to unit length. A row of that direction becomes zeros. */
export function removeDirection(row: Float32Array, direction: Float32Array): void {
  const share = dot(row, direction)
  for (let d = 0; d < row.length; d++) row[d]! -= share * direction[d]!
  const length = Math.sqrt(dot(row, row))
  for (let d = 0; d < row.length; d++) row[d] = length > 1e-6 ? row[d]! / length : 0
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!
  return sum
}

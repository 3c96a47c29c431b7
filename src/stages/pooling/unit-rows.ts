// Scales rows to unit length.

/** Divides each row by its length, in place. `rows` has rows of `dim` elements; rows of zeros are not changed. */
export function toUnitRows(rows: Float32Array | Float64Array, dim: number): void {
  for (let start = 0; start < rows.length; start += dim) {
    let square = 0
    for (let k = start; k < start + dim; k++) square += rows[k]! * rows[k]!
    if (square === 0) continue
    const length = Math.sqrt(square)
    for (let k = start; k < start + dim; k++) rows[k]! /= length
  }
}

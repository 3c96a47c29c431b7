// Transposes a document for the right-hand side of a matrix product: [dim][rows].

export function transpose({ data, dim }, rows = data.length / dim, out = new Float32Array(rows * dim)) {
  const count = data.length / dim
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < dim; k++) out[k * rows + row] = data[row * dim + k]
  }
  return out
}

// MaxSim in plain JavaScript, written twice: as one writes it with care, and as fast as it was possible to make it.
//
//   javascript        each query row against each document row, four accumulators
//   javascript-tiled  3 document rows x 2 query rows in 6 accumulators: 5 loads for 6 products and sums
//
// Tiles of 1 x 4 to 4 x 4 were tried, over f32 and f64, with f32 rounding at each step, unrolled, and with packed
// documents. Widening both sides to f64 beforehand saves a conversion at each load (10 - 30 %); rounding to f32 at each
// step costs 25 % and more; 3 x 2 is the best, or within 10 % of it, on V8 11.3, 13.6 and 14.6. Knows nothing of kernels.

import type { FlatMultiVector, NumberArray } from '../../src/index.js'
import type { Rows } from '../shared/workload-rows.js'

/** Scores every document, with the rows as they are. */
export function scoreSimply({ query, weights, documents }: Rows): Float32Array {
  const scores = new Float32Array(documents.length)
  for (let i = 0; i < documents.length; i++) {
    scores[i] = scoreOne(query.data, weights, documents[i]!.data, query.dim)
  }
  return scores
}

function scoreOne(
  query: NumberArray,
  weights: readonly number[] | undefined,
  document: NumberArray,
  dim: number,
): number {
  const whole = dim - (dim % 4)
  let score = 0
  for (let q = 0, row = 0; q < query.length; q += dim, row++) {
    let best = -Infinity
    for (let d = 0; d < document.length; d += dim) {
      let sum0 = 0
      let sum1 = 0
      let sum2 = 0
      let sum3 = 0
      for (let k = 0; k < whole; k += 4) {
        sum0 += query[q + k]! * document[d + k]!
        sum1 += query[q + k + 1]! * document[d + k + 1]!
        sum2 += query[q + k + 2]! * document[d + k + 2]!
        sum3 += query[q + k + 3]! * document[d + k + 3]!
      }
      for (let k = whole; k < dim; k++) sum0 += query[q + k]! * document[d + k]!
      const similarity = sum0 + sum1 + sum2 + sum3
      if (similarity > best) best = similarity
    }
    score += weights === undefined ? best : best * weights[row]!
  }
  return score
}

/** Scores every document in register tiles. Makes its scratch once; a call packs the query and widens each document. */
export function createTiledScores({ query, weights, documents }: Rows): () => Float32Array {
  const { dim } = query
  const queryRows = query.data.length / dim
  const panels = Math.ceil(queryRows / 2)
  const packed = new Float64Array(2 * panels * dim)
  const wide = new Float64Array(documents.reduce((most, { data }) => Math.max(most, data.length), 0))
  const best = new Float64Array(2 * panels)
  return () => {
    const scores = new Float32Array(documents.length)
    pack(query, packed)
    for (let i = 0; i < documents.length; i++) {
      const { data } = documents[i]!
      wide.set(data)
      for (let panel = 0; panel < panels; panel++) {
        scorePanel(packed, 2 * panel * dim, wide, data.length, dim, best, 2 * panel)
      }
      let score = 0
      for (let row = 0; row < queryRows; row++) {
        score += weights === undefined ? best[row]! : best[row]! * weights[row]!
      }
      scores[i] = score
    }
    return scores
  }
}

/** Query rows in pairs, dim after dim: `[panel][dim][2]`. An odd last row is beside zeros. */
function pack({ data, dim }: FlatMultiVector, packed: Float64Array): void {
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / dim)
    packed[2 * ((row >> 1) * dim + (i % dim)) + (row & 1)] = data[i]!
  }
}

/** Two query rows against a whole document of `length` numbers. */
function scorePanel(
  query: Float64Array,
  panel: number,
  document: Float64Array,
  length: number,
  dim: number,
  best: Float64Array,
  out: number,
): void {
  const last = length - dim
  best[out] = best[out + 1] = -Infinity
  for (let row = 0; row < length; row += 3 * dim) {
    // the tail takes its last row again: a maximum does not mind
    const second = row < last ? row + dim : last
    const third = second < last ? second + dim : last
    tile(query, panel, document, row, second, third, dim, best, out)
  }
}

/** Two query rows against three document rows. A function of its own, so that V8 optimizes it whole, not midway. */
function tile(
  query: Float64Array,
  panel: number,
  document: Float64Array,
  first: number,
  second: number,
  third: number,
  dim: number,
  best: Float64Array,
  out: number,
): void {
  let a0 = 0
  let a1 = 0
  let b0 = 0
  let b1 = 0
  let c0 = 0
  let c1 = 0
  for (let k = 0, q = panel; k < dim; k++, q += 2) {
    const q0 = query[q]!
    const q1 = query[q + 1]!
    const d0 = document[first + k]!
    const d1 = document[second + k]!
    const d2 = document[third + k]!
    a0 += q0 * d0
    a1 += q1 * d0
    b0 += q0 * d1
    b1 += q1 * d1
    c0 += q0 * d2
    c1 += q1 * d2
  }
  let best0 = best[out]!
  let best1 = best[out + 1]!
  if (a0 > best0) best0 = a0
  if (b0 > best0) best0 = b0
  if (c0 > best0) best0 = c0
  if (a1 > best1) best1 = a1
  if (b1 > best1) best1 = b1
  if (c1 > best1) best1 = c1
  best[out] = best0
  best[out + 1] = best1
}

// MaxSim in plain JavaScript, in two versions: written with care, and as fast as we could make it.
//
//   javascript        each query row with each document row, in four accumulators
//   javascript-tiled  3 document rows x 2 query rows in 6 accumulators: 5 loads for 6 multiply-adds
//
// Tried: tiles of 1 x 4 to 4 x 4, over f32 and f64, with f32 rounding at each step, unrolled, and with packed documents.
// Converting both sides to f64 beforehand saves a conversion per load (10 - 30 %). Rounding to f32 at each step costs 25 %
// or more. 3 x 2 is the fastest tile, or within 10 % of it, on V8 11.3, 13.6 and 14.6.

import type { FlatMultiVector, NumberArray } from '../../src/index.js'
import { queriesOf, type WorkloadRows } from '../shared/workload-rows.js'

/** Scores every document, without preparation. */
export function scoreSimple({ query, weights, documents }: WorkloadRows): Float32Array {
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

/**
 * Creates a function that scores every document in register tiles, for one of the queries (default: the first). Its scratch
 * arrays are allocated once. Each call packs the query and converts each document to f64.
 */
export function createTiledScores(rows: WorkloadRows): (query?: FlatMultiVector) => Float32Array {
  const { weights, documents } = rows
  const { dim } = rows.query
  const longest = (all: readonly FlatMultiVector[]) =>
    all.reduce((length, { data }) => Math.max(length, data.length), 0)
  const most = 2 * Math.ceil(longest(queriesOf(rows)) / dim / 2)
  const best = new Float64Array(most)
  const operands: Operands = {
    query: new Float64Array(most * dim),
    document: new Float64Array(longest(documents)),
    dim,
    best,
  }
  return (query = rows.query) => {
    const scores = new Float32Array(documents.length)
    const queryRows = query.data.length / dim
    const panels = Math.ceil(queryRows / 2)
    // an odd number of rows leaves the last panel half empty, or with a row of another query, which is not read
    pack(query, operands.query)
    for (let i = 0; i < documents.length; i++) {
      const { data } = documents[i]!
      operands.document.set(data)
      for (let panel = 0; panel < panels; panel++) scorePanel(operands, panel, data.length)
      let score = 0
      for (let row = 0; row < queryRows; row++) {
        score += weights === undefined ? best[row]! : best[row]! * weights[row]!
      }
      scores[i] = score
    }
    return scores
  }
}

/** Packs query rows in pairs: `[panel][dim][2]`. The last row of an odd number is paired with zeros. */
function pack({ data, dim }: FlatMultiVector, packed: Float64Array): void {
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / dim)
    packed[2 * ((row >> 1) * dim + (i % dim)) + (row & 1)] = data[i]!
  }
}

/** The scratch arrays of a call. */
interface Operands {
  /** Packed query rows. */
  readonly query: Float64Array
  /** The rows of one document. */
  readonly document: Float64Array
  readonly dim: number
  /** The best similarity of each query row. */
  readonly best: Float64Array
}

/** Finds the best similarities of the two query rows of a panel, in a document of `length` numbers. */
function scorePanel(operands: Operands, panel: number, length: number): void {
  const { dim, best } = operands
  best[2 * panel] = best[2 * panel + 1] = -Infinity
  for (let row = 0; row < length; row += 3 * dim) tile(operands, panel, row, length - dim)
}

/**
 * Two query rows with three document rows, the first of which starts at `first` and the document's last one at `last`. At
 * the end of the document the last row is repeated, which does not change a maximum. A separate function, so that V8
 * optimizes all of it at once.
 */
function tile({ query, document, dim, best }: Operands, panel: number, first: number, last: number): void {
  const second = first < last ? first + dim : last
  const third = second < last ? second + dim : last
  const out = 2 * panel
  let a0 = 0
  let a1 = 0
  let b0 = 0
  let b1 = 0
  let c0 = 0
  let c1 = 0
  for (let k = 0, q = out * dim; k < dim; k++, q += 2) {
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

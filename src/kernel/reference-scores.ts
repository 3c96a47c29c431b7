// How the reference kernel scores: every similarity in f64, or in whole numbers, one after another. Written to be read.

import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'
import { BITS, decodeRows, fixedRows } from './reference-rows.js'

const [DOT, EUCLID] = [0, 1] as const
const F32 = 0

/** Numbers of any kind with the index of a first row. */
interface Rows {
  readonly values: ArrayLike<number>
  readonly first: number
  readonly rows: number
}

/** The functions that score, over whatever buffer `memory` holds at the time of the call. */
export function createReferenceScores(
  memory: () => Pages,
): Pick<KernelFunctions, 'maxsim' | 'maxsimDecoded' | 'maxsimFixed' | 'maxsimWide' | 'similarities'> {
  const buffer = () => memory().buffer
  const f32 = () => new Float32Array(buffer())
  const u32 = () => new Uint32Array(buffer())

  function similarity(
    metric: number,
    a: ArrayLike<number>,
    q: number,
    b: ArrayLike<number>,
    d: number,
    dim: number,
  ): number {
    let sum = 0
    for (let k = 0; k < dim; k++) {
      const [x, y] = [a[q + k]!, b[d + k]!]
      sum += metric === DOT ? x * y : metric === EUCLID ? (x - y) ** 2 : Math.abs(x - y)
    }
    return sum
  }

  /** MaxSim of query rows, each with a weight, and a document. */
  function score(
    metric: number,
    query: Rows,
    weights: ArrayLike<number>,
    document: Rows,
    dim: number,
  ): number {
    let sum = 0
    for (let q = 0; q < query.rows; q++) {
      let best = metric === DOT ? -Infinity : Infinity
      for (let d = 0; d < document.rows; d++) {
        const [i, j] = [query.first + q * dim, document.first + d * dim]
        const value = similarity(metric, query.values, i, document.values, j, dim)
        if (metric === DOT ? value > best : value < best) best = value
      }
      sum += weights[q]! * best
    }
    return metric === EUCLID ? Math.sqrt(sum) : sum
  }

  const entryAt = (table: number, i: number) => {
    const [address = 0, rows = 0] = u32().subarray(table / 4 + 4 * i)
    return { address, rows, scale: f32()[table / 4 + 4 * i + 2]! }
  }

  /** A document of a table, as f32. */
  function plainRows(table: number, i: number, dtype: number, dim: number): Rows {
    const { address, rows, scale } = entryAt(table, i)
    if (dtype === F32) return { values: f32(), first: address / 4, rows }
    return { values: decodeRows(buffer(), dtype, address, rows, dim, scale), first: 0, rows }
  }

  /** Where each query's rows begin, counted in rows, and how many it has. */
  function queryRanges(counts: number, queries: number): { first: number; rows: number }[] {
    let first = 0
    return Array.from(u32().subarray(counts / 4, counts / 4 + queries), rows => {
      const range = { first, rows }
      first += 4 * Math.ceil(rows / 4)
      return range
    })
  }

  const scoreAll: KernelFunctions['maxsimDecoded'] = (metric, dtype, query, weights, ...block) => {
    const [counts, queries, , dim, table, count, , , scores] = block
    for (let i = 0; i < count; i++) {
      const document = plainRows(table, i, dtype, dim)
      queryRanges(counts, queries).forEach(({ first, rows }, q) => {
        const queryRows = { values: f32(), first: query / 4 + first * dim, rows }
        const queryWeights = f32().subarray(weights / 4 + first)
        f32()[scores / 4 + q * count + i] = score(metric, queryRows, queryWeights, document, dim)
      })
    }
  }

  return {
    maxsim: (metric, ...rest) => scoreAll(metric, F32, ...rest),
    maxsimDecoded: scoreAll,
    maxsimFixed(dtype, query, factors, ...[counts, queries, , dim, table, count, , , scores]) {
      const whole = new Int16Array(buffer())
      const stride = fixedStride(dtype, dim)
      for (let i = 0; i < count; i++) {
        const { address, rows: documentRows, scale } = entryAt(table, i)
        const values = fixedRows(buffer(), dtype, address, documentRows, dim, scale)
        queryRanges(counts, queries).forEach(({ first, rows }, q) => {
          let sum = 0
          for (let row = first; row < first + rows; row++) {
            const queryRow = { values: whole, first: query / 2 + row * stride, rows: 1 }
            const best = score(DOT, queryRow, [1], { values, first: 0, rows: documentRows }, dim)
            sum += best * new Float64Array(buffer())[factors / 8 + row]!
          }
          f32()[scores / 4 + q * count + i] = sum / scale
        })
      }
    },
    maxsimWide(metric, query, weights, queryRows, dim, table, count, scores) {
      const rows = { values: f32(), first: query / 4, rows: queryRows }
      for (let i = 0; i < count; i++) {
        f32()[scores / 4 + i] = score(
          metric,
          rows,
          f32().subarray(weights / 4),
          plainRows(table, i, F32, dim),
          dim,
        )
      }
    },
    similarities(metric, _wide, query, queryRows, dim, document, rows, out) {
      const values = f32()
      for (let i = 0; i < queryRows; i++) {
        for (let j = 0; j < rows; j++) {
          const [q, d] = [query / 4 + i * dim, document / 4 + j * dim]
          values[out / 4 + i * rows + j] = similarity(metric, values, q, values, d, dim)
        }
      }
    },
  }
}

/** Words of int16 that a query's row takes where `src/core/memory/load-query.ts` has room for it as the binaries lay it out. */
export const fixedStride = (dtype: number, dim: number) =>
  dtype === BITS ? 16 * Math.ceil(dim / 8) + 2 : 8 * Math.ceil(dim / 8)

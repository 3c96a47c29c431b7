// Rounding bounds: how far two correct scores of one document can be apart. Server and kernel sum the same products in
// f32, in different orders. With u = 2^-24, n dims, r query rows and S = Σ_i max_j Σ_k |q_ik d_jk| (the MaxSim of the
// absolute values), the bounds are:
//
//   Dot         (2n + r + 4) u S              any order of n additions errs by at most n u Σ|q d|, on either side
//   Cosine      as Dot, plus (n/2 + 14) u S   the server sums the length of a query row in f32; documents are normalised
//   Euclid      (n + r/2 + 5) u score         all terms are positive, so errors are relative; the root halves them
//   Manhattan   (2n + r + 4) u score
//   uint8       0 while S < 2^24              these are whole numbers that f32 represents (Euclid: one rounding, of the root)
//   float16     as float32 on x86. Cosine: plus the elements that another last bit of the length rounds to another half.
//               ARM adds halves in eight lanes: (n/8 + 8) 2^-11 S. Before 1.19, below dim 16, products are halves: 2^-11 S
//   turbo4 ...  none: the codes that are scored cannot be read back, so the difference is only measured

import { roundToDatatype } from '../../base/float16.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import { type Field, isPlain } from '../../collection/vector-fields.js'
import type { Scorer } from '../../core/scorer.js'

/** The parts of a server's arithmetic that do not follow from the collection. */
export interface ServerArithmetic {
  /** Whether it adds float16 values in half precision. */
  readonly isArm: boolean
  /** Whether it is older than 1.19. */
  readonly isBefore119: boolean
}

/** Unit roundoff of f32. */
export const U = 2 ** -24
/** Unit roundoff of float16. */
const HALF_U = 2 ** -11
/** Absolute error of sums of subnormal numbers. */
const TINY = 2 ** -100
/** Whole numbers below this are exact in f32. */
const EXACT_BELOW = 2 ** 24

/** A query, prepared for the bounds of many documents. */
export interface BoundedQuery {
  /** Bound for a document as the server stores it; `score` is its local score. Infinity if there is no bound. */
  of(document: PackedRows, score: number): number
}

/**
 * Prepares the bounds of a query.
 *
 * @param unrounded the query's rows, normalised, before they are rounded to the field's datatype
 * @param stored the rows that are scored
 */
export function boundsFor(
  scorer: Scorer,
  field: Field,
  unrounded: PackedRows,
  stored: PackedRows,
  arithmetic: ServerArithmetic,
): BoundedQuery {
  const { distance, datatype, size: n } = field
  if (!isPlain(datatype)) return { of: () => Number.POSITIVE_INFINITY }
  const r = stored.data.length / n
  const isUint8 = datatype === 'uint8'
  const halfError = halfPrecisionError(field, arithmetic)
  switch (distance) {
    case 'Euclid':
      return {
        of(_, score) {
          if (isUint8 && score * score < EXACT_BELOW) return 2 * U * score
          return 1.01 * score * ((n + r / 2 + 5) * U + halfError) + TINY
        },
      }
    case 'Manhattan':
      return {
        of(_, score) {
          if (isUint8 && score < EXACT_BELOW) return 0
          return 1.01 * score * ((2 * n + r + 4) * U + halfError) + TINY
        },
      }
    case 'Dot':
    case 'Cosine':
      return productBounds(scorer, field, unrounded, stored, arithmetic)
    default:
      return distance satisfies never
  }
}

/** The bounds for Dot and Cosine, which are relative to the MaxSim of the absolute values. */
function productBounds(
  scorer: Scorer,
  field: Field,
  unrounded: PackedRows,
  stored: PackedRows,
  arithmetic: ServerArithmetic,
): BoundedQuery {
  const { distance, datatype, size: n } = field
  const r = stored.data.length / n
  const isCosine = distance === 'Cosine'
  const absolute = stored.data.map(Math.abs)
  const lengthError = (n / 2 + 14) * U
  const flips = isCosine && datatype === 'float16' ? roundingFlips(unrounded.data, lengthError) : undefined
  const halfError = halfPrecisionError(field, arithmetic)
  return {
    of(document) {
      const magnitude = { data: document.data.map(Math.abs), dim: n }
      const maxSim = (data: Float32Array, metric: 'dot' | 'cosine' = 'dot') =>
        scorer.score({ data, dim: n }, magnitude, { metric })
      if (datatype === 'uint8' && isCosine) return 1.01 * (2 * n + r + 16) * U * maxSim(absolute, 'cosine')
      const sum = maxSim(absolute)
      if (datatype === 'uint8' && sum < EXACT_BELOW) return 0
      let bound = (2 * n + r + 4) * U * sum + halfError * sum
      if (hasHalfProducts(field, arithmetic)) bound += r * n * 2 ** -25
      if (isCosine) bound += lengthError * sum
      if (flips) bound += maxSim(flips)
      return 1.01 * bound + TINY
    },
  }
}

/** Whether the server computes products in half precision. */
function hasHalfProducts({ datatype, size }: Field, { isBefore119 }: ServerArithmetic): boolean {
  return datatype === 'float16' && isBefore119 && size < 16
}

/** Relative error of products and sums in half precision; 0 where the server computes in f32. */
function halfPrecisionError(field: Field, arithmetic: ServerArithmetic): number {
  const products = hasHalfProducts(field, arithmetic) ? 2 * HALF_U : 0
  const sums = field.datatype === 'float16' && arithmetic.isArm ? (field.size / 8 + 8) * HALF_U : 0
  return products + sums
}

/**
 * For each element, the distance between the halves that it may round to if its row's length has a relative error of up to
 * `error`. undefined if all elements round to one half.
 */
function roundingFlips(values: Float32Array, error: number): Float32Array | undefined {
  const scaled = (factor: number) =>
    roundToDatatype(
      values.map(value => value * factor),
      'float16',
    )
  const low = scaled(1 - error)
  const flips = scaled(1 + error).map((value, k) => Math.abs(value - low[k]!))
  return flips.some(gap => gap > 0) ? flips : undefined
}

/** The bound as text, for a report. `rows`: rows of the query. */
export function boundInWords(field: Field, rows: number, arithmetic: ServerArithmetic): string {
  const { distance, datatype, size } = field
  if (!isPlain(datatype))
    return `none: ${datatype} codes cannot be read back, so differences are measured only`
  const parts: string[] = []
  const isRelative = distance === 'Euclid' || distance === 'Manhattan'
  const base = isRelative ? 'the score' : 'Σ max Σ |q d|'
  if (datatype === 'uint8') parts.push(`exact while ${base} is below 2^24, from there on`)
  const factor = distance === 'Euclid' ? size + rows / 2 + 5 : 2 * size + rows + 4
  parts.push(`${factor} x 2^-24 of ${base} (f32 sums over ${size} dims and ${rows} rows, in another order)`)
  if (distance === 'Cosine' && datatype !== 'uint8')
    parts.push(`${size / 2 + 14} x 2^-24 for the length of the query's rows`)
  if (distance === 'Cosine' && datatype === 'float16')
    parts.push('and elements that may round to another half')
  if (datatype === 'float16' && arithmetic.isArm) parts.push('and sums in halves, as ARM computes them')
  if (hasHalfProducts(field, arithmetic))
    parts.push('and products in halves, as servers before 1.19 compute them below dim 16')
  return parts.join(', ')
}

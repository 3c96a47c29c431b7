// How far two right scores of one document may lie apart, and why. Both sides sum the same products in f32, each in an
// order of its own; with u = 2^-24, dim n, r query rows and S = Σ_i max_j Σ_k |q_ik d_jk| (MaxSim of the absolute values):
//
//   Dot         (2n + r + 4) u S              any order of n additions errs by at most n u Σ|q d|, on either side
//   Cosine      as Dot, and (n/2 + 14) u S    the query's length, summed in f32 there; documents come back normalised
//   Euclid      (n + r/2 + 5) u score         all terms are positive, so errors are relative; the root halves them
//   Manhattan   (2n + r + 4) u score
//   uint8       0 while S < 2^24              whole numbers that f32 holds (Euclid: one rounding of the root)
//   float16     as float32 on x86; Cosine: and what an element adds that the last bits of its length round otherwise.
//               ARM adds halves in eight lanes: (n/8 + 8) 2^-11 S. Before 1.19, below dim 16, products are halves: 2^-11 S
//   turbo4 ...  none: the codes that are scored cannot be read back, so the difference is measured, not judged

import { roundToDatatype } from '../../base/float16.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import { type Field, isPlain } from '../../collection/vector-fields.js'
import type { Scorer } from '../../core/scorer.js'

/** What a server's arithmetic depends on beside the collection. */
export interface Arithmetic {
  /** It adds halves in half precision. */
  readonly isArm: boolean
  /** It is older than 1.19. */
  readonly isOld: boolean
}

const U = 2 ** -24
const HALF = 2 ** -11
/** Sums of so many subnormal numbers have absolute errors. */
const TINY = 2 ** -100

/** A query, prepared for many bounds. */
export interface BoundedQuery {
  /** The bound for a document, as stored, that has this score. Infinity where none can be given. */
  of(document: PackedRows, score: number): number
}

/** `plain` is the query before rounding to the storage's datatype, but normalised; `stored` is what is scored. */
export function boundsFor(
  scorer: Scorer,
  field: Field,
  plain: PackedRows,
  stored: PackedRows,
  { isArm, isOld }: Arithmetic,
): BoundedQuery {
  const { distance, datatype, size: n } = field
  const r = stored.data.length / n
  const absolute = stored.data.map(Math.abs)
  const lengthError = (n / 2 + 14) * U
  const flips = distance === 'Cosine' && datatype === 'float16' ? flipsOf(plain.data, lengthError) : undefined
  const asHalves = datatype === 'float16' && isOld && n < 16
  const inHalves = datatype === 'float16' && isArm

  return {
    of(document, score) {
      if (!isPlain(datatype)) return Number.POSITIVE_INFINITY
      const magnitude = { data: document.data.map(Math.abs), dim: n }
      const sums = (data: Float32Array, metric: 'dot' | 'cosine' = 'dot') =>
        scorer.score({ data, dim: n }, magnitude, { metric })
      const loose = (asHalves ? 2 * HALF : 0) + (inHalves ? (n / 8 + 8) * HALF : 0)
      if (distance === 'Euclid') {
        if (datatype === 'uint8' && score * score < 2 ** 24) return 2 * U * score
        return 1.01 * score * ((n + r / 2 + 5) * U + loose) + TINY
      }
      if (distance === 'Manhattan') {
        if (datatype === 'uint8' && score < 2 ** 24) return 0
        return 1.01 * score * ((2 * n + r + 4) * U + loose) + TINY
      }
      if (datatype === 'uint8' && distance === 'Cosine')
        return 1.01 * (2 * n + r + 16) * U * sums(absolute, 'cosine')
      const sum = sums(absolute)
      if (datatype === 'uint8' && sum < 2 ** 24) return 0
      let bound = (2 * n + r + 4) * U * sum + loose * sum
      if (asHalves) bound += r * n * 2 ** -25
      if (distance === 'Cosine') bound += lengthError * sum
      if (flips) bound += sums(flips)
      return 1.01 * bound + TINY
    },
  }
}

/** For each element, how far apart the halves are that it may round to when its length errs; undefined if none does. */
function flipsOf(values: Float32Array, error: number): Float32Array | undefined {
  const high = roundToDatatype(
    values.map(value => value * (1 + error)),
    'float16',
  )
  const low = roundToDatatype(
    values.map(value => value * (1 - error)),
    'float16',
  )
  const flips = high.map((value, k) => Math.abs(value - low[k]!))
  return flips.some(gap => gap > 0) ? flips : undefined
}

/** The bound in words, for a report. */
export function boundInWords(
  { distance, datatype, size }: Field,
  rows: number,
  { isArm, isOld }: Arithmetic,
): string {
  if (!isPlain(datatype))
    return `none: ${datatype} codes cannot be read back, so differences are measured only`
  const parts: string[] = []
  const relative = distance === 'Euclid' || distance === 'Manhattan'
  const of = relative ? 'the score' : 'Σ max Σ |q d|'
  if (datatype === 'uint8') parts.push(`exact while ${of} is below 2^24, beyond that`)
  const factor = distance === 'Euclid' ? size + rows / 2 + 5 : 2 * size + rows + 4
  parts.push(`${factor} x 2^-24 of ${of} (f32 sums over ${size} dims and ${rows} rows, in another order)`)
  if (distance === 'Cosine' && datatype !== 'uint8')
    parts.push(`${size / 2 + 14} x 2^-24 for the length of the query's rows`)
  if (distance === 'Cosine' && datatype === 'float16')
    parts.push('and elements that may round to another half')
  if (datatype === 'float16' && isArm) parts.push('and sums in halves, as ARM does them')
  if (datatype === 'float16' && isOld && size < 16)
    parts.push('and products in halves, as before 1.19 below dim 16')
  return parts.join(', ')
}

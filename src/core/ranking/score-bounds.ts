// Bounds of the f32 scores of original rows, from the scores of stored or rounded rows. The proof is in ARCHITECTURE.md,
// the bound itself in `assembly/bounds.ts`.

import { packFixed } from '../memory/query-memory.js'
import { type LoadedQueries, rowsOf, scoresAddress } from './loaded-queries.js'

/** The coefficients of the score bounds of one query: see `assembly/bounds.ts`. */
export interface BoundTerms {
  readonly errorTerm: number
  readonly lengthTerm: number
  readonly underflowTerm: number
}

/** Computes the coefficients of the `i`-th query. */
export function boundTermsOf(queries: LoadedQueries, i: number): BoundTerms {
  const { kernel, addresses, dim, starts, from, roundingErrors } = queries
  packFixed(queries, from + i)
  const first = 4 * starts[from + i]!
  const rows = rowsOf(queries, i)
  const weights = kernel.memory.f32(addresses.weights + 4 * first, rows)
  const lengths = kernel.memory.f32(addresses.lengths + 4 * first, rows)
  const errors = roundingErrors?.subarray(first) ?? kernel.memory.f32(addresses.errors + 4 * first, rows)
  let [errorTerm, lengthTerm, underflowTerm] = [0, 0, 0]
  for (let row = 0; row < rows; row++) {
    const weight = Math.abs(weights[row]!)
    // with u8 the measured rows are the rounded ones, which can be shorter than the originals by the rounding error
    const length = lengths[row]! + (roundingErrors?.[first + row] ?? 0)
    errorTerm += weight * length
    lengthTerm += weight * (errors[row]! + 2 * (dim + 4) * 2 ** -24 * length)
    underflowTerm += (weight + 1) * dim * 2 ** -148
  }
  return { errorTerm, lengthTerm, underflowTerm }
}

/** Writes the bounds of the `i`-th query's scores in the block of `count` documents that was scored last. */
export function writeBounds(queries: LoadedQueries, i: number, count: number, terms: BoundTerms): void {
  const { kernel, addresses } = queries
  kernel.functions.bounds(
    addresses.table,
    count,
    terms.errorTerm,
    terms.lengthTerm,
    terms.underflowTerm,
    scoresAddress(queries, i, count),
    addresses.lower,
    addresses.upper,
  )
}

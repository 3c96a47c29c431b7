// Coefficients of the score bounds of one query. The proof is in ARCHITECTURE.md, the bound itself in `assembly/bounds.ts`.

import type { Kernel } from '../../kernel/kernel.js'
import type { QueryMemory } from '../memory/load-query.js'

/** What the bounds of a query's scores rest on: see `assembly/bounds.ts`. */
export interface BoundTerms {
  readonly errorTerm: number
  readonly lengthTerm: number
  readonly underflowTerm: number
}

/** That of the `i`-th query. */
export function boundTermsOf({ memory }: Kernel, query: QueryMemory, i: number): BoundTerms {
  query.packFixed()
  const { at, dim, vectors, roundingErrors } = query
  const first = 4 * query.starts[i]!
  const rowWeights = memory.f32(at.weights, 4 * vectors)
  const lengths = memory.f32(at.lengths, 4 * vectors)
  const errors = roundingErrors ?? memory.f32(at.errors, 4 * vectors)
  let [errorTerm, lengthTerm, underflowTerm] = [0, 0, 0]
  for (let row = first; row < first + query.shapes[i]!.rows; row++) {
    const weight = Math.abs(rowWeights[row]!)
    // the lengths of rounded rows are those of what they were rounded to
    const length = lengths[row]! + (roundingErrors?.[row] ?? 0)
    errorTerm += weight * length
    lengthTerm += weight * (errors[row]! + 2 * (dim + 4) * 2 ** -24 * length)
    underflowTerm += (weight + 1) * dim * 2 ** -148
  }
  return { errorTerm, lengthTerm, underflowTerm }
}

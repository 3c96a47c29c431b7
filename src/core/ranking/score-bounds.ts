// Coefficients of the score bounds of one query. The proof is in ARCHITECTURE.md, the bound itself in `assembly/bounds.ts`.

import type { Kernel } from '../../kernel/kernel.js'
import type { Query } from '../memory/load-query.js'

/** What the bounds of a query's scores rest on: see `assembly/bounds.ts`. */
export interface Slack {
  readonly a: number
  readonly b: number
  readonly c: number
}

/** That of the `i`-th query. */
export function slackOf({ memory }: Kernel, query: Query, i: number): Slack {
  query.packFixed()
  const { at, dim, vectors, roundingErrors } = query
  const first = 4 * query.starts[i]!
  const rowWeights = memory.f32(at.weights, 4 * vectors)
  const lengths = memory.f32(at.lengths, 4 * vectors)
  const errors = roundingErrors ?? memory.f32(at.errors, 4 * vectors)
  let [a, b, c] = [0, 0, 0]
  for (let row = first; row < first + query.shapes[i]!.rows; row++) {
    const weight = Math.abs(rowWeights[row]!)
    // the lengths of rounded rows are those of what they were rounded to
    const length = lengths[row]! + (roundingErrors?.[row] ?? 0)
    a += weight * length
    b += weight * (errors[row]! + 2 * (dim + 4) * 2 ** -24 * length)
    c += (weight + 1) * dim * 2 ** -148
  }
  return { a, b, c }
}

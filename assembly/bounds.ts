// Lower and upper bounds of the f32 kernel's scores, from the scores of stored or rounded rows.
//
// For rows q and d that are read as q' and d', |q·d - q'·d'| <= |q| |d - d'| + |q - q'| |d'| (Cauchy and Schwarz). A
// maximum moves by at most the largest move of its arguments. f32 sums are off by at most (dim + 4) · 2^-24 |q| |d|
// and, for denormal numbers, 2^-149 for each dimension. Summed over the query rows with their weights:
//
//   |f32 score - score'| <= error · A + length · B + |score'| · 2^-22 + C
//   A = Σ |w| |q|      B = Σ |w| (|q - q'| + (dim + 4) · 2^-24 |q|)      C = Σ |w| · dim · 2^-149 and similar terms
//
// `length` and `error` are a document's: see `table.ts`. A, B and C are a query's: see
// `src/core/ranking/score-bounds.ts`.

import { ENTRY_BYTES, errorOf, lengthOf } from './table'

/** Writes the lower and the upper bound of each of `count` scores, rounded outwards. `table` has the documents. */
export function bounds(
  table: usize,
  count: i32,
  errorTerm: f64,
  lengthTerm: f64,
  underflowTerm: f64,
  scores: usize,
  lower: usize,
  upper: usize,
): void {
  for (let i = 0; i < count; i++) {
    const score = <f64>load<f32>(scores)
    const terms = <f64>errorOf(table) * errorTerm + <f64>lengthOf(table) * lengthTerm
    // 2.4e-7 is above 2^-22, which covers four roundings to f32: of both scores, and of the bounds themselves
    const width = (terms + Math.abs(score) * 2.4e-7 + underflowTerm) * 1.000001
    store<f32>(lower, <f32>(score - width))
    store<f32>(upper, <f32>(score + width))
    table += ENTRY_BYTES
    scores += 4
    lower += 4
    upper += 4
  }
}

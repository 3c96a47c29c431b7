// How well a map predicts MaxSim for documents: the measure of drift.
//
//   error = Σ (predicted - true)² / Σ true²    over rows y of documents and other documents, where both numbers of a row
//                                              are reduced by their mean over the documents, because only differences
//                                              between documents matter for a ranking

import type { MultiVector } from '../../core/multivector.js'
import { createPcg64 } from '../muvera/pcg64.js'
import { drawNumbers } from './draw-numbers.js'
import { copyUnitRows, countRows, findDistinctRows } from './draw-rows.js'
import type { LemurMap } from './lemur-map.js'

const MAX_DOCUMENTS = 200
const MAX_ROWS = 400

/** The error for documents and rows that are drawn from `documents`. NaN if all documents are equal. */
export function measureError(map: LemurMap, documents: readonly MultiVector[], seed: number): number {
  const { dim, size } = map.parts
  const generator = createPcg64(seed)
  const chosen = Array.from(drawNumbers(generator, documents.length, MAX_DOCUMENTS), i => documents[i]!)
  const starts = countRows(chosen, dim)
  const distinct = findDistinctRows(chosen, starts, dim)
  const drawn = drawNumbers(generator, distinct.length, MAX_ROWS).map(index => distinct[index]!)
  const rows = copyUnitRows(chosen, starts, dim, drawn)
  const count = rows.length / dim
  const vectors = chosen.map((document, i) => map.document(document, `documents[${i}]`))
  const maxima = map.maximaOf(rows)
  const truth = chosen.map((document, i) => maxima.of(document, `documents[${i}]`))
  maxima.dispose()
  const queries = map.queryOfEach(rows)
  let missed = 0
  let total = 0
  for (let row = 0; row < count; row++) {
    const query = queries.subarray(row * size, (row + 1) * size)
    const predicted = centred(vectors.map(vector => dotProduct(vector, query)))
    const actual = centred(truth.map(values => values[row]!))
    actual.forEach((value, i) => {
      missed += (predicted[i]! - value) ** 2
      total += value ** 2
    })
  }
  return missed / total
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map(value => value - mean)
}

function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

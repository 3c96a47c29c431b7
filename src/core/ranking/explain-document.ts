// Scores one document and explains its score.

import { type Explanation, explainScore } from '../explanation.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import { firstScores, type LoadedQueries, rowsOf } from './loaded-queries.js'
import { similaritiesOf } from './score-block.js'
import { scoreDocuments } from './score-documents.js'

/**
 * Explains the score of a document for the first of the queries.
 *
 * @throws RangeError if the score is beyond f32
 */
export function explainDocument(
  queries: LoadedQueries,
  documents: ScorableDocuments,
  index: number,
): Explanation {
  const { kernel, metric, starts, from, addresses } = queries
  const { dtype, largest } = documents
  let score = 0
  scoreDocuments(queries, documents, { subset: Uint32Array.of(index) }, () => {
    score = firstScores(queries, 1)[0]!
  })
  const entry = documents.entries(index, 1)
  const values = similaritiesOf(queries, dtype, entry, largest)
  const queryRows = rowsOf(queries, 0)
  const weights = kernel.memory.f32(addresses.weights + 16 * starts[from]!, queryRows)
  return explainScore(metric, score, { queryRows, documentRows: entry[1]!, values }, weights)
}

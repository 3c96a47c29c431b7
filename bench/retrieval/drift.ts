// What a LEMUR map loses when as many documents again are added from another topic, without a new fit, and whether the
// measure of drift says so.
//
//   topics      definitions of nouns against those of verbs and adjectives, as static rows; definitions against pieces of
//               Cranfield's documents, as static rows, also the other way round, and as contextual rows; and, as a check,
//               halves of the same definitions
//   measured    recall@10 at 200 candidates over both topics, with the old map and with one that is fitted to both

import { createScorer, type FlatMultiVector } from '../../src/index.js'
import { fitLemur, type Lemur } from '../../src/stages/index.js'
import { LIMIT } from './quality.js'

/** Documents that are first there, documents that are added, and queries of each. */
export interface DriftTopics {
  readonly name: string
  readonly first: readonly FlatMultiVector[]
  readonly added: readonly FlatMultiVector[]
  readonly firstQueries: readonly FlatMultiVector[]
  readonly addedQueries: readonly FlatMultiVector[]
}

/** The result for two topics. The field names are those of bench/results/retrieval.json. */
export interface DriftResult {
  readonly topics: string
  readonly size: number
  readonly documents: number
  readonly added: number
  /** Recall before documents were added. */
  readonly before: number
  /** Recall over all documents with the map of the first ones, and with a new one. */
  readonly kept: number
  readonly fitted: number
  /** The measure of drift over a sample of all documents. */
  readonly error: number
  readonly fittedError: number
  readonly isDue: boolean
}

const CANDIDATES = 200
const SAMPLE = 200

/** Measures maps of each size. */
export async function measureDrift(
  topics: DriftTopics,
  sizes: readonly number[],
  onSize: (size: string) => void,
): Promise<readonly DriftResult[]> {
  const { name, first, added, firstQueries, addedQueries } = topics
  const all = [...first, ...added]
  const results: DriftResult[] = []
  for (const size of sizes) {
    onSize(`drift of LEMUR of ${size}, ${name}`)
    const old = await fitLemur(first, { size })
    const renewed = await fitLemur(all, { size })
    const sample = Array.from({ length: SAMPLE }, (_, i) => all[Math.floor((i * all.length) / SAMPLE)]!)
    const { error, fittedError, isDue } = old.drift(sample)
    results.push({
      topics: name,
      size,
      documents: first.length,
      added: added.length,
      before: await recallOf(old, first, firstQueries),
      kept: await recallOf(old, all, [...firstQueries, ...addedQueries]),
      fitted: await recallOf(renewed, all, [...firstQueries, ...addedQueries]),
      error,
      fittedError,
      isDue,
    })
  }
  return results
}

/** The share of exact's ten best among the candidates. */
async function recallOf(
  lemur: Lemur,
  documents: readonly FlatMultiVector[],
  queries: readonly FlatMultiVector[],
): Promise<number> {
  using scorer = await createScorer()
  const exact = scorer.corpus({ dim: documents[0]!.dim })
  const vectors = scorer.corpus({ dim: lemur.size, dtype: 'i8' })
  for (const document of documents) {
    exact.add(document)
    vectors.add([lemur.document(document)])
  }
  const shares = queries.map(query => {
    const found = vectors.rank([lemur.query(query)], { limit: CANDIDATES }).map(({ index }) => index)
    const candidates = new Set(found)
    const best = exact.rank(query, { limit: LIMIT })
    return best.filter(({ index }) => candidates.has(index)).length / best.length
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

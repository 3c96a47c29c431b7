// The best of many scores, selected in the kernel while blocks of documents are scored.

import { METRICS } from '../metric.js'
import type { LoadedQueries } from './loaded-queries.js'

/** One document of a ranking. */
export interface ScoredDocument {
  /** The document's index: the number that `add` returned, or its position in the list that was ranked. */
  readonly index: number
  /** Its MaxSim score, an f32. Larger is better with `dot` and `cosine`, smaller with `euclid` and `manhattan`. */
  readonly score: number
}

/**
 * Offers `count` scores at an address of the kernel's memory to the ranking of a query. The first is the score of document
 * `first`; the indices must rise from call to call.
 */
export type Offer = (query: number, scores: number, count: number, first: number) => void

/** Calls `use`, which offers scores, and returns the best `limit` for each query: best first, equal scores by index. */
export function selectTopK(
  { kernel, metric, length }: Pick<LoadedQueries, 'kernel' | 'metric' | 'length'>,
  limit: number,
  use: (offer: Offer) => void,
): ScoredDocument[][] {
  const { memory, functions } = kernel
  const ascending = METRICS[metric].ascending ? 1 : 0
  const heaps = memory.allocate(8 * limit * length)
  const sizes: number[] = Array(length).fill(0)
  try {
    use((query, scores, count, first) => {
      const heap = heaps + 8 * limit * query
      sizes[query] = functions.select(scores, count, first, ascending, heap, limit, sizes[query]!)
    })
    return sizes.map((size, query) => {
      const heap = heaps + 8 * limit * query
      functions.ranked(heap, size, ascending)
      const scores = memory.f32(heap, 2 * size)
      const indices = memory.u32(heap, 2 * size)
      return Array.from({ length: size }, (_, i) => ({ index: indices[2 * i + 1]!, score: scores[2 * i]! }))
    })
  } finally {
    memory.free(heaps)
  }
}

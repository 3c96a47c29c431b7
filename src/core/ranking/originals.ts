// Documents of a corpus that stores something less than f32, scored again from what was given: the options, and the
// scoring.

import type { MultiVector } from '../multivector.js'
import type { CorpusView } from './corpus-view.js'
import type { LoadedQueries } from './score-blocks.js'
import { scoreList } from './score-list.js'
import { createTopK, type ScoredDocument } from './top-k.js'

/** Documents scored from their originals, in f32. */
export function rankOriginals(
  { kernel, metric }: CorpusView,
  loaded: LoadedQueries,
  originals: (index: number) => MultiVector,
  indices: Uint32Array,
  limit: number,
  q: number,
): ScoredDocument[] {
  if (indices.length === 0) return []
  const ranking = createTopK(kernel, metric, limit)
  try {
    const documents = Array.from(indices, index => originals(index))
    const place = (i: number) => `originals(${indices[i]})`
    scoreList(
      kernel,
      loaded,
      metric,
      documents,
      place,
      (first, count) => ranking.offer(loaded.scoresOf(0, count), count, first),
      q,
    )
    return ranking.take().map(({ index, score }) => ({ index: indices[index]!, score }))
  } finally {
    ranking.dispose()
  }
}

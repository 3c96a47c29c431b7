// Documents of a corpus that stores something less than f32, scored again from what was given: the options, and the
// scoring.

import { kindOf } from '../../base/type-name.js'
import type { Dtype } from '../dtype.js'
import { METRICS, type Metric } from '../metric.js'
import type { MultiVector } from '../multivector.js'
import type { Stored } from './rank-strategy.js'
import type { LoadedQueries } from './score-blocks.js'
import { scoreList } from './score-list.js'
import { createRanking, type Ranked } from './top-k.js'

/** Documents scored from their originals, in f32. */
export function rankOriginals(
  { kernel, metric }: Stored,
  loaded: LoadedQueries,
  originals: (index: number) => MultiVector,
  indices: Uint32Array,
  limit: number,
  q: number,
): Ranked[] {
  if (indices.length === 0) return []
  const ranking = createRanking(kernel, metric, limit)
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

/** What is asked of the originals; nothing where there are none. */
export function parseOriginals<T>(
  {
    originals,
    oversampling,
  }: { readonly originals?: T | undefined; readonly oversampling?: number | undefined },
  dtype: Dtype,
  metric: Metric,
): { originals?: T; oversampling?: number | undefined } {
  if (originals === undefined) {
    if (oversampling === undefined) return {}
    throw new TypeError('"oversampling" goes with "originals", which is missing; pass both, or neither')
  }
  if (typeof originals !== 'function') {
    throw new TypeError(`"originals" expected a function from index to document, got ${kindOf(originals)}`)
  }
  if (dtype === 'f32') {
    throw new RangeError(
      '"originals" go with a dtype other than f32, which stores the originals; leave them out',
    )
  }
  if (oversampling === undefined && dtype === 'u8' && metric === 'cosine') {
    throw new RangeError(
      'a certified ranking of dtype u8 goes with the metric dot, got cosine; pass "oversampling"',
    )
  }
  if (oversampling === undefined && METRICS[metric].ascending) {
    throw new RangeError(
      `a certified ranking goes with the metrics dot and cosine, got ${metric}; pass "oversampling"`,
    )
  }
  if (oversampling !== undefined && !(oversampling >= 1 && oversampling < Infinity)) {
    throw new RangeError(`"oversampling" expected a number of at least 1, got ${oversampling}`)
  }
  return { originals, oversampling }
}

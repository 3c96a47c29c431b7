// Finds the best documents in one of three ways: scores the stored rows; or screens the documents in integers and scores
// the ones that can be in the top k again in f32; or scores the best of the stored ranking again from their originals.

import type { ScorableDocuments } from '../memory/document-table.js'
import type { MultiVector } from '../multivector.js'
import { parseLimit, parseSubset } from '../options.js'
import { isFixable, splitByArithmetic } from './arithmetic.js'
import { filterByBounds } from './candidate-filter.js'
import type { CorpusView } from './corpus-view.js'
import { type LoadedQueries, queryAt, rowsOf, scoresAddress } from './loaded-queries.js'
import { parseOriginals, type RankOptions, type RankReport, type Screen } from './rank-options.js'
import { scoreDocuments } from './score-documents.js'
import { rankDocuments } from './score-list.js'
import { type ScoredDocument, selectTopK } from './top-k.js'

/** Options of a ranking that were checked. */
interface RankRequest {
  /** Sorted indices, or `undefined` for all documents. */
  readonly subset: Uint32Array | undefined
  /** The number of documents to consider. */
  readonly considered: number
  /** The number of results. */
  readonly limit: number
  readonly floor: number
  readonly originals: ((index: number) => MultiVector) | undefined
  readonly oversampling: number | undefined
  report(method: RankReport['method'], rescored: number): void
}

/**
 * Ranks the documents for each query.
 *
 * @param floor documents of an f32 corpus with a smaller score may be missing from the result, for callers that know
 *   enough better documents. Only for metrics where larger is better. Default: -Infinity.
 * @throws TypeError or RangeError if an option is wrong or a score is beyond f32
 */
export function rankQueries(
  view: CorpusView,
  queries: LoadedQueries,
  options: Omit<RankOptions, 'weights'>,
  floor = -Infinity,
): ScoredDocument[][] {
  const { documents } = view
  const { originals, oversampling } = parseOriginals(options, documents.dtype, queries.metric)
  const subset = parseSubset(options.subset, documents.length)
  const considered = subset?.length ?? documents.length
  const limit = parseLimit(options.limit, considered)
  const report: RankRequest['report'] = (method, rescored) =>
    options.onReport?.({ method, considered, rescored })
  const request = { subset, considered, limit, floor, originals, oversampling, report }
  return splitByArithmetic(queries, documents).flatMap(run => rankRun(view, run, request))
}

/** Ranks the documents for queries with the same arithmetic. */
function rankRun(view: CorpusView, queries: LoadedQueries, request: RankRequest): ScoredDocument[][] {
  const { documents } = view
  const { subset, limit, originals } = request
  if (originals) return rankOriginals(view, queries, request, originals)
  if (isScreened(view, queries, request)) return rankScreened(view, queries, request)
  for (let i = 0; i < queries.length; i++) request.report(documents.dtype === 'f32' ? 'exact' : 'stored', 0)
  return rankStored(queries, documents, subset, limit)
}

function isScreened(
  { documents, screen }: CorpusView,
  queries: LoadedQueries,
  request: RankRequest,
): boolean {
  let queryRows = 0
  for (let i = 0; i < queries.length; i++) queryRows += rowsOf(queries, i)
  // with a floor few documents are scored again, whatever the limit
  const limit = request.floor > -Infinity ? 0 : request.limit
  return (
    isFixable(queries, documents.largest) && isWorthScreening(screen, queryRows, limit, request.considered)
  )
}

/**
 * Whether screening saves time. With few rows in all queries there is little to save: below 12 rows f32 was as fast
 * (measured). If a large part of the documents is wanted, most of them have to be scored again.
 */
export function isWorthScreening(
  screen: Screen,
  queryRows: number,
  limit: number,
  considered: number,
): boolean {
  if (screen === 'off') return false
  return queryRows >= (screen === 'copy' ? 5 : 12) && limit * 4 <= considered
}

/** Scores the stored rows of every document and returns the best `limit` for each query. */
function rankStored(
  queries: LoadedQueries,
  documents: ScorableDocuments,
  subset: Uint32Array | undefined,
  limit: number,
): ScoredDocument[][] {
  const rankings = selectTopK(queries, limit, offer => {
    scoreDocuments(queries, documents, { subset }, (first, count) => {
      for (let i = 0; i < queries.length; i++) offer(i, scoresAddress(queries, i, count), count, first)
    })
  })
  return subset ? rankings.map(ranking => withIndices(ranking, subset)) : rankings
}

/** Screens the documents in integers, and scores the ones that can be in the top k in f32. */
function rankScreened(
  { documents, copy }: CorpusView,
  queries: LoadedQueries,
  { subset, limit, floor, report }: RankRequest,
): ScoredDocument[][] {
  const request = { subset, limit, floor, isScreen: true }
  return filterByBounds(queries, copy ?? documents, request).map(({ positions }, i) => {
    report('certified', positions.length)
    return rankStored(queryAt(queries, i), documents, positions, Math.min(limit, positions.length))[0]!
  })
}

/** Scores documents from their originals in f32: all that can be in the top k, or the best of the stored ranking. */
function rankOriginals(
  { documents }: CorpusView,
  queries: LoadedQueries,
  { subset, considered, limit, oversampling, report }: RankRequest,
  originals: (index: number) => MultiVector,
): ScoredDocument[][] {
  const method = oversampling ? 'oversampled' : 'certified'
  const candidates = oversampling
    ? rankStored(queries, documents, subset, Math.min(considered, Math.ceil(limit * oversampling))).map(
        ranking => Uint32Array.from(ranking, ({ index }) => index).sort(),
      )
    : filterByBounds(queries, documents, { subset, limit }).map(({ positions }) => positions)
  return candidates.map((indices, i) => {
    report(method, indices.length)
    const list = {
      documents: Array.from(indices, index => originals(index)),
      pathOf: (position: number) => `originals(${indices[position]})`,
    }
    return withIndices(rankDocuments(queryAt(queries, i), list, Math.min(limit, indices.length)), indices)
  })
}

/** A ranking of positions in `indices` as a ranking of these indices. */
const withIndices = (ranking: readonly ScoredDocument[], indices: Uint32Array): ScoredDocument[] =>
  ranking.map(({ index, score }) => ({ index: indices[index]!, score }))

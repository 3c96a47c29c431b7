// Finds the best documents in one of three ways: scores the stored rows; or screens the documents in integers and scores
// the ones that can be in the top k again in f32; or scores the best of the stored ranking again from their originals.
//
//   screen i8:    int8 copy ──▶ few are left ─────────────────────────────────▶ f32
//                     │              └──▶ many are left ──▶ f32 rows as int16 ──▶ f32
//                     └ a sample shows that it excludes too few ──▶ f32 rows as int16 ──▶ f32

import { BYTES, LIMB } from '../../kernel/constants.generated.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import type { MultiVector } from '../multivector.js'
import { parseLimit, parseSubset } from '../options.js'
import type { Screen } from '../screen.js'
import { isFixable, splitByArithmetic } from './arithmetic.js'
import { candidatesFrom, filterByBounds, mergeCandidates } from './candidate-filter.js'
import type { CorpusView } from './corpus-view.js'
import { coarseQueries, type LoadedQueries, queryAt, rowsOf, scoresAddress } from './loaded-queries.js'
import { parseOriginals, type RankOptions, type RankReport, type ScreenReport } from './rank-options.js'
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
  report(method: RankReport['method'], rescored: number, screens?: readonly ScreenReport[]): void
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
  const report: RankRequest['report'] = (method, rescored, screens = []) =>
    options.onReport?.({ method, considered, rescored, screens })
  const request = { subset, considered, limit, floor, originals, oversampling, report }
  return splitByArithmetic(queries, documents).flatMap(run => rankRun(view, run, request))
}

/** Ranks the documents for queries with the same arithmetic. */
function rankRun(view: CorpusView, queries: LoadedQueries, request: RankRequest): ScoredDocument[][] {
  const { documents } = view
  const { subset, limit, originals } = request
  if (originals) return rankOriginals(view, queries, request, originals)
  if (isScreened(view, queries, request)) {
    return (view.screen === 'i8' ? rankScreenedInInt8 : rankScreened)(view, queries, request)
  }
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

/** The smallest number of rows in all queries for which a screen saves time: below it f32 was as fast (measured). */
const MIN_ROWS: Readonly<Record<Screen, number>> = { i8: 1, i16: 5, convert: 12, off: Infinity }

/** Whether screening saves time. If a large part of the documents is wanted, most of them have to be scored again. */
export function isWorthScreening(
  screen: Screen,
  queryRows: number,
  limit: number,
  considered: number,
): boolean {
  return queryRows >= MIN_ROWS[screen] && limit * 4 <= considered
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

/** Screens the documents in int16, and scores the ones that can be in the top k in f32. */
function rankScreened(
  { documents, copy }: CorpusView,
  queries: LoadedQueries,
  { subset, limit, floor, report }: RankRequest,
): ScoredDocument[][] {
  const request = { subset, limit, floor, isScreen: true }
  return filterByBounds(queries, copy ?? documents, request).map(({ positions }, i) => {
    const left = positions.length
    report('certified', left, [{ screen: 'i16', left }])
    return rankStored(queryAt(queries, i), documents, positions, limit)[0]!
  })
}

/** Screens the documents in int8, and ranks the ones that can be in the top k with the other screens. */
function rankScreenedInInt8(
  { documents, copy }: CorpusView,
  queries: LoadedQueries,
  request: RankRequest,
): ScoredDocument[][] {
  const rest: CorpusView = { documents, copy: undefined, screen: 'convert' }
  const candidates = screenInInt8(coarseQueries(queries), copy!, request)
  if (!candidates) return rankRun(rest, queries, request)
  return candidates.map((positions, i) => {
    const left = positions.length
    return rankRun(rest, queryAt(queries, i), {
      ...request,
      subset: positions,
      considered: left,
      report: (method, rescored, screens = []) =>
        request.report('certified', method === 'certified' ? rescored : left, [
          { screen: 'i8', left },
          ...screens,
        ]),
    })[0]!
  })
}

/**
 * The sample that shows whether int8 is exact enough has one document of this many. A larger sample is more likely to have one of
 * the best documents, without which few are excluded. It takes little time where int8 products are fast.
 */
const SAMPLING = 64
const FAST_SAMPLING = 32
/** The number of documents in the sample of a small corpus. */
const MIN_SAMPLE = 4

/**
 * Returns the documents that can be in the top k of each query by their int8 copy. Returns undefined if a sample shows that it
 * excludes too few to save time. It has to exclude at least half where int8 products are fast. Elsewhere it multiplies in
 * int16, as the next screen does, and only reads less: it has to exclude at least three quarters.
 */
function screenInInt8(
  coarse: LoadedQueries,
  copy: ScorableDocuments,
  { subset, considered, limit, floor }: RankRequest,
): Uint32Array[] | undefined {
  const isFast = coarse.fixedCode === LIMB || coarse.fixedCode === BYTES
  const step = Math.min(isFast ? FAST_SAMPLING : SAMPLING, Math.ceil(considered / MIN_SAMPLE)) || 1
  const sample = new Uint32Array(Math.ceil(considered / step))
  const others = new Uint32Array(considered - sample.length)
  for (let i = 0, sampled = 0; i < considered; i++) {
    const index = subset ? subset[i]! : i
    if (i % step) others[i - sampled] = index
    else sample[sampled++] = index
  }
  const screen = (part: Uint32Array) =>
    filterByBounds(coarse, copy, { subset: part, limit, floor, isScreen: true })
  const found = screen(sample)
  let left = 0
  for (const { uppers, lowers } of found) {
    const threshold = Math.max(floor, lowers[Math.ceil(limit / step) - 1] ?? Infinity)
    left += candidatesFrom(uppers, threshold).positions.length
  }
  if ((isFast ? 2 : 4) * left > sample.length * found.length) return undefined
  return screen(others).map((rest, i) => mergeCandidates([found[i]!, rest], limit))
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
      largest: documents.largest,
    }
    return withIndices(rankDocuments(queryAt(queries, i), list, Math.min(limit, indices.length)), indices)
  })
}

/** A ranking of positions in `indices` as a ranking of these indices. */
const withIndices = (ranking: readonly ScoredDocument[], indices: Uint32Array): ScoredDocument[] =>
  ranking.map(({ index, score }) => ({ index: indices[index]!, score }))

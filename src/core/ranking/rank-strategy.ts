// How the best documents are found: scored as they are stored; or screened in whole numbers and, where the bounds leave
// a doubt, scored again in f32; or ranked as stored, and the best few scored again from their originals.

import { forEachBlock } from '../memory/blocks.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import { METRICS } from '../metric.js'
import { parseLimit, parseSubset } from '../options.js'
import { filterByBounds } from './candidate-filter.js'
import type { CorpusView } from './corpus-view.js'
import { rankOriginals } from './originals.js'
import { parseOriginals, type RankReport, type Screen, type SharedRankOptions } from './rank-options.js'
import type { LoadedQueries } from './score-blocks.js'
import { createTopK, type ScoredDocument } from './top-k.js'

/** Scores all documents, or those of `subset`, block by block; `first` is the position of a block's first. */
export function scoreBlocks(
  loaded: LoadedQueries,
  documents: ScorableDocuments,
  subset: Uint32Array | undefined,
  done: (first: number, count: number) => void,
  only?: number,
): void {
  forEachBlock(subset?.length ?? documents.length, (first, count) => {
    const name = (i: number) => documents.nameOf(subset?.[first + i] ?? first + i)
    loaded.score(documents.dtype, documents.table(first, count, subset), documents.largest, name, only)
    done(first, count)
  })
}

/**
 * Whether screening pays: with few rows, of all queries together, there is little to save (below 12 rows f32 was as
 * fast, measured), and when a large part of the documents is wanted, most of them have to be scored again.
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

/**
 * The best documents for each loaded query. `floor`: documents of an f32 corpus that score less may be left out, as when
 * as many better ones are known from elsewhere; larger is better there.
 */
export function rankQueries(
  stored: CorpusView,
  loaded: LoadedQueries,
  options: SharedRankOptions,
  floor = -Infinity,
): ScoredDocument[][] {
  const { kernel, documents } = stored
  const asked = parseLimit(options.limit, documents.length)
  const subset = parseSubset(options.subset, documents.length)
  const considered = subset?.length ?? documents.length
  const limit = Math.min(asked, considered)
  const { originals, oversampling } = parseOriginals(options, documents.dtype, stored.metric)
  const report = (method: RankReport['method'], rescored: number) =>
    options.onReport?.({ method, considered, rescored })
  const inSubset = (ranked: ScoredDocument[]) =>
    subset ? ranked.map(({ index, score }) => ({ index: subset[index]!, score })) : ranked
  const all = Array.from({ length: loaded.length }, (_, i) => i)

  if (originals) {
    const found = oversampling
      ? best(Math.min(considered, Math.ceil(limit * oversampling)))
          .map(inSubset)
          .map(indicesOf)
      : filterByBounds(kernel, loaded, documents, subset, limit, false).map(({ positions }) => positions)
    return all.map(q => {
      const indices = found[q]!
      report(oversampling ? 'oversampled' : 'certified', indices.length)
      return rankOriginals(stored, loaded, originals, indices, Math.min(limit, indices.length), q)
    })
  }
  if (documents.dtype === 'f32' && isScreened()) {
    const screened = stored.copy ?? documents
    return filterByBounds(kernel, loaded, screened, subset, limit, true, floor).map(
      ({ positions: chosen }, q) => {
        report('certified', chosen.length)
        const ranked = collect(chosen.length, chosen, limit, q)
        return ranked.map(({ index, score }) => ({ index: chosen[index]!, score }))
      },
    )
  }
  all.forEach(() => {
    report(documents.dtype === 'f32' ? 'exact' : 'stored', 0)
  })
  return best(limit).map(inSubset)

  function isScreened(): boolean {
    const rows = all.reduce((sum, q) => sum + loaded.rowsOf(q), 0)
    const { copy, screen } = stored
    if (METRICS[stored.metric].ascending || !loaded.isFixable(documents.largest)) return false
    // with a floor few are scored again, however many are wanted
    return isWorthScreening(copy ? 'copy' : screen, rows, floor > -Infinity ? 0 : limit, considered)
  }

  /** Every document scored as it is stored, and the best `count` positions kept, for each query. */
  function best(count: number): ScoredDocument[][] {
    if (count === 0) return all.map(() => [])
    const rankings = all.map(() => createTopK(stored.kernel, stored.metric, count))
    try {
      scoreBlocks(loaded, documents, subset, (first, size) => {
        rankings.forEach((ranking, q) => {
          ranking.offer(loaded.scoresOf(q, size), size, first)
        })
      })
      return rankings.map(ranking => ranking.take())
    } finally {
      for (const ranking of rankings) ranking.dispose()
    }
  }

  /** The `chosen` documents scored as they are stored, for one query. */
  function collect(total: number, chosen: Uint32Array, count: number, q: number): ScoredDocument[] {
    if (total === 0) return []
    const ranking = createTopK(stored.kernel, stored.metric, Math.min(count, total))
    try {
      scoreBlocks(
        loaded,
        documents,
        chosen,
        (first, size) => ranking.offer(loaded.scoresOf(0, size), size, first),
        q,
      )
      return ranking.take()
    } finally {
      ranking.dispose()
    }
  }
}

/** Rising. */
const indicesOf = (ranked: readonly ScoredDocument[]) => Uint32Array.from(ranked, ({ index }) => index).sort()

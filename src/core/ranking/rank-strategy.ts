// How the best documents are found: scored as they are stored; or screened in whole numbers and, where the bounds leave
// a doubt, scored again in f32; or ranked as stored, and the best few scored again from their originals.

import { forEachBlock } from '../memory/blocks.js'
import type { ScoredDocuments } from '../memory/document-table.js'
import { METRICS } from '../metric.js'
import { parseLimit, parseSubset } from '../options.js'
import { certify } from './certificate.js'
import type { Stored } from './corpus-view.js'
import { rankOriginals } from './originals.js'
import { type CommonOptions, parseOriginals, type RankReport, type Screen } from './rank-options.js'
import type { LoadedQueries } from './score-blocks.js'
import { createRanking, type Ranked } from './top-k.js'

/** Scores all documents, or those of `subset`, block by block; `first` is the position of a block's first. */
export function scoreBlocks(
  loaded: LoadedQueries,
  documents: ScoredDocuments,
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
export function pays(screen: Screen, queryRows: number, limit: number, considered: number): boolean {
  if (screen === 'off') return false
  return queryRows >= (screen === 'copy' ? 5 : 12) && limit * 4 <= considered
}

/**
 * The best documents for each loaded query. `floor`: documents of an f32 corpus that score less may be left out, as when
 * as many better ones are known from elsewhere; larger is better there.
 */
export function rankQueries(
  stored: Stored,
  loaded: LoadedQueries,
  options: CommonOptions,
  floor = -Infinity,
): Ranked[][] {
  const { kernel, documents } = stored
  const asked = parseLimit(options.limit, documents.length)
  const subset = parseSubset(options.subset, documents.length)
  const considered = subset?.length ?? documents.length
  const limit = Math.min(asked, considered)
  const { originals, oversampling } = parseOriginals(options, documents.dtype, stored.metric)
  const report = (method: RankReport['method'], rescored: number) =>
    options.onReport?.({ method, considered, rescored })
  const inSubset = (ranked: Ranked[]) =>
    subset ? ranked.map(({ index, score }) => ({ index: subset[index]!, score })) : ranked
  const all = Array.from({ length: loaded.length }, (_, i) => i)

  if (originals) {
    const found = oversampling
      ? best(Math.min(considered, Math.ceil(limit * oversampling)))
          .map(inSubset)
          .map(indicesOf)
      : certify(kernel, loaded, documents, subset, limit, false).map(({ positions }) => positions)
    return all.map(q => {
      const indices = found[q]!
      report(oversampling ? 'oversampled' : 'certified', indices.length)
      return rankOriginals(stored, loaded, originals, indices, Math.min(limit, indices.length), q)
    })
  }
  if (documents.dtype === 'f32' && isScreened()) {
    const screened = stored.copy ?? documents
    return certify(kernel, loaded, screened, subset, limit, true, floor).map(({ positions: chosen }, q) => {
      report('certified', chosen.length)
      const ranked = collect(chosen.length, chosen, limit, q)
      return ranked.map(({ index, score }) => ({ index: chosen[index]!, score }))
    })
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
    return pays(copy ? 'copy' : screen, rows, floor > -Infinity ? 0 : limit, considered)
  }

  /** Every document scored as it is stored, and the best `count` positions kept, for each query. */
  function best(count: number): Ranked[][] {
    if (count === 0) return all.map(() => [])
    const rankings = all.map(() => createRanking(stored.kernel, stored.metric, count))
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
  function collect(total: number, chosen: Uint32Array, count: number, q: number): Ranked[] {
    if (total === 0) return []
    const ranking = createRanking(stored.kernel, stored.metric, Math.min(count, total))
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
const indicesOf = (ranked: readonly Ranked[]) => Uint32Array.from(ranked, ({ index }) => index).sort()

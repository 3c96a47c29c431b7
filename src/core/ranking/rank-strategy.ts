// How the best documents are found: scored as they are stored; or screened in whole numbers and, where the bounds leave
// a doubt, scored again in f32; or ranked as stored, and the best few scored again from their originals.

import type { Kernel } from '../../kernel/kernel.js'
import type { Dtype } from '../dtype.js'
import type { ScoredDocuments } from '../memory/document-table.js'
import { forEachBlock } from '../memory/load-query.js'
import { METRICS, type Metric } from '../metric.js'
import type { MultiVector } from '../multivector.js'
import { oneOf, parseLimit, parseSubset, type QueryOptions, type Subset } from '../options.js'
import { certify } from './certificate.js'
import { parseOriginals, rankOriginals } from './originals.js'
import type { LoadedQueries } from './score-blocks.js'
import { createRanking, type Ranked } from './top-k.js'

/**
 * How `rank` on an f32 corpus with `dot` or `cosine` finds the best without scoring everything in f32: `convert` rounds
 * rows to int16 on the way, at no cost in memory; `copy` keeps them beside the f32, for half as much memory again and
 * more speed; `off` scores everything in f32. The rankings are the same, bit for bit.
 */
export type Screen = 'convert' | 'copy' | 'off'

const SCREENS: readonly Screen[] = ['convert', 'copy', 'off']

/** The screen to use: `convert` where there is one and none is asked for. */
export function parseScreen(screen: unknown, metric: Metric, dtype: Dtype): Screen {
  const possible = dtype === 'f32' && !METRICS[metric].ascending
  if (screen === undefined) return possible ? 'convert' : 'off'
  const chosen = oneOf(screen, SCREENS, 'screen')
  if (chosen !== 'off' && !possible) {
    throw new RangeError(
      `"screen" ${chosen} goes with dtype f32 and the metrics dot and cosine, got ${dtype} and ${metric}; leave it out`,
    )
  }
  return chosen
}

/** What a ranking rests on. */
export interface RankReport {
  /**
   * `exact`: every document was scored in f32. `certified`: the same result, though only `rescored` were. `stored`: the
   * ranking of the rows as they are stored. `oversampled`: of these the best were scored again from their originals.
   */
  readonly method: 'exact' | 'certified' | 'stored' | 'oversampled'
  /** How many documents were considered. */
  readonly considered: number
  /** How many of them were scored again. */
  readonly rescored: number
}

export interface CommonOptions {
  /** How many documents to give, from 1 to all of them. Left out: 10, or all if there are fewer. */
  readonly limit?: number | undefined
  /** The documents to consider; left out: all. The result has at most as many. */
  readonly subset?: Subset | undefined
  /**
   * For a corpus that does not store f32: the document as it was added, to score it again. With `dot` and `cosine` the
   * ranking is then, scores included, that of an f32 corpus, unless `oversampling` is given.
   */
  readonly originals?: ((index: number) => MultiVector) | undefined
  /** With `originals`: score again only the best `oversampling` x `limit` of the stored ranking, as Qdrant does. */
  readonly oversampling?: number | undefined
  /** Is told what the ranking rests on. */
  readonly onReport?: ((report: RankReport) => void) | undefined
}

export interface RankOptions extends QueryOptions, CommonOptions {}

export interface BatchOptions extends CommonOptions {
  /** The weights of each query, or undefined for those without. */
  readonly weights?: readonly (ArrayLike<number> | undefined)[] | undefined
}

/** A corpus as `rankQueries` sees it. */
export interface Stored {
  readonly kernel: Kernel
  readonly metric: Metric
  readonly documents: ScoredDocuments
  readonly copy: ScoredDocuments | undefined
  readonly screen: Screen
}

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

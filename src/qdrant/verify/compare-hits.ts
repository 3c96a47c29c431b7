// Compares the results of two collections for one query.

import type { Hit } from '../../collection/collection.js'
import type { RankSwap, UnmatchedPoint } from './comparison.js'

/** The results of both sides for one query. */
export interface QueryComparison {
  /** Number of results that both sides have. */
  readonly common: number
  /** Number of results of the side that has more. */
  readonly found: number
  readonly isIdentical: boolean
  /** Differences of the scores of common results. */
  readonly differences: readonly number[]
  /** Largest absolute score. */
  readonly largestScore: number
  readonly swaps: readonly RankSwap[]
  readonly unmatched: readonly UnmatchedPoint[]
}

/** Compares the results of one query. */
export function compareHits(
  query: number,
  serverHits: readonly Hit[],
  localHits: readonly Hit[],
): QueryComparison {
  const localRanks = new Map(localHits.map(({ id, score }, rank) => [id, { score, rank }]))
  const common = serverHits.flatMap(({ id, score }) => {
    const local = localRanks.get(id)
    return local ? [{ id, score, local }] : []
  })
  const swaps: RankSwap[] = []
  for (const [index, first] of common.entries()) {
    for (const second of common.slice(index + 1)) {
      if (first.local.rank < second.local.rank) continue
      swaps.push({ query, ids: [first.id, second.id], gap: Math.abs(first.score - second.score) })
    }
  }
  return {
    common: common.length,
    found: Math.max(serverHits.length, localHits.length),
    isIdentical:
      serverHits.length === localHits.length &&
      serverHits.every(({ id }, rank) => localRanks.get(id)?.rank === rank),
    differences: common.map(({ score, local }) => Math.abs(score - local.score)),
    largestScore: [...serverHits, ...localHits].reduce((max, { score }) => Math.max(max, Math.abs(score)), 0),
    swaps,
    unmatched: [
      ...unmatchedOn('server', query, serverHits, localHits),
      ...unmatchedOn('local', query, localHits, serverHits),
    ],
  }
}

/** The results of one side that the other side does not have. */
function unmatchedOn(
  side: UnmatchedPoint['side'],
  query: number,
  hits: readonly Hit[],
  otherHits: readonly Hit[],
): UnmatchedPoint[] {
  const otherIds = new Set(otherHits.map(({ id }) => id))
  const otherLast = otherHits.at(-1)?.score
  // the order of the hits shows whether larger or smaller scores are better; if all are equal, every gap counts
  const direction = hits.length === 0 ? 0 : Math.sign(hits[0]!.score - hits.at(-1)!.score)
  const gapOf = (score: number) => {
    if (otherLast === undefined || otherHits.length < hits.length) return Number.POSITIVE_INFINITY
    return direction === 0 ? Math.abs(score - otherLast) : direction * (score - otherLast)
  }
  return hits
    .filter(({ id }) => !otherIds.has(id))
    .map(({ id, score }) => ({ query, id, side, gap: gapOf(score) }))
}

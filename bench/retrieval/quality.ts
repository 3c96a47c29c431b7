// How near a ranking is to exact search's. Documents that score as the tenth does are as good as it, whichever of them
// exact search happens to list.
//
//   gain of a document   10 - how many score better in exact search, at least 0
//   recall@10            the share of ten that have a gain
//   nDCG@10              Σ gain / log₂(place + 1), over the same sum for exact search

import type { Ranked } from '../../src/index.js'

export const PLACES = 10

export interface Quality {
  readonly recall: number
  readonly ndcg: number
}

/** `exact`: the best ten of exact search; `found`: what was found, in its order, with exact search's scores. */
export function qualityOf(exact: readonly Ranked[], found: readonly Ranked[]): Quality {
  const gains = found.slice(0, PLACES).map(({ score }) => gainOf(exact, score))
  const ideal = exact.slice(0, PLACES).map(({ score }) => gainOf(exact, score))
  return {
    recall: gains.filter(gain => gain > 0).length / ideal.length,
    ndcg: discounted(gains) / discounted(ideal),
  }
}

function gainOf(exact: readonly Ranked[], score: number): number {
  const better = exact.filter(other => other.score > score).length
  return Math.max(0, Math.min(PLACES, exact.length) - better)
}

const discounted = (gains: readonly number[]) =>
  gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0)

/** The mean over queries. */
export function meanQuality(qualities: readonly Quality[]): Quality {
  const mean = (name: keyof Quality) =>
    qualities.reduce((sum, quality) => sum + quality[name], 0) / qualities.length
  return { recall: mean('recall'), ndcg: mean('ndcg') }
}

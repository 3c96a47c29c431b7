// MRR@k, nDCG@k, recall@k, MAP@k and P@k of a run, with the conventions of trec_eval, which BEIR and MTEB use through pytrec_eval:
//
// - Documents are sorted by score. Ties are sorted by id in descending string order, as trec_eval sorts them. Ranks in a
//   run file are ignored.
// - A document with a grade of at least 1 is relevant. A document without a judgement is not, nor is one with a negative
//   grade, which counts as 0.
// - Every judged query counts. A query that is missing in the run, or has no relevant document, has 0 in all measures
//   (trec_eval -c). Queries of the run without judgements are ignored.
//
//   MRR@k     1 / rank of the first relevant document in the top k, or 0 without one                 (MS MARCO's script)
//   nDCG@k    DCG@k of the run / DCG@k of the ideal ranking;  DCG@k = sum of grade / log2(rank + 1)
//             (Järvelin and Kekäläinen 2002; as trec_eval's ndcg_cut: the gain is the grade, not 2^grade - 1)
//   recall@k  relevant documents in the top k / relevant documents                               (trec_eval's recall)
//   MAP@k     sum of P@rank over the ranks of relevant documents in the top k / relevant documents (trec_eval's map_cut)
//   P@k       relevant documents in the top k / k                                                     (trec_eval's P)

import { checkKnownOptions, wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Qrels, Run } from './judgements.js'

/** The measures of one query, or their means over a run. Each is from 0 to 1, and 1 is best. */
export interface Measures {
  /** Reciprocal rank of the first relevant document. Its mean is MRR. */
  readonly mrr: number
  /** Normalized discounted cumulative gain, from graded judgements. */
  readonly ndcg: number
  /** Share of the relevant documents that were found. */
  readonly recall: number
  /** Average precision: the mean of the precision at the rank of each relevant document. Its mean is MAP. */
  readonly map: number
  /** Share of relevant documents among the top k. */
  readonly precision: number
}

/** The measures of a run: means over all judged queries. */
export interface Evaluation extends Measures {
  /** Number of judged queries. */
  readonly queries: number
  /** Ids of judged queries that are missing in the run. Each counts as 0 in every mean. */
  readonly missing: readonly string[]
  /** Ids of queries of the run without judgements. They are not part of the means. */
  readonly unjudged: readonly string[]
  /** The measures of each judged query, by its id. */
  readonly each: ReadonlyMap<string, Measures>
}

/** The cutoff k of each measure: only the top k documents of a ranking count. */
export interface Cutoffs {
  /** Default: 10. */
  readonly mrr?: number | undefined
  /** Default: 10. */
  readonly ndcg?: number | undefined
  /** Default: 100. */
  readonly recall?: number | undefined
  /** Default: 100. */
  readonly map?: number | undefined
  /** Default: 10. */
  readonly precision?: number | undefined
}

const DEFAULT_CUTOFFS: Readonly<Record<keyof Measures, number>> = {
  mrr: 10,
  ndcg: 10,
  recall: 100,
  map: 100,
  precision: 10,
}

/**
 * Computes MRR, nDCG, recall, MAP and precision of a run, for each judged query and as means. The conventions are those of trec_eval.
 *
 * @param run the search results: scores of documents by query id
 * @param qrels the relevance judgements: grades of documents by query id
 * @param cutoffs how many documents of each ranking count. Default: MRR@10, nDCG@10, recall@100, MAP@100
 *   and P@10
 * @throws TypeError if `run` or `qrels` is not a Map, or a cutoff is not a number
 * @throws RangeError if `qrels` is empty, or a cutoff is unknown or not an integer of at least 1
 * @example
 * import { evaluate } from 'maxsimd/evaluation'
 *
 * const run = new Map([['q1', new Map([['d1', 0.9], ['d2', 0.7], ['d3', 0.2]])]])
 * const qrels = new Map([['q1', new Map([['d2', 1], ['d9', 1]])]])
 * const { mrr, recall, ndcg } = evaluate(run, qrels, { recall: 10 })
 * mrr // 0.5
 * recall // 0.5
 * ndcg.toFixed(3) // '0.387'
 */
export function evaluate(run: Run, qrels: Qrels, cutoffs: Cutoffs = {}): Evaluation {
  checkMap(run, 'run', 'scores')
  checkMap(qrels, 'qrels', 'grades')
  const depths = parseCutoffs(cutoffs)
  if (qrels.size === 0) throw new RangeError('"qrels" expected at least one judged query, got none')
  const each = new Map<string, Measures>()
  for (const [query, grades] of qrels)
    each.set(query, measureQuery(sortByScore(run.get(query)), grades, depths))
  const mean = (name: keyof Measures) =>
    [...each.values()].reduce((sum, measures) => sum + measures[name], 0) / each.size
  return {
    mrr: mean('mrr'),
    ndcg: mean('ndcg'),
    recall: mean('recall'),
    map: mean('map'),
    precision: mean('precision'),
    queries: each.size,
    missing: [...qrels.keys()].filter(query => !run.has(query)),
    unjudged: [...run.keys()].filter(query => !qrels.has(query)),
    each,
  }
}

function checkMap(value: unknown, path: string, values: string): void {
  // not instanceof: a Map may come from another realm
  if (typeof (value as Partial<Run> | null | undefined)?.get === 'function') return
  throw new TypeError(`"${path}" expected a Map from query ids to Maps of ${values}, got ${typeName(value)}`)
}

function parseCutoffs(cutoffs: Cutoffs): Readonly<Record<keyof Measures, number>> {
  checkKnownOptions(cutoffs, Object.keys(DEFAULT_CUTOFFS), 'evaluate', 'cutoffs')
  const cutoff = (name: keyof Measures) => wholeNumber(cutoffs[name] ?? DEFAULT_CUTOFFS[name], name, 1)
  return {
    mrr: cutoff('mrr'),
    ndcg: cutoff('ndcg'),
    recall: cutoff('recall'),
    map: cutoff('map'),
    precision: cutoff('precision'),
  }
}

/** Document ids by descending score, ties by descending id. */
function sortByScore(scores: ReadonlyMap<string, number> = new Map()): string[] {
  const pairs = [...scores].sort(([a, s], [b, t]) => t - s || (a < b ? 1 : -1))
  return pairs.map(([document]) => document)
}

function measureQuery(
  ranking: readonly string[],
  grades: ReadonlyMap<string, number>,
  depths: Readonly<Record<keyof Measures, number>>,
): Measures {
  const gains = ranking.map(document => Math.max(0, grades.get(document) ?? 0))
  const idealGains = [...grades.values()].filter(grade => grade > 0).sort((a, b) => b - a)
  if (idealGains.length === 0) return { mrr: 0, ndcg: 0, recall: 0, map: 0, precision: 0 }
  const firstRelevant = gains.slice(0, depths.mrr).findIndex(gain => gain > 0)
  const foundIn = (depth: number) => gains.slice(0, depth).filter(gain => gain > 0).length
  return {
    mrr: firstRelevant < 0 ? 0 : 1 / (firstRelevant + 1),
    ndcg: discountedGain(gains, depths.ndcg) / discountedGain(idealGains, depths.ndcg),
    recall: foundIn(depths.recall) / idealGains.length,
    map: sumOfPrecisions(gains.slice(0, depths.map)) / idealGains.length,
    precision: foundIn(depths.precision) / depths.precision,
  }
}

/** The sum of the precisions at the ranks of relevant documents. */
function sumOfPrecisions(gains: readonly number[]): number {
  let [found, sum] = [0, 0]
  for (const [index, gain] of gains.entries()) {
    if (gain <= 0) continue
    found++
    sum += found / (index + 1)
  }
  return sum
}

/** DCG@depth. */
function discountedGain(gains: readonly number[], depth: number): number {
  return gains.slice(0, depth).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0)
}

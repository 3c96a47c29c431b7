// How good a run is, by what was judged. Conventions are those of trec_eval, which BEIR and MTEB use through pytrec_eval:
//
// - documents are ranked by score, ties by their id, later strings first (trec_eval sorts by score, then by docno
//   descending); ranks that a file tells are not looked at;
// - a document that was not judged is not relevant; a judgement of 1 or more is relevant, for graded measures its gain;
//   a negative one counts as 0;
// - a query is counted if it was judged: one that the run lacks has 0 everywhere (trec_eval -c), one without a relevant
//   document too; one of the run that was not judged is left out.
//
//   MRR@k     1 / rank of the first relevant document among the first k; 0 if there is none       (MS MARCO's script)
//   nDCG@k    DCG@k of the run / DCG@k of the best ranking; DCG@k = sum of gain / log2(rank + 1)   (Jarvelin, Kekalainen
//             2002, as trec_eval's ndcg_cut: gain is the judgement itself, not 2^judgement - 1)
//   recall@k  relevant documents among the first k / relevant documents                          (trec_eval's recall)

import type { Qrels, Run } from './judgements.js'

/** Measures of one query, each from 0 to 1. */
export interface Measures {
  readonly mrr: number
  readonly ndcg: number
  readonly recall: number
}

/** Measures of a run. */
export interface Evaluation extends Measures {
  /** Judged queries, over which the means go. */
  readonly queries: number
  /** Judged queries that the run does not have; each counts as 0. */
  readonly missing: readonly string[]
  /** Queries of the run that were not judged; they do not count. */
  readonly unjudged: readonly string[]
  /** Of each judged query. */
  readonly each: ReadonlyMap<string, Measures>
}

/** How deep each measure looks. */
export interface Cutoffs {
  /** 10 where it is left out. */
  readonly mrr?: number | undefined
  /** 10 where it is left out. */
  readonly ndcg?: number | undefined
  /** 100 where it is left out. */
  readonly recall?: number | undefined
}

/**
 * Holds a run against judgements: MRR@10, nDCG@10 and recall@100, or other depths, as means over the judged queries.
 *
 * @throws RangeError if nothing was judged, or a depth is no whole number of at least 1
 */
export function evaluate(run: Run, qrels: Qrels, cutoffs: Cutoffs = {}): Evaluation {
  const depths = {
    mrr: depth(cutoffs, 'mrr', 10),
    ndcg: depth(cutoffs, 'ndcg', 10),
    recall: depth(cutoffs, 'recall', 100),
  }
  if (qrels.size === 0) throw new RangeError('"qrels" expected at least one judged query, got none')
  const each = new Map<string, Measures>()
  for (const [query, judged] of qrels) each.set(query, measure(ranked(run.get(query)), judged, depths))
  const mean = (name: keyof Measures) => [...each.values()].reduce((sum, of) => sum + of[name], 0) / each.size
  return {
    mrr: mean('mrr'),
    ndcg: mean('ndcg'),
    recall: mean('recall'),
    queries: each.size,
    missing: [...qrels.keys()].filter(query => !run.has(query)),
    unjudged: [...run.keys()].filter(query => !qrels.has(query)),
    each,
  }
}

function depth(cutoffs: Cutoffs, name: keyof Cutoffs, usual: number): number {
  const told = cutoffs[name] ?? usual
  if (Number.isInteger(told) && told >= 1) return told
  throw new RangeError(`"${name}" expected a whole number of at least 1, got ${told}`)
}

/** Documents by score, then by id, both from the end. */
function ranked(found: ReadonlyMap<string, number> = new Map()): string[] {
  const pairs = [...found].sort(([a, s], [b, t]) => t - s || (a < b ? 1 : a > b ? -1 : 0))
  return pairs.map(([document]) => document)
}

function measure(
  documents: readonly string[],
  judged: ReadonlyMap<string, number>,
  depths: Readonly<Record<keyof Measures, number>>,
): Measures {
  const gains = documents.map(document => Math.max(0, judged.get(document) ?? 0))
  const best = [...judged.values()].filter(gain => gain > 0).sort((a, b) => b - a)
  if (best.length === 0) return { mrr: 0, ndcg: 0, recall: 0 }
  const first = gains.slice(0, depths.mrr).findIndex(gain => gain > 0)
  const found = gains.slice(0, depths.recall).filter(gain => gain > 0).length
  return {
    mrr: first < 0 ? 0 : 1 / (first + 1),
    ndcg: discounted(gains, depths.ndcg) / discounted(best, depths.ndcg),
    recall: found / best.length,
  }
}

function discounted(gains: readonly number[], depth: number): number {
  return gains.slice(0, depth).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0)
}

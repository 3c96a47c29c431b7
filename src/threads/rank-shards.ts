// Ranks the documents of a sharded corpus. Each worker ranks its shard, or finds its candidates for the top k of the whole
// corpus, and the parts are merged. With originals, the candidates are then rescored.

import { METRICS } from '../core/metric.js'
import { mergeCandidates } from '../core/ranking/candidate-filter.js'
import type { RankReport } from '../core/ranking/rank-options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { mergeRankings, mergeReports } from './merge-rankings.js'
import { prepareListRanking } from './rank-list.js'
import { allDocuments, callShards, contextOf, type ShardedCorpus } from './sharded-corpus.js'
import type { ThreadedRankOptions } from './threaded-options.js'
import type { CopiedQueries, RequestContext } from './worker/worker-api.js'

/** The queries and the checked options of a ranking. */
export interface ShardsRequest
  extends CopiedQueries,
    Pick<ThreadedRankOptions, 'originals' | 'oversampling' | 'onReport'> {}

interface RankContext extends ShardsRequest {
  readonly corpus: ShardedCorpus
  /** Number of documents to consider, in all shards. */
  readonly considered: number
  /** The same in each shard. */
  readonly counts: readonly number[]
  /** `subset` in the local indices of each shard. */
  readonly subsets: readonly Uint32Array[] | undefined
}

/** Ranks the documents, or those of `subset`, for each query. */
export async function rankShards(corpus: ShardedCorpus, request: ShardsRequest): Promise<ScoredDocument[][]> {
  const { queries, subset, onReport } = request
  const { directory, settings } = corpus
  const subsets = subset && directory.split(subset)
  const considered = subset?.length ?? directory.length
  const context: RankContext = {
    ...request,
    corpus,
    considered,
    counts: subsets?.map(({ length }) => length) ?? allDocuments(corpus),
    subsets,
    limit: Math.min(request.limit, considered),
  }
  if (request.originals) {
    const candidates = await findCandidates(context)
    const rankings: ScoredDocument[][] = []
    for (const q of queries.keys()) rankings.push(await rankOriginals(context, q, candidates[q]!))
    return rankings
  }
  return (await rankStored(context, context.limit)).map(({ ranked, reports }) => {
    onReport?.(mergeReports(settings.dtype, reports))
    return ranked
  })
}

/** The request to a shard, for its `limit` best documents. */
function requestFor(context: RankContext, shard: number, limit: number): RequestContext & CopiedQueries {
  const { corpus, queries, counts, subsets } = context
  return {
    ...contextOf(corpus),
    queries,
    limit: Math.min(limit, counts[shard]!),
    subset: subsets?.[shard],
  }
}

/** Converts local indices of a shard to indices of the corpus. */
function indexIn({ directory }: ShardedCorpus, shard: number): (localIndex: number) => number {
  const indices = directory.indicesOf(shard)
  return localIndex => indices[localIndex]!
}

/** Ranks the documents by their stored rows. For each query: the ranking, and the reports of the shards. */
async function rankStored(
  context: RankContext,
  limit: number,
): Promise<{ ranked: ScoredDocument[]; reports: RankReport[] }[]> {
  const { corpus, queries, counts } = context
  const parts = await callShards(corpus, counts, (worker, shard) =>
    worker.call('rank', requestFor(context, shard, limit)),
  )
  return queries.map((_, q) => {
    const rankings = parts.map(({ shard, result }) => ({
      ranking: result.rankings[q]!,
      indexOf: indexIn(corpus, shard),
    }))
    const { ascending } = METRICS[corpus.settings.metric]
    const reports = parts.map(({ result }) => result.reports[q]!)
    return { ranked: mergeRankings(rankings, ascending, limit), reports }
  })
}

/** The documents to rescore for each query, ascending. */
async function findCandidates(context: RankContext): Promise<Uint32Array[]> {
  const { corpus, queries, counts, limit, considered, oversampling } = context
  if (oversampling) {
    const rankings = await rankStored(context, Math.min(considered, Math.ceil(limit * oversampling)))
    return rankings.map(({ ranked }) => Uint32Array.from(ranked, ({ index }) => index).sort())
  }
  const parts = await callShards(corpus, counts, (worker, shard) =>
    worker.call('candidates', requestFor(context, shard, limit)),
  )
  return queries.map((_, q) =>
    mergeCandidates(
      parts.map(({ shard, result }) => {
        const candidates = result.candidates[q]!
        return { ...candidates, positions: candidates.positions.map(indexIn(corpus, shard)) }
      }),
      limit,
    ),
  )
}

/** Ranks the candidates of one query by their original rows. */
async function rankOriginals(
  context: RankContext,
  q: number,
  candidates: Uint32Array,
): Promise<ScoredDocument[]> {
  const { corpus, queries, considered, oversampling, originals, onReport } = context
  onReport?.({
    method: oversampling ? 'oversampled' : 'certified',
    considered,
    rescored: candidates.length,
    screens: [],
  })
  if (candidates.length === 0) return []
  const rank = prepareListRanking(corpus.pool, {
    query: queries[q]!,
    metric: corpus.settings.metric,
    documents: await Promise.all(Array.from(candidates, index => originals!(index))),
    limit: Math.min(context.limit, candidates.length),
    pathOf: i => `originals(${candidates[i]})`,
    largest: contextOf(corpus).largest,
  })
  return (await rank()).map(({ index, score }) => ({ index: candidates[index]!, score }))
}

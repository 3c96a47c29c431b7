// A ranking of documents that are spread over lanes: each lane's own, or what each says can be among the best, put
// together; and, where there are originals, those in doubt scored again.

import type { Dtype } from '../core/dtype.js'
import { METRICS, type Metric } from '../core/metric.js'
import type { MultiVector } from '../core/multivector.js'
import type { RankReport } from '../core/ranking/rank-options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { mergeCandidates, mergeRankings, mergeReports } from './merge-rankings.js'
import { prepareListRanking } from './rank-list.js'
import type { CopiedQuery, RequestContext } from './shard.js'
import type { ShardDirectory } from './shard-directory.js'
import type { Answer, WorkerHandle } from './worker-handle.js'

/** A corpus that is spread over lanes. */
export interface Shards {
  readonly lanes: readonly WorkerHandle[]
  readonly directory: ShardDirectory
  readonly metric: Metric
  readonly dtype: Dtype
  asked(): RequestContext
  /** Asks the lanes for which `counts` gives documents, and puts errors under the index of the whole. */
  askLanes<T>(
    counts: readonly number[],
    call: (lane: WorkerHandle, i: number) => Promise<Answer<T>>,
  ): Promise<{ lane: number; result: T }[]>
}

export interface ShardsOptions {
  readonly originals?: ((index: number) => MultiVector | Promise<MultiVector>) | undefined
  readonly oversampling?: number | undefined
  readonly onReport?: ((report: RankReport) => void) | undefined
}

/** The best `asked` documents, or of `subset`, for each question. */
export async function rankShards(
  spread: Shards,
  questions: readonly CopiedQuery[],
  asked: number,
  subset: Uint32Array | undefined,
  { originals, oversampling, onReport }: ShardsOptions,
): Promise<ScoredDocument[][]> {
  const { lanes, directory, metric, dtype, askLanes } = spread
  const split = subset && directory.split(subset)
  const counts = split?.map(({ length }) => length) ?? lanes.map((_, i) => directory.indicesOf(i).length)
  const considered = subset?.length ?? directory.length
  const limit = Math.min(asked, considered)
  const request = (limit: number, i: number) => ({
    ...spread.asked(),
    questions,
    limit: Math.min(limit, counts[i]!),
    subset: split?.[i],
  })
  const indexIn = (lane: number) => {
    const indices = directory.indicesOf(lane)
    return (index: number) => indices[index]!
  }

  /** The best as they are stored, and what each thread reported. */
  async function stored(limit: number): Promise<{ ranked: ScoredDocument[]; reports: RankReport[] }[]> {
    const parts = await askLanes(counts, (lane, i) => lane.call('rank', request(limit, i)))
    return questions.map((_, q) => {
      const rankings = parts.map(({ lane, result }) => ({
        best: result.bests[q]!,
        indexOf: indexIn(lane),
      }))
      const reports = parts.map(({ result }) => result.reports[q]!)
      return { ranked: mergeRankings(rankings, METRICS[metric].ascending, limit), reports }
    })
  }

  /** Those that are scored again, rising. */
  async function doubtful(): Promise<Uint32Array[]> {
    if (oversampling) {
      const best = await stored(Math.min(considered, Math.ceil(limit * oversampling)))
      return best.map(({ ranked }) => Uint32Array.from(ranked, ({ index }) => index).sort())
    }
    const parts = await askLanes(counts, (lane, i) => lane.call('candidates', request(limit, i)))
    return questions.map((_, q) =>
      mergeCandidates(
        parts.map(({ lane, result }) => ({ found: result.candidates[q]!, indexOf: indexIn(lane) })),
        limit,
      ),
    )
  }

  if (!originals) {
    return (await stored(limit)).map(({ ranked, reports }) => {
      onReport?.(mergeReports(dtype, reports))
      return ranked
    })
  }
  const found = await doubtful()
  const rankings: ScoredDocument[][] = []
  for (const [q, indices] of found.entries()) {
    const method = oversampling ? 'oversampled' : 'certified'
    onReport?.({ method, considered, rescored: indices.length })
    const documents = await Promise.all(Array.from(indices, index => originals(index)))
    const place = (i: number) => `originals(${indices[i]})`
    const rank = prepareListRanking(
      lanes,
      questions[q]!,
      metric,
      documents,
      Math.min(limit, indices.length),
      place,
    )
    const ranked = indices.length > 0 ? await rank() : []
    rankings.push(ranked.map(({ index, score }) => ({ index: indices[index]!, score })))
  }
  return rankings
}

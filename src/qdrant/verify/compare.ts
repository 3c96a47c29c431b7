// The same queries on two collections, a server's and one beside the program: how long each took, what it moved, and
// whether both found the same. The two sides take turns, so that a busy machine hurts both alike.

import type {
  CallCost,
  CallProgress,
  Hit,
  PointId,
  ReadableCollection,
  ReadableQueryOptions,
} from '../../collection/collection.js'
import type { MultiVector } from '../../core/multivector.js'
import { readShardPlacement } from '../config/reported-config.js'
import { isServed } from './server-context.js'

export interface CompareOptions extends Pick<ReadableQueryOptions, 'using' | 'filter' | 'params' | 'signal'> {
  /** Results of each query. Left out: 10. */
  readonly limit?: number | undefined
  /** How often each query is timed on each side, after one that is not. Left out: 5. */
  readonly rounds?: number | undefined
  /** Called when a query is done, in all its rounds on both sides. */
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

/** One side's figures. Times in seconds, over all queries and rounds. */
export interface ComparedSide {
  readonly name: string
  readonly median: number
  readonly p95: number
  /** What the other end says that it took; undefined where it does not say. */
  readonly serverMedian: number | undefined
  /** Median of what is left: the way there and back, and the parsing. */
  readonly roundTripMedian: number | undefined
  /** Of one query. */
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly seconds: readonly number[]
}

/** Two documents that the sides rank differently. `gap` is how far apart their scores are, on the server's side. */
export interface RankSwap {
  readonly query: number
  readonly ids: readonly [PointId, PointId]
  readonly gap: number
}

/** A result that only one side has. */
export interface UnmatchedPoint {
  readonly query: number
  readonly id: PointId
  /** The side that has it. */
  readonly side: 'server' | 'local'
  /** How much better it is than the other side's last result; about 0 where several are equally good. */
  readonly gap: number
}

export interface Comparison {
  readonly queries: number
  readonly limit: number
  readonly rounds: number
  readonly server: ComparedSide
  readonly local: ComparedSide
  /** How many times as long the server takes: its median over the other. */
  readonly ratio: number
  /** Mean part of the results that both have. */
  readonly overlap: number
  /** Queries whose results are the same documents in the same order. */
  readonly identical: number
  readonly swaps: readonly RankSwap[]
  readonly unmatched: readonly UnmatchedPoint[]
  /**
   * No result of one side is missing on the other for want of a better score, and scores differ by no more than f32
   * sums may: `verify` judges by exact bounds, this by one part in 10,000.
   */
  readonly agrees: boolean
  /** Over documents that both found. */
  readonly maxScoreDifference: number
  readonly meanScoreDifference: number
  readonly notes: readonly string[]
}

/**
 * Runs the queries on both sides and compares.
 *
 * @throws RangeError if there are no queries
 */
export async function compare(
  server: ReadableCollection,
  local: ReadableCollection,
  queries: readonly MultiVector[],
  { limit = 10, rounds = 5, onProgress, ...options }: CompareOptions = {},
): Promise<Comparison> {
  if (queries.length === 0) throw new RangeError('"queries" expected at least one query, got none')
  const sides = [recorder(server), recorder(local)] as const
  const swaps: RankSwap[] = []
  const unmatched: UnmatchedPoint[] = []
  const differences: number[] = []
  let common = 0
  let found = 0
  let identical = 0
  let largest = 0
  for (const [query, asked] of queries.entries()) {
    const results: Hit[][] = []
    for (let round = 0; round <= rounds; round++) {
      for (const [index, side] of sides.entries()) {
        results[index] = await side.run(asked, { ...options, limit }, round > 0)
      }
    }
    onProgress?.({ phase: 'queries', done: query + 1, total: queries.length })
    const [left, right] = results as [Hit[], Hit[]]
    const scores = new Map(right.map(({ id, score }, rank) => [id, { score, rank }]))
    const both = left.filter(({ id }) => scores.has(id))
    common += both.length
    found += Math.max(left.length, right.length)
    for (const { id, score } of both) differences.push(Math.abs(score - scores.get(id)!.score))
    largest = [...left, ...right].reduce((most, { score }) => Math.max(most, Math.abs(score)), largest)
    unmatched.push(...onlyOn('server', query, left, right), ...onlyOn('local', query, right, left))
    if (left.length === right.length && left.every(({ id }, rank) => scores.get(id)?.rank === rank))
      identical++
    for (const [rank, first] of both.entries()) {
      for (const second of both.slice(rank + 1)) {
        if (scores.get(first.id)!.rank < scores.get(second.id)!.rank) continue
        swaps.push({ query, ids: [first.id, second.id], gap: Math.abs(first.score - second.score) })
      }
    }
  }
  const most = differences.reduce((most, difference) => Math.max(most, difference), 0)
  const slack = TOLERANCE * largest
  const [a, b] = [sides[0].side(), sides[1].side()]
  return {
    queries: queries.length,
    limit,
    rounds,
    server: a,
    local: b,
    ratio: a.median / b.median,
    overlap: found === 0 ? 1 : common / found,
    identical,
    swaps,
    unmatched,
    agrees: most <= slack && unmatched.every(({ gap }) => gap <= slack),
    maxScoreDifference: most,
    meanScoreDifference:
      differences.reduce((sum, difference) => sum + difference, 0) / Math.max(1, differences.length),
    notes: await notesOn(server, options.signal),
  }
}

/** In parts of the largest score. */
const TOLERANCE = 1e-4

/** The results of one side that the other does not have. */
function onlyOn(
  side: UnmatchedPoint['side'],
  query: number,
  own: readonly Hit[],
  other: readonly Hit[],
): UnmatchedPoint[] {
  const there = new Set(other.map(({ id }) => id))
  const last = other.at(-1)?.score
  // which way scores go shows in their order; where all are equal, any gap is one
  const step = own.length === 0 ? 0 : Math.sign(own[0]!.score - own.at(-1)!.score)
  const gapOf = (score: number) => {
    if (last === undefined || other.length < own.length) return Number.POSITIVE_INFINITY
    return step === 0 ? Math.abs(score - last) : step * (score - last)
  }
  return own
    .filter(({ id }) => !there.has(id))
    .map(({ id, score }) => ({ query, id, side, gap: gapOf(score) }))
}

/** Runs queries on one collection and keeps their costs. */
function recorder(collection: ReadableCollection) {
  const seconds: number[] = []
  const costs: CallCost[] = []
  return {
    async run(query: MultiVector, options: ReadableQueryOptions, counts: boolean): Promise<Hit[]> {
      let cost: CallCost | undefined
      const started = performance.now()
      const hits = await collection.query(query, { ...options, onCost: told => (cost = told) })
      if (counts) {
        seconds.push((performance.now() - started) / 1000)
        if (cost) costs.push(cost)
      }
      return hits
    },
    side(): ComparedSide {
      const told = costs.filter(({ serverSeconds }) => serverSeconds !== undefined)
      const mean = (pick: (cost: CallCost) => number) =>
        Math.round(costs.reduce((sum, cost) => sum + pick(cost), 0) / Math.max(1, costs.length))
      return {
        name: collection.name,
        median: quantile(seconds, 0.5),
        p95: quantile(seconds, 0.95),
        serverMedian: told.length
          ? quantile(
              told.map(cost => cost.serverSeconds!),
              0.5,
            )
          : undefined,
        roundTripMedian: told.length
          ? quantile(
              told.map(cost => cost.seconds - cost.serverSeconds!),
              0.5,
            )
          : undefined,
        bytesSent: mean(cost => cost.bytesSent),
        bytesReceived: mean(cost => cost.bytesReceived),
        seconds,
      }
    },
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

async function notesOn(server: ReadableCollection, signal: AbortSignal | undefined): Promise<string[]> {
  if (!isServed(server)) return []
  const { shards, replicas } = await readShardPlacement(server.server.transport, server.name, signal)
  if (shards < 2) return []
  return [
    `the server's side is ${shards} shards (${replicas} copies in all): each rescores its own candidates of a prefetch, so it ` +
      'may rank documents that a rerank of the best candidates over all shards never sees',
  ]
}

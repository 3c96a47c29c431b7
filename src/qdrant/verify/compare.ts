// Runs the same queries on two collections, one on a server and a local one, and compares latencies, bytes and results.
// The sides take turns, so that a busy machine slows both down alike.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { plural } from '../../base/plural.js'
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
import { serverOf } from '../server-connection.js'

/** Options of `compare`. */
export interface CompareOptions extends Pick<ReadableQueryOptions, 'using' | 'filter' | 'params' | 'signal'> {
  /** Results of each query. Default: 10. */
  readonly limit?: number | undefined
  /** Timed runs of each query on each side, after one that is not timed. Default: 5. */
  readonly rounds?: number | undefined
  /** Called after each query, when all its rounds on both sides are done. */
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

/** Figures of one side. Times are in seconds, over all queries and rounds. */
export interface ComparedSide {
  /** Name of the collection. */
  readonly name: string
  /** Median latency. */
  readonly median: number
  /** 95th percentile of the latency. */
  readonly p95: number
  /** Median of the time that the server reports. undefined if it reports none. */
  readonly serverMedian: number | undefined
  /** Median of the rest: network and parsing. undefined if the server reports no time. */
  readonly roundTripMedian: number | undefined
  /** Mean bytes of a request. */
  readonly bytesSent: number
  /** Mean bytes of a response. */
  readonly bytesReceived: number
  /** All latencies. */
  readonly seconds: readonly number[]
}

/** Two documents that the sides rank in different order. */
export interface RankSwap {
  /** Index of the query. */
  readonly query: number
  readonly ids: readonly [PointId, PointId]
  /** Difference of their scores on the server's side. */
  readonly gap: number
}

/** A result that only one side has. */
export interface UnmatchedPoint {
  /** Index of the query. */
  readonly query: number
  readonly id: PointId
  /** The side that has it. */
  readonly side: 'server' | 'local'
  /**
   * How much better its score is than the last result of the other side: about 0 in a tie. Infinity if the other side has
   * fewer results.
   */
  readonly gap: number
}

/** The result of `compare`. */
export interface Comparison {
  /** Number of queries. */
  readonly queries: number
  readonly limit: number
  readonly rounds: number
  readonly server: ComparedSide
  readonly local: ComparedSide
  /** Median of the server divided by the median of the local side. */
  readonly ratio: number
  /** Fraction of the results that both sides have, 0 to 1. */
  readonly overlap: number
  /** Number of queries with the same documents in the same order on both sides. */
  readonly identical: number
  readonly swaps: readonly RankSwap[]
  readonly unmatched: readonly UnmatchedPoint[]
  /**
   * true if scores differ by at most one part in 10,000 of the largest score, and if every result that only one side has is
   * within that of the other side's last one. `verify` uses exact bounds instead.
   */
  readonly agrees: boolean
  /** Largest difference of the two scores of a document that both sides found. */
  readonly maxScoreDifference: number
  /** Mean difference of the two scores of a document that both sides found. */
  readonly meanScoreDifference: number
  /** Circumstances that affect the meaning of these figures. */
  readonly notes: readonly string[]
}

const KNOWN_OPTIONS = [
  'using',
  'filter',
  'params',
  'signal',
  'limit',
  'rounds',
  'onProgress',
] as const satisfies readonly (keyof CompareOptions)[]

/** Tolerance of `agrees`, relative to the largest score. */
const TOLERANCE = 1e-4

/** The results of both sides for one query. */
interface QueryComparison {
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

/**
 * Runs queries on a server's collection and on a local one (a `LocalCopy`, a store, or another collection) and compares
 * latencies, bytes, results and scores.
 *
 * @throws TypeError or RangeError if an option is wrong, or there are no queries
 * @throws QdrantError if the server refuses a request
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { compare, createCollection, createLocalCopy, deleteCollection } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'compare-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot' } },
 * })
 * await collection.upsert([
 *   { id: 1, vector: { colbert: [[1, 0], [0, 1]] } },
 *   { id: 2, vector: { colbert: [[0.5, 0]] } },
 * ])
 * const copy = await createLocalCopy(collection)
 * const comparison = await compare(collection, copy, [[[1, 0]]], { rounds: 3 })
 * comparison.agrees // true
 * comparison.overlap // 1
 * console.log(comparison.ratio) // for example 12: the server takes 12 times as long
 * copy.dispose()
 * await deleteCollection(client, 'compare-example')
 */
export async function compare(
  server: ReadableCollection,
  local: ReadableCollection,
  queries: readonly MultiVector[],
  options: CompareOptions = {},
): Promise<Comparison> {
  checkKnownOptions(options, KNOWN_OPTIONS, 'compare')
  const { limit = 10, rounds = 5, onProgress, ...searchOptions } = options
  wholeNumber(limit, 'limit', 1)
  wholeNumber(rounds, 'rounds', 1)
  if (queries.length === 0) throw new RangeError('"queries" expected at least one query, got none')
  const serverSide = timed(server)
  const localSide = timed(local)
  const compared: QueryComparison[] = []
  for (const [index, query] of queries.entries()) {
    let serverHits: Hit[] = []
    let localHits: Hit[] = []
    for (let round = 0; round <= rounds; round++) {
      serverHits = await serverSide.query(query, { ...searchOptions, limit }, round > 0)
      localHits = await localSide.query(query, { ...searchOptions, limit }, round > 0)
    }
    compared.push(compareHits(index, serverHits, localHits))
    onProgress?.({ phase: 'queries', done: index + 1, total: queries.length })
  }
  const sides = { server: serverSide.figures(), local: localSide.figures() }
  return {
    queries: queries.length,
    limit,
    rounds,
    ...sides,
    ratio: sides.server.median / sides.local.median,
    ...summaryOf(compared),
    notes: await shardNotes(server, options.signal),
  }
}

/** Compares the results of one query. */
function compareHits(query: number, serverHits: readonly Hit[], localHits: readonly Hit[]): QueryComparison {
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

/** Sums up the results of all queries. */
function summaryOf(compared: readonly QueryComparison[]) {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const max = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0)
  const differences = compared.flatMap(each => each.differences)
  const unmatched = compared.flatMap(each => each.unmatched)
  const found = sum(compared.map(each => each.found))
  const tolerance = TOLERANCE * max(compared.map(each => each.largestScore))
  const maxScoreDifference = max(differences)
  return {
    overlap: found === 0 ? 1 : sum(compared.map(each => each.common)) / found,
    identical: compared.filter(each => each.isIdentical).length,
    swaps: compared.flatMap(each => each.swaps),
    unmatched,
    agrees: maxScoreDifference <= tolerance && unmatched.every(({ gap }) => gap <= tolerance),
    maxScoreDifference,
    meanScoreDifference: sum(differences) / Math.max(1, differences.length),
  }
}

/** A collection whose queries are timed. */
function timed(collection: ReadableCollection) {
  const seconds: number[] = []
  const costs: CallCost[] = []
  return {
    /** Runs a query. `counts`: whether its time belongs to the figures. */
    async query(query: MultiVector, options: ReadableQueryOptions, counts: boolean): Promise<Hit[]> {
      let cost: CallCost | undefined
      const started = performance.now()
      const hits = await collection.query(query, { ...options, onCost: reported => (cost = reported) })
      if (counts) {
        seconds.push((performance.now() - started) / 1000)
        if (cost) costs.push(cost)
      }
      return hits
    },
    figures(): ComparedSide {
      const serverTimes = costs.flatMap(({ serverSeconds }) => serverSeconds ?? [])
      const roundTrips = costs.flatMap(cost =>
        cost.serverSeconds === undefined ? [] : cost.seconds - cost.serverSeconds,
      )
      const mean = (pick: (cost: CallCost) => number) =>
        Math.round(costs.reduce((sum, cost) => sum + pick(cost), 0) / Math.max(1, costs.length))
      return {
        name: collection.name,
        median: quantile(seconds, 0.5),
        p95: quantile(seconds, 0.95),
        serverMedian: serverTimes.length > 0 ? quantile(serverTimes, 0.5) : undefined,
        roundTripMedian: roundTrips.length > 0 ? quantile(roundTrips, 0.5) : undefined,
        bytesSent: mean(cost => cost.bytesSent),
        bytesReceived: mean(cost => cost.bytesReceived),
        seconds,
      }
    },
  }
}

function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN
}

async function shardNotes(
  collection: ReadableCollection,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const server = serverOf(collection)
  if (!server) return []
  const { shards, replicas } = await readShardPlacement(server.transport, collection.name, signal)
  if (shards < 2) return []
  return [
    `the server's collection has ${plural(shards, 'shard')} with ${plural(replicas, 'replica')}: each shard rescores its own ` +
      'candidates of a prefetch, so the server may rank documents that a rerank of the best candidates over all shards never sees',
  ]
}

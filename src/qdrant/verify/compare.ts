// Runs the same queries on two collections, one on a server and a local one, and compares latencies, bytes and results.
// The sides take turns, so that a busy machine slows both down alike.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { plural } from '../../base/plural.js'
import type {
  CallCost,
  CallProgress,
  Hit,
  ReadableCollection,
  ReadableQueryOptions,
} from '../../collection/collection.js'
import { copyRows, type MultiVector } from '../../core/multivector.js'
import { readShardPlacement } from '../config/reported-config.js'
import type { ShardOptions } from '../read-points.js'
import { serverOf } from '../server-connection.js'
import { compareHits, type QueryComparison } from './compare-hits.js'
import type { ComparedSide, Comparison } from './comparison.js'
import { inShards } from './shard-view.js'

/** Options of `compare`. */
export interface CompareOptions
  extends Pick<ReadableQueryOptions, 'using' | 'filter' | 'params' | 'signal'>,
    ShardOptions {
  /** Results of each query. Default: 10. */
  readonly limit?: number | undefined
  /** Timed runs of each query on each side, after one that is not timed. Default: 5. */
  readonly rounds?: number | undefined
  /** Called after each query, when all its rounds on both sides are done. */
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

const KNOWN_OPTIONS = [
  'using',
  'filter',
  'params',
  'shard_key',
  'signal',
  'limit',
  'rounds',
  'onProgress',
] as const satisfies readonly (keyof CompareOptions)[]

/** Tolerance of `agrees`, relative to the largest score. */
const TOLERANCE = 1e-4

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
  const { limit = 10, rounds = 5, shard_key, onProgress, ...searchOptions } = options
  wholeNumber(limit, 'limit', 1)
  wholeNumber(rounds, 'rounds', 1)
  if (queries.length === 0) throw new RangeError('"queries" expected at least one query, got none')
  const checked = queries.map((query, index) => copyRows(query, `queries[${index}]`))
  const serverSide = timed(inShards(server, shard_key))
  const localSide = timed(local)
  const compared: QueryComparison[] = []
  for (const [index, query] of checked.entries()) {
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

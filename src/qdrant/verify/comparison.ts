// The result of `compare` as plain data. Types only.

import type { PointId } from '../../collection/collection.js'

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

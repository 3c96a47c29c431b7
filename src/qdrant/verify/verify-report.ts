// What `verify` found, as plain data: for each hit, for the order, for points that should be there. Types only.

import type { Datatype, Distance, PointId } from '../../collection/collection.js'
import type { Scorer } from '../../core/scorer.js'
import type { ShardPlacement } from '../config/reported-config.js'

/** One hit of one query, scored on both sides. */
export interface HitCheck {
  /** Which query, by its place in the list. */
  readonly query: number
  readonly id: PointId
  readonly version: number
  /** Place in the server's ranking, from 0. */
  readonly rank: number
  readonly server: number
  readonly local: number
  readonly difference: number
  /** What the difference must not exceed; Infinity where it is only measured. */
  readonly bound: number
  readonly ok: boolean
  /** Of a hit that is not: the first query row whose own score differs; undefined if only the sum does. */
  readonly row?: number | undefined
}

/** Two hits whose order contradicts their scores by more than their bounds. */
export interface OrderFault {
  readonly query: number
  /** Ranked before `better`, though worse. */
  readonly worse: PointId
  readonly better: PointId
  readonly gap: number
}

/** A point that the server should have found. */
export interface MissedPoint {
  readonly query: number
  readonly id: PointId
  /** The score it has here. */
  readonly local: number
  /** The worst score among the hits. */
  readonly lastScore: number
}

/**
 * A document that is not what the source says: not there; another document's rows; the first rows of what it should
 * be; rows that differ, because one side is stale; or one that the source does not have.
 */
export interface DocumentFault {
  readonly id: PointId
  readonly fault: 'missing' | 'swapped' | 'truncated' | 'stale' | 'unknown'
  /** The first row that differs. */
  readonly row?: number | undefined
  /** Whose rows they are. */
  readonly other?: PointId | undefined
}

export interface VerifyReport {
  /** Nothing contradicts: no hit beyond its bound, no order fault, nothing missed, no document fault. */
  readonly ok: boolean
  readonly collection: string
  /** The server's version; undefined for a collection that is no server's. */
  readonly version: string | undefined
  readonly kernel: Scorer['kernel']
  readonly using: string
  readonly distance: Distance
  readonly datatype: Datatype
  readonly queries: number
  readonly hits: number
  /** Hits beyond their bound. */
  readonly disagreements: number
  readonly maxDifference: number
  /** The largest difference in parts of its bound: below 1 all agree. */
  readonly maxRatio: number
  /** The bound in words, for the query with the most rows. */
  readonly bound: string
  /** Whether hits were judged, or only measured (quantized scores, turbo4). */
  readonly judged: boolean
  readonly checks: readonly HitCheck[]
  readonly order: readonly OrderFault[]
  readonly missed: readonly MissedPoint[]
  readonly documents: readonly DocumentFault[]
  /** Points read to find what was missed; 0 if none were. */
  readonly scanned: number
  /** Shards and copies; undefined for a collection that is no server's. */
  readonly placement: ShardPlacement | undefined
  /** What a reader should know about these figures. */
  readonly notes: readonly string[]
}

// The result of `verify` as plain data: checks of hits, of their order, of missed points and of documents. Types only.

import type { Datatype, Distance, PointId } from '../../collection/collection.js'
import type { KernelName } from '../../kernel/kernel.js'
import type { ShardPlacement } from '../config/reported-config.js'

/** One hit of one query, scored by the server and by the local kernel. */
export interface HitCheck {
  /** Index of the query. */
  readonly query: number
  readonly id: PointId
  /** Version of the point that both scores belong to. */
  readonly version: number
  /** Rank in the server's result, from 0. */
  readonly rank: number
  /** The server's score. */
  readonly server: number
  /** The local kernel's score. */
  readonly local: number
  /** |server - local|. */
  readonly difference: number
  /** Maximum difference that rounding explains. Infinity if differences are only measured. */
  readonly bound: number
  /** Whether the difference is within its bound. undefined if differences are only measured. */
  readonly ok: boolean | undefined
  /** If `ok` is false: the first query row whose own score differs too. undefined if only the sum differs. */
  readonly row?: number | undefined
}

/** Two hits in an order that contradicts their local scores by more than the bounds of both. */
export interface OrderFault {
  /** Index of the query. */
  readonly query: number
  /** The hit that ranks before `better`, although its score is worse. */
  readonly worse: PointId
  readonly better: PointId
  /** Difference of the local scores. */
  readonly gap: number
}

/**
 * A point that belongs among the hits of a query, and that the server did not find. If differences are judged: a point
 * that is better than the last hit, by more than the bounds of both. Otherwise: one of the exact best.
 */
export interface MissedPoint {
  /** Index of the query. */
  readonly query: number
  readonly id: PointId
  /** The local kernel's score. */
  readonly local: number
  /** The local kernel's score of the last hit; NaN if the server found nothing. */
  readonly lastScore: number
}

/**
 * A document that is wrong by itself, or differs from the source.
 *
 * - `duplicate`: an answer of the server has its id twice.
 * - `inconsistent`: a query returns other rows of it than a scan of all points, also when it is repeated.
 * - `not finite`: it has a number that its datatype cannot represent, so that it has no score.
 * - `overflow`: its numbers are finite, and its score for a query is beyond f32.
 * - `zeros`: all its numbers are stored as 0, and those of the source are not. Without a source, only in uint8.
 * - `missing`: the source has it and the collection does not.
 * - `swapped`: it has the rows of another document of the source.
 * - `truncated`: it has only the first rows.
 * - `stale`: its rows differ in another way, for example because one side has an old version.
 * - `unknown`: the collection has it and the source does not.
 */
export interface DocumentFault {
  readonly id: PointId
  readonly fault:
    | 'missing'
    | 'swapped'
    | 'truncated'
    | 'stale'
    | 'unknown'
    | 'duplicate'
    | 'inconsistent'
    | 'not finite'
    | 'overflow'
    | 'zeros'
  /** The first row that differs. */
  readonly row?: number | undefined
  /** Of a swapped document: the document whose rows it has. */
  readonly other?: PointId | undefined
}

/** The result of `verify`. Differences that a report contains are not thrown. */
export interface VerifyReport {
  /**
   * false if a hit is beyond its bound, an order is wrong, a point was missed, a document differs, or there is a problem.
   * undefined if nothing of this was found, but scores were not judged (`judged` is false) or nothing was compared.
   * Missed points do not count if `judged` is false. Otherwise true.
   */
  readonly ok: boolean | undefined
  /** Name of the collection. */
  readonly collection: string
  /** Version of the server. undefined if the collection is not on a server. */
  readonly version: string | undefined
  /** The kernel that computed the local scores. */
  readonly kernel: KernelName
  /** Name of the vector; '' for an unnamed vector. */
  readonly using: string
  readonly distance: Distance
  readonly datatype: Datatype
  /** Number of queries. */
  readonly queries: number
  /** Number of hits that were checked. */
  readonly hits: number
  /** Number of hits beyond their bound. */
  readonly disagreements: number
  /** Largest difference of two scores. */
  readonly maxDifference: number
  /** The bound of the hit with the largest difference; 0 without hits. */
  readonly allowedDifference: number
  /** Largest difference divided by its bound. At most 1 if all scores agree. */
  readonly maxRatio: number
  /** How the bounds are computed, as text, for the query with the most rows. */
  readonly bound: string
  /**
   * Whether differences were compared with their bounds. false: they were only measured, because the server scored
   * quantized vectors or turbo4 codes.
   */
  readonly judged: boolean
  readonly checks: readonly HitCheck[]
  readonly order: readonly OrderFault[]
  readonly missed: readonly MissedPoint[]
  readonly documents: readonly DocumentFault[]
  /** Faults of the whole collection, in words: its points cannot be counted, or it differs from the source. */
  readonly problems: readonly string[]
  /**
   * The fraction of the exact best documents that are among the hits, over all queries; equally good documents count
   * alike. undefined if the points were not read.
   */
  readonly recall: number | undefined
  /** Number of points that were read to find missed points; 0 if none were read. */
  readonly scanned: number
  /** Shards and replicas. undefined if the collection is not on a server. */
  readonly placement: ShardPlacement | undefined
  /** Circumstances that affect the meaning of these figures. */
  readonly notes: readonly string[]
}

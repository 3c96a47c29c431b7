// Third phase of `verify`: reads every point, finds those that belong among the hits of a query and are not there, and
// computes the recall of the exact best.

import type { PointId } from '../../collection/collection.js'
import { documentOf, firstDifference, type PackedRows } from '../../collection/packed-rows.js'
import { selectionOf } from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import type { CheckedHits } from './check-hits.js'
import { unlessBeyondF32 } from './query-hits.js'
import { type Contradictions, repeatQueries } from './repeat-queries.js'
import type { PreparedQuery, VerifyContext } from './verify-context.js'
import type { HitCheck, MissedPoint } from './verify-report.js'

/** Points between two calls of `onProgress`. */
const PROGRESS_POINTS = 32

interface ScoredPoint {
  readonly id: PointId
  readonly local: number
}

/** A query with the hits that the server found for it. */
interface AnsweredQuery extends PreparedQuery {
  readonly hits: readonly HitCheck[]
  readonly hitIds: ReadonlySet<PointId>
  /** The local scores of the hits. */
  readonly scores: ReadonlyMap<PointId, number>
  readonly lastHit: HitCheck | undefined
  /** Whether the server found `limit` hits. If it found fewer, every other point is missed. */
  readonly isFull: boolean
  /** The best of the points that were read, best first, at most `limit`. */
  readonly best: ScoredPoint[]
}

/** What reading every point shows. */
export interface Scan {
  readonly missed: readonly MissedPoint[]
  /** Number of points that were read. */
  readonly scanned: number
  /** Fraction of the exact best that are hits. undefined without queries or documents. */
  readonly recall: number | undefined
  readonly notes: readonly string[]
}

/**
 * Scores every point of the collection for every query.
 *
 * @param checked the hits of the queries
 * @param total number of points, for `onProgress`
 */
export async function findMissedPoints(
  context: VerifyContext,
  queries: readonly PreparedQuery[],
  checked: CheckedHits,
  total: number,
): Promise<Scan> {
  const { collection, field, limit, faults, judged, signal, onProgress } = context
  const answered = queries.map((prepared, query): AnsweredQuery => {
    const hits = checked.checks[query]!
    const ids = checked.ids[query]!
    const hitIds = new Set(ids)
    const scores = new Map(hits.map(({ id, local }) => [id, local]))
    const isFull = ids.length >= limit
    return { ...prepared, hits, hitIds, scores, lastHit: hits.at(-1), isFull, best: [] }
  })
  const missed: MissedPoint[] = []
  const differing = new Map<PointId, PackedRows>()
  let scanned = 0
  let previous: PointId | undefined
  const with_vector = selectionOf(field)
  for await (const { id, vector } of collection.scroll({ with_payload: false, with_vector, signal })) {
    scanned++
    // points are read in the order of their ids
    if (id === previous) faults.duplicate(id)
    previous = id
    if (scanned % PROGRESS_POINTS === 0 || scanned === total) {
      onProgress?.({ phase: 'points', done: scanned, total })
    }
    const document = documentOf({ vector }, field)
    if (!document || document.data.length === 0 || !faults.isScorable(id, document)) continue
    const asHit = checked.documents.get(id)
    let differs = asHit !== undefined && firstDifference(asHit, document, 0) !== undefined
    for (const [query, answer] of answered.entries()) {
      const local = unlessBeyondF32(() =>
        context.scorer.score(answer.stored, document, { metric: context.metric }),
      )
      if (local === undefined) {
        faults.overflow(id)
        continue
      }
      differs ||= (answer.scores.get(id) ?? local) !== local
      keepBest(context, answer.best, { id, local })
      if (!judged || answer.hitIds.has(id) || !isMissed(context, answer, document, local)) continue
      missed.push({ query, id, local, lastScore: answer.lastHit?.local ?? Number.NaN })
    }
    if (differs && !faults.isDuplicate(id)) differing.set(id, document)
  }
  const found = answered.map(answer => foundOfBest(context, answer, checked.documents))
  if (!judged) missed.push(...answered.flatMap((answer, query) => missedOfBest(answer, query, found[query]!)))
  const confirmed = await confirm(context, queries, checked, { missed, differing })
  const expected = answered.reduce((sum, { best }) => sum + best.length, 0)
  const recall = expected === 0 ? undefined : found.reduce((sum, count) => sum + count, 0) / expected
  return { ...confirmed, scanned, recall }
}

/** The contradictions that remain when queries are repeated. */
async function confirm(
  context: VerifyContext,
  queries: readonly PreparedQuery[],
  checked: CheckedHits,
  found: Contradictions,
): Promise<Pick<Scan, 'missed' | 'notes'>> {
  const { isExhaustive, hasReplicas, faults } = context
  const { missed, differing } = found
  if (!hasReplicas) {
    // what an approximate search misses counts, also if it is found by chance when the query is repeated
    const repeated = await repeatQueries(context, queries, checked, {
      missed: isExhaustive ? missed : [],
      differing,
    })
    return isExhaustive ? repeated : { ...repeated, missed }
  }
  // another replica may contradict the one that is wrong
  for (const [id, document] of differing) {
    faults.inconsistent(id, firstDifference(checked.documents.get(id)!, document, 0) ?? 0)
  }
  return { missed, notes: [] }
}

/** How much better a score is than another; negative if it is worse. */
const advantage = ({ metric }: Pick<VerifyContext, 'metric'>, score: number, other: number): number =>
  METRICS[metric].ascending ? other - score : score - other

/** Inserts a point into the list of the best ones, if it belongs there. */
function keepBest(context: VerifyContext, best: ScoredPoint[], point: ScoredPoint): void {
  if (best.length === context.limit && advantage(context, point.local, best.at(-1)!.local) <= 0) return
  const index = best.findIndex(({ local }) => advantage(context, point.local, local) > 0)
  best.splice(index < 0 ? best.length : index, 0, point)
  if (best.length > context.limit) best.pop()
}

/** Whether a point belongs among the hits: it is better than the last one by more than both bounds. */
function isMissed(
  context: VerifyContext,
  { bounds, lastHit, isFull }: AnsweredQuery,
  document: PackedRows,
  local: number,
): boolean {
  if (!lastHit || !isFull) return true
  const gap = advantage(context, local, lastHit.local)
  if (gap <= 0) return false
  const bound = unlessBeyondF32(() => bounds.of(document, Math.max(local, 0)))
  return gap > lastHit.bound + (bound ?? Number.POSITIVE_INFINITY)
}

/** Number of hits that are as good as one of the exact best, up to rounding. */
function foundOfBest(
  context: VerifyContext,
  { hits, best, bounds }: AnsweredQuery,
  documents: ReadonlyMap<PointId, PackedRows>,
): number {
  const last = best.at(-1)
  if (!last) return 0
  const good = new Set<PointId>()
  for (const { id, local } of hits) {
    const bound = bounds.of(documents.get(id)!, Math.max(local, 0))
    const tolerance = Number.isFinite(bound) ? 2 * bound : 0
    if (advantage(context, last.local, local) <= tolerance) good.add(id)
  }
  return Math.min(good.size, best.length)
}

/** The exact best that are no hits. Of equally good ones, as many as are missing. */
function missedOfBest({ best, hitIds, lastHit }: AnsweredQuery, query: number, found: number): MissedPoint[] {
  const lastScore = lastHit?.local ?? Number.NaN
  return best
    .filter(({ id }) => !hitIds.has(id))
    .slice(0, best.length - found)
    .map(({ id, local }) => ({ query, id, local, lastScore }))
}

// Third phase of `verify`: reads every point and finds those that belong among the hits of a query and are not there.

import { documentOf, type PackedRows } from '../../collection/packed-rows.js'
import { selectionOf } from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import type { PreparedQuery, VerifyContext } from './verify-context.js'
import type { HitCheck, MissedPoint } from './verify-report.js'

/** Points between two calls of `onProgress`. */
const PROGRESS_POINTS = 32

/** A query with the hits that the server found for it. */
interface AnsweredQuery extends PreparedQuery {
  readonly hitIds: ReadonlySet<unknown>
  readonly lastHit: HitCheck | undefined
  /** Whether the server found `limit` hits. If it found fewer, every other point is missed. */
  readonly isFull: boolean
}

/**
 * Scores every point of the collection for every query.
 *
 * @param checks of the hits, by query
 * @param total number of points, for `onProgress`
 * @returns the missed points, and the number of points that were read
 */
export async function findMissedPoints(
  context: VerifyContext,
  queries: readonly PreparedQuery[],
  checks: readonly (readonly HitCheck[])[],
  total: number,
): Promise<{ readonly missed: MissedPoint[]; readonly scanned: number }> {
  const { collection, field, limit, signal, onProgress } = context
  const answered = queries.map((prepared, query): AnsweredQuery => {
    const hits = checks[query]!
    const hitIds = new Set(hits.map(({ id }) => id))
    return { ...prepared, hitIds, lastHit: hits.at(-1), isFull: hits.length >= limit }
  })
  const missed: MissedPoint[] = []
  let scanned = 0
  for await (const { id, vector } of collection.scroll({
    with_payload: false,
    with_vector: selectionOf(field),
    signal,
  })) {
    scanned++
    if (scanned % PROGRESS_POINTS === 0 || scanned === total) {
      onProgress?.({ phase: 'points', done: scanned, total })
    }
    const document = documentOf({ vector }, field)
    if (!document) continue
    for (const [query, answer] of answered.entries()) {
      if (answer.hitIds.has(id)) continue
      const local = scoreIfMissed(context, answer, document)
      if (local !== undefined)
        missed.push({ query, id, local, lastScore: answer.lastHit?.local ?? Number.NaN })
    }
  }
  return { missed, scanned }
}

/** Returns the document's score if it belongs among the hits: it is better than the last one by more than both bounds. */
function scoreIfMissed(
  { scorer, metric }: VerifyContext,
  { stored, bounds, lastHit, isFull }: AnsweredQuery,
  document: PackedRows,
): number | undefined {
  const local = scorer.score(stored, document, { metric })
  if (!lastHit || !isFull) return local
  const gap = METRICS[metric].ascending ? lastHit.local - local : local - lastHit.local
  const isBetter = gap > 0 && gap > lastHit.bound + bounds.of(document, Math.max(local, 0))
  return isBetter ? local : undefined
}

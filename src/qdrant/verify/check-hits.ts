// First and second phase of `verify`: rescores every hit in the kernel, and checks that the order follows the scores.

import type { Hit, PointId } from '../../collection/collection.js'
import { documentOf, type PackedRows, packRows } from '../../collection/packed-rows.js'
import { METRICS } from '../../core/metric.js'
import { queryHits, unlessBeyondF32 } from './query-hits.js'
import { type PreparedQuery, prepareQuery, type VerifyContext } from './verify-context.js'
import type { HitCheck, OrderFault } from './verify-report.js'

export interface CheckedHits {
  /** `checks[query][rank]`. */
  readonly checks: readonly (readonly HitCheck[])[]
  /** The documents of all hits, as the server stores them. */
  readonly documents: ReadonlyMap<PointId, PackedRows>
  /** Ids of the hits by query, also of those that cannot be checked. */
  readonly ids: readonly (readonly PointId[])[]
}

/** Runs the queries on the server and rescores their hits. */
export async function checkHits(
  context: VerifyContext,
  queries: readonly PreparedQuery[],
): Promise<CheckedHits> {
  const { field, limit, faults, onProgress } = context
  const checks: HitCheck[][] = []
  const documents = new Map<PointId, PackedRows>()
  const ids: PointId[][] = []
  for (const [query, prepared] of queries.entries()) {
    // vectors come in the same response as scores: both are of one version of the point
    const hits = await queryHits(context, prepared.vector, { limit, withVectors: true })
    ids.push(hits.map(({ id }) => id))
    const checked: HitCheck[] = []
    const seen = new Set<PointId>()
    for (const [rank, hit] of hits.entries()) {
      if (seen.has(hit.id)) faults.duplicate(hit.id)
      seen.add(hit.id)
      const document = documentOf(hit, field)
      if (!document || !faults.isScorable(hit.id, document)) continue
      documents.set(hit.id, document)
      const check = unlessBeyondF32(() => checkHit(context, prepared, hit, document))
      if (!check || Number.isNaN(hit.score)) {
        faults.overflow(hit.id)
        continue
      }
      const row =
        check.ok !== false ? {} : { row: await firstDifferingRow(context, prepared, hit.id, document) }
      checked.push({ query, rank, ...check, ...row })
    }
    checks.push(checked)
    onProgress?.({ phase: 'queries', done: query + 1, total: queries.length })
  }
  return { checks, documents, ids }
}

function checkHit(
  { scorer, metric, judged }: VerifyContext,
  { stored, bounds }: PreparedQuery,
  { id, version, score }: Hit,
  document: PackedRows,
): Omit<HitCheck, 'query' | 'rank' | 'row'> {
  const local = scorer.score(stored, document, { metric })
  const bound = judged ? bounds.of(document, Math.max(local, 0)) : Number.POSITIVE_INFINITY
  const difference = Math.abs(Math.fround(score) - local)
  return {
    id,
    version,
    server: score,
    local,
    difference,
    bound,
    ok: judged ? difference <= bound : undefined,
  }
}

/** Queries the server with single query rows. Returns the first one whose score differs by more than its bound. */
async function firstDifferingRow(
  context: VerifyContext,
  { vector }: PreparedQuery,
  id: PointId,
  document: PackedRows,
): Promise<number | undefined> {
  const { field, scorer, metric } = context
  const dim = field.size
  const { data } = packRows(vector, dim, 'query')
  for (let row = 0; row * dim < data.length; row++) {
    const single = { data: data.slice(row * dim, (row + 1) * dim), dim }
    const { stored, bounds } = prepareQuery(context, single, `query row ${row}`)
    const [hit] = await queryHits(context, single, { limit: 1, id })
    const local = scorer.score(stored, document, { metric })
    if (!hit || !(Math.abs(hit.score - local) <= bounds.of(document, Math.max(local, 0)))) return row
  }
  return undefined
}

/** Finds hits of one query that rank before a better one, by more than the bounds of both. */
export function findOrderFaults(
  { metric, judged }: Pick<VerifyContext, 'metric' | 'judged'>,
  checks: readonly HitCheck[],
): OrderFault[] {
  if (!judged) return []
  const sign = METRICS[metric].ascending ? -1 : 1
  return checks.flatMap((worse, index) => {
    const better = checks
      .slice(index + 1)
      .find(hit => sign * (hit.local - worse.local) > hit.bound + worse.bound)
    if (!better) return []
    const gap = Math.abs(better.local - worse.local)
    return [{ query: worse.query, worse: worse.id, better: better.id, gap }]
  })
}

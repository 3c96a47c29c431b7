// A collection may change while `verify` reads it. So queries that contradict the scan are run again, and only what they
// contradict again is a fault.

import { plural } from '../../base/plural.js'
import type { PointId } from '../../collection/collection.js'
import { documentOf, firstDifference, type PackedRows } from '../../collection/packed-rows.js'
import type { CheckedHits } from './check-hits.js'
import { queryHits } from './query-hits.js'
import type { PreparedQuery, VerifyContext } from './verify-context.js'
import type { MissedPoint } from './verify-report.js'

/** What the scan found that contradicts the hits. */
export interface Contradictions {
  readonly missed: readonly MissedPoint[]
  /** Documents that had other rows as hits, as the scan read them. */
  readonly differing: ReadonlyMap<PointId, PackedRows>
}

/**
 * Runs contradicted queries again. Reports documents that differ again as faults.
 *
 * @returns the points that are missed again
 */
export async function repeatQueries(
  context: VerifyContext,
  queries: readonly PreparedQuery[],
  { checks }: CheckedHits,
  { missed, differing }: Contradictions,
): Promise<{ readonly missed: readonly MissedPoint[]; readonly notes: readonly string[] }> {
  const { field, limit, faults } = context
  const stillMissed: MissedPoint[] = []
  const inconsistent = new Set<PointId>()
  for (const [query, { vector }] of queries.entries()) {
    const missedHere = missed.filter(point => point.query === query)
    const differingHere = checks[query]!.map(({ id }) => id).filter(id => differing.has(id))
    if (missedHere.length + differingHere.length === 0) continue
    const hits = await queryHits(context, vector, { limit, withVectors: true })
    const documents = new Map(hits.map(hit => [hit.id, documentOf(hit, field)]))
    stillMissed.push(...missedHere.filter(({ id }) => !documents.has(id)))
    for (const id of differingHere) {
      const document = documents.get(id)
      const row = document && firstDifference(document, differing.get(id)!, 0)
      if (row === undefined) continue
      inconsistent.add(id)
      faults.inconsistent(id, row)
    }
  }
  const right = missed.length - stillMissed.length + differing.size - inconsistent.size
  const note = `the collection changed meanwhile: ${plural(right, 'point')} contradicted a query, and not its repetition`
  return { missed: stillMissed, notes: right > 0 ? [note] : [] }
}

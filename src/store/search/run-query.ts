// Runs a query, stage by stage. The points that prefetches find are the candidates of the stage after them. Every stage
// scores all its candidates exactly.

import type { Filter, PointId } from '../../collection/collection.js'
import { bothFilters } from '../../collection/rerank-options.js'
import { isSparseQuery, type Query, type QueryStage } from '../../collection/search-options.js'
import { chooseField } from '../../collection/vector-fields.js'
import { type FoundPoint, fuseRankings, parseFusion } from './fusion.js'
import { leadingOf } from './leading-slots.js'
import { findNearest, foundPoint, isAscending, resultOrder } from './nearest.js'
import type { StoreQueryContext } from './query-context.js'
import type { QueryPlan } from './query-plan.js'
import { queryRows, querySparse } from './query-rows.js'
import { type SelectedSlots, select, selectIds, union } from './selection.js'
import { findSparse } from './sparse-nearest.js'

/**
 * Runs a query that `planQuery` has checked. Returns its results, best first, equal scores by id.
 *
 * @param outerFilter the filter of the stages around this one
 * @throws TypeError or RangeError that names the wrong part of the query
 */
export async function runQuery(
  context: StoreQueryContext,
  plan: QueryPlan,
  signal: AbortSignal | undefined,
  outerFilter?: Filter,
): Promise<FoundPoint[]> {
  const { options, prefetches } = plan
  const filter = bothFilters(outerFilter, options.filter)
  const prefetched: FoundPoint[][] = []
  for (const prefetch of prefetches) prefetched.push(await runQuery(context, prefetch, signal, filter))
  return runStage(context, plan, { prefetched, filter, signal })
}

/** What a stage scores. */
export interface StageInput {
  /** The points that each prefetch found. */
  readonly prefetched: readonly (readonly FoundPoint[])[]
  /** The filter of the stage and those around it. */
  readonly filter: Filter | undefined
  readonly signal: AbortSignal | undefined
}

/** Runs the last stage of a query: scores what its prefetches found. */
export async function runStage(
  context: StoreQueryContext,
  { query, options, path }: QueryPlan,
  { prefetched, filter, signal }: StageInput,
): Promise<FoundPoint[]> {
  const fusion = parseFusion(query, prefetched.length, `${path}query`)
  if (fusion) return pageOf(fuseRankings(prefetched, fusion), options, false)
  const candidates = await candidatesOfStage(context, prefetched, filter, `${path}filter`)
  if (query === undefined) {
    if (prefetched.length > 0) throw new RangeError(`"${path}query" is required after a prefetch`)
    const all = candidates ?? (await select(context, undefined))
    const points = [...all].flatMap(([segment, slots]) =>
      Array.from(slots, slot => foundPoint(segment, slot, 0)),
    )
    return pageOf(points, options, false)
  }
  return pageOfNearest(context, { query, options, path }, candidates, signal)
}

/** Returns the page of the nearest points among the candidates. */
async function pageOfNearest(
  context: StoreQueryContext,
  { query, options, path }: Pick<QueryPlan, 'options' | 'path'> & { readonly query: Query },
  candidates: SelectedSlots | undefined,
  signal: AbortSignal | undefined,
): Promise<FoundPoint[]> {
  const { using } = options
  // one more result if the point that the query comes from has to be removed
  const limitFor = (sourceId: PointId | undefined) =>
    options.limit + (options.offset ?? 0) + (sourceId === undefined ? 0 : 1)
  if (isSparseQuery(query, using, context.fields, path)) {
    const name = using!
    const { vector, sourceId } = await querySparse(context, query, name, `${path}query`)
    const corpus = await corpusOf(context, options, name, path)
    const request = { vector, name, limit: limitFor(sourceId), candidates, corpus, signal }
    return pageOf(withoutPoint(await findSparse(context, request), sourceId), options, false)
  }
  const field = chooseField(context.fields, using, `${path}using`)
  checkIdfVector(context, options, field.name, path)
  const { rows, sourceId } = await queryRows(context, query, field, `${path}query`)
  const leading = leadingOf(context, options.params?.leading, field, `${path}params.leading`)
  const request = { rows, field, limit: limitFor(sourceId), candidates, leading, signal }
  return pageOf(withoutPoint(await findNearest(context, request), sourceId), options, isAscending(field))
}

/** The points over which the frequencies of dimensions are counted; undefined for all. */
async function corpusOf(
  context: StoreQueryContext,
  options: QueryStage,
  name: string,
  path: string,
): Promise<SelectedSlots | undefined> {
  checkIdfVector(context, options, name, path)
  const { idf } = options.params ?? {}
  return typeof idf === 'object' ? select(context, idf.corpus, `${path}params.idf.corpus`) : undefined
}

/** @throws RangeError if frequencies are to be counted for a vector without them, as a server refuses it */
function checkIdfVector(
  { modifiers }: StoreQueryContext,
  { params }: QueryStage,
  name: string,
  path: string,
): void {
  if (params?.idf === undefined || modifiers.get(name) === 'idf') return
  throw new RangeError(
    `"${path}params.idf" needs a sparse vector with the modifier "idf", got "${name}"; omit it, or choose another vector with "using"`,
  )
}

const withoutPoint = (points: readonly FoundPoint[], pointId: PointId | undefined): readonly FoundPoint[] =>
  pointId === undefined ? points : points.filter(({ id }) => id !== pointId)

/**
 * Returns the points that a stage scores: those that its prefetches found, whose filters include this stage's, or those
 * that pass the filter. Returns undefined for all points.
 */
async function candidatesOfStage(
  context: StoreQueryContext,
  prefetched: readonly (readonly FoundPoint[])[],
  filter: Filter | undefined,
  filterPath: string,
): Promise<SelectedSlots | undefined> {
  if (prefetched.length > 0) {
    const selections = prefetched.map(points =>
      selectIds(
        context,
        points.map(({ id }) => id),
      ),
    )
    return union(selections)
  }
  return filter === undefined ? undefined : select(context, filter, filterPath)
}

/** Sorts results, and returns the page of those beyond the score threshold. */
function pageOf(points: readonly FoundPoint[], options: QueryStage, ascending: boolean): FoundPoint[] {
  const { limit, offset = 0, score_threshold } = options
  const isBetter = ({ score }: FoundPoint) =>
    score_threshold === undefined || (ascending ? score < score_threshold : score > score_threshold)
  return points
    .filter(isBetter)
    .sort(resultOrder(ascending))
    .slice(offset, offset + limit)
}

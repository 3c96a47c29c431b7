// Queries a store for groups: the best points of each value of a payload field, as Qdrant does (lib/shard/src/grouping),
// but exactly: a server stops after ten requests of its own.

import type { Payload } from '../collection/collection.js'
import {
  type GroupId,
  type Grouping,
  type GroupOptions,
  type PointGroup,
  parseGroupOptions,
} from '../collection/group-options.js'
import type { Query } from '../collection/search-options.js'
import type { Segment } from './columns/segment.js'
import { checkHitParts, labelHits, type ReadHits, readFoundPoints } from './matches.js'
import type { FoundPoint } from './search/fusion.js'
import { compilePath } from './search/payload-path.js'
import { planQuery, type QueryPlan } from './search/query-plan.js'
import { runQuery } from './search/run-query.js'
import type { StoreContext } from './store-context.js'

/** Groups of 64 bits and a sign, as a server has them. */
const MIN_NUMBER = -(2n ** 63n)
const MAX_NUMBER = 2n ** 64n - 1n

interface FoundGroup {
  readonly id: GroupId
  /** The best points, best first. */
  readonly points: FoundPoint[]
}

/** Runs a query for groups. See `Store.queryGroups`. */
export async function queryStoreGroups(
  context: StoreContext,
  query: Query,
  options: GroupOptions,
): Promise<PointGroup[]> {
  const started = performance.now()
  const { group_by, limit, group_size, with_lookup, search } = parseGroupOptions(query, options)
  if (with_lookup !== undefined) throw new RangeError('"with_lookup" is not supported by a store; omit it')
  const { signal, onCost } = search
  const plan = planForGroups(await planQuery(query, search, context, signal), group_by, group_size)
  checkHitParts(context, plan)
  signal?.throwIfAborted()
  const read = await context.exclusive(async () => {
    const bytesBefore = context.vectors.bytesRead
    const groups: { readonly id: GroupId; readonly found: ReadHits }[] = []
    for (const { id, points } of await findGroups(context, plan, { group_by, limit, group_size }, signal)) {
      groups.push({ id, found: await readFoundPoints(context, plan, points) })
    }
    const seconds = (performance.now() - started) / 1000
    onCost?.({ seconds, bytesSent: 0, bytesReceived: context.vectors.bytesRead - bytesBefore, retries: 0 })
    return groups
  })
  const groups: PointGroup[] = []
  for (const { id, found } of read) {
    if (found.hits.length > 0) groups.push({ id, hits: await labelHits(context, found) })
  }
  return groups
}

/** Leaves out points without the field, and lets prefetches find enough points for all groups. */
function planForGroups(plan: QueryPlan, group_by: string, group_size: number): QueryPlan {
  const { filter } = plan.options
  const hasField = { must_not: [{ is_empty: { key: group_by } }] }
  const larger = (stage: QueryPlan): QueryPlan => ({
    ...stage,
    options: { ...stage.options, limit: stage.options.limit * group_size },
    prefetches: stage.prefetches.map(larger),
  })
  return {
    ...plan,
    options: { ...plan.options, filter: filter ? { must: [filter, hasField] } : hasField },
    prefetches: plan.prefetches.map(larger),
  }
}

/** Finds the groups of the best points; if these do not fill them, of all points. */
async function findGroups(
  context: StoreContext,
  plan: QueryPlan,
  { group_by, limit, group_size }: Grouping,
  signal: AbortSignal | undefined,
): Promise<FoundGroup[]> {
  const groupsOf = compileGroups(group_by)
  const all = context.points.size
  for (let size = Math.min(all, 2 * limit * group_size); ; size = all) {
    const points = await runQuery(context, { ...plan, options: { ...plan.options, limit: size } }, signal)
    const payloads = await payloadsOf(context, points)
    const groups = new Map<GroupId, FoundPoint[]>()
    for (const [index, point] of points.entries()) {
      for (const id of groupsOf(payloads[index]!)) {
        const group = groups.get(id)
        if (group === undefined && groups.size < limit) groups.set(id, [point])
        else if (group && group.length < group_size) group.push(point)
      }
    }
    const isFilled =
      groups.size === limit && [...groups.values()].every(({ length }) => length === group_size)
    if (isFilled || points.length < size || size === all) {
      return Array.from(groups, ([id, members]) => ({ id, points: members }))
    }
  }
}

/** Returns the payloads of points, in their order. */
async function payloadsOf(
  { payloads }: StoreContext,
  points: readonly FoundPoint[],
): Promise<readonly Payload[]> {
  const bySegment = new Map<Segment, number[]>()
  for (const { segment, slot } of points) {
    const known = bySegment.get(segment)
    if (known) known.push(slot)
    else bySegment.set(segment, [slot])
  }
  const found = new Map<Segment, Map<number, Payload>>()
  for (const [segment, members] of bySegment) {
    const slots = Uint32Array.from(members).sort()
    const parsed = await payloads.parsed(segment, slots)
    found.set(segment, new Map(parsed.map((payload, index) => [slots[index]!, payload])))
  }
  return points.map(({ segment, slot }) => found.get(segment)!.get(slot)!)
}

/** Compiles a path to a function that returns the groups of a payload. */
function compileGroups(path: string): (payload: Payload) => Iterable<GroupId> {
  const search = compilePath(path, 'group_by')
  return payload => {
    const values: unknown[] = []
    search(payload, value => {
      values.push(value)
      return false
    })
    // one value that cannot be a group leaves the point out of all groups
    const ids = values.flat()
    return ids.every(isGroupId) ? new Set(ids) : []
  }
}

function isGroupId(value: unknown): value is GroupId {
  if (typeof value === 'bigint') return value >= MIN_NUMBER && value <= MAX_NUMBER
  return typeof value === 'string' || Number.isSafeInteger(value)
}

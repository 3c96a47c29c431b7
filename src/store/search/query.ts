// A query, stage by stage: what prefetches find is all that the query after them scores. In each stage every candidate
// is scored by the kernel; the best come out best first, equal scores by id.

import type { Filter, PointId, VectorInput } from '../../collection/collection.js'
import { type Encoder, embedQuery } from '../../collection/embed-texts.js'
import { parseId } from '../../collection/point-id.js'
import {
  checkQueryStage,
  isPlainObject,
  prefetchesOf,
  type Query,
  type QueryOptions,
  type QueryStage,
} from '../../collection/search-options.js'
import { chooseField, type Field, type Fields } from '../../collection/vector-fields.js'
import { checkRows, isTextInput, rowsFor } from '../../collection/vector-input.js'
import type { Explanation } from '../../core/explanation.js'
import type { MultiVector } from '../../core/multivector.js'
import { shapeOf } from '../../core/multivector.js'
import type { PackedFormat } from '../../core/packed-documents.js'
import { compareIds } from '../columns/id-words.js'
import type { PointLocation } from '../columns/point-directory.js'
import type { LoadedDocuments } from '../columns/read-ahead.js'
import { candidatesOf, idAt, type Segment } from '../columns/segment.js'
import type { VectorColumns } from '../columns/vector-column.js'
import { type FoundPoint, fuse, fusionOf } from './fusion.js'
import { type Selected, type SelectionContext, select, selectIds, union } from './selection.js'

export interface StagesContext extends SelectionContext {
  readonly fields: Fields
  readonly kinds: readonly PackedFormat[]
  readonly vectors: VectorColumns
  /** At least the largest absolute value in a field's documents. */
  largest(f: number): number
}

/** A query whose texts have become vectors, at every stage. Runs before anything is locked: an encoder takes its time. */
export async function embedStages(
  query: Query | undefined,
  options: QueryOptions,
  encoder: Encoder | undefined,
  signal?: AbortSignal,
  place = '',
): Promise<{ query: Query | undefined; options: QueryStage }> {
  const stage = checkQueryStage(options, place)
  if (isTextInput(query) && !encoder) {
    throw new TypeError(
      `"${place}query" is a text, and a store searches vectors: pass "encoder" when opening the store`,
    )
  }
  const embedded = query === undefined ? undefined : await embedQuery(query, encoder, signal, `${place}query`)
  const before = []
  for (const [{ query: inner, ...rest }, at] of prefetchesOf(stage, place)) {
    const done = await embedStages(inner, rest, encoder, signal, at)
    before.push({ ...done.options, query: done.query })
  }
  return { query: embedded, options: { ...stage, prefetch: before.length > 0 ? before : undefined } }
}

/** Runs a query that `embedStages` has prepared. */
export async function runStage(
  context: StagesContext,
  query: Query | undefined,
  options: QueryStage,
  signal: AbortSignal | undefined,
  place = '',
  outer: Filter | undefined = undefined,
): Promise<FoundPoint[]> {
  const { limit, offset = 0, score_threshold, lookup_from, shard_key } = options
  if (lookup_from !== undefined || shard_key !== undefined) {
    const name = lookup_from === undefined ? 'shard_key' : 'lookup_from'
    throw new RangeError(`"${place}${name}" is not known to a store; leave it out`)
  }
  const filter = both(outer, options.filter)
  const wanted = limit + offset
  const stages = prefetchesOf(options, place)
  const before: FoundPoint[][] = []
  for (const [{ query: inner, ...rest }, at] of stages) {
    before.push(await runStage(context, inner, checkQueryStage(rest, at), signal, at, filter))
  }
  const fusion = fusionOf(query, `${place}query`)
  if (fusion !== undefined) {
    if (stages.length === 0) throw new RangeError(`"${place}query" expected a prefetch to fuse, got none`)
    return cut(fuse(before, fusion), false)
  }
  // a stage after others scores what these found; their filters have been applied
  const among =
    stages.length > 0
      ? union(
          before.map(found =>
            selectIds(
              context,
              found.map(({ id }) => id),
            ),
          ),
        )
      : filter === undefined
        ? undefined
        : await select(context, filter, undefined, `${place}filter`)
  if (query === undefined) {
    if (stages.length > 0) throw new RangeError(`"${place}query" is needed after a prefetch`)
    const all = among ?? (await select(context, undefined))
    return cut(
      [...all].flatMap(([segment, slots]) => Array.from(slots, slot => found(segment, slot, 0))),
      false,
    )
  }
  const field = chooseField(context.fields, options.using, `${place}using`)
  const { rows, except } = await rowsOf(context, query, field, `${place}query`)
  const ascending = field.distance === 'Euclid' || field.distance === 'Manhattan'
  const extra = except === undefined ? 0 : 1
  const best = await nearest(context, rows, field, wanted + extra, among, ascending, signal)
  return cut(except === undefined ? best : best.filter(({ id }) => id !== except), ascending)

  function cut(all: FoundPoint[], ascending: boolean): FoundPoint[] {
    const kept =
      score_threshold === undefined
        ? all
        : all.filter(({ score }) => (ascending ? score < score_threshold : score > score_threshold))
    return kept.sort(order(ascending)).slice(offset, wanted)
  }
}

const found = (segment: Segment, slot: number, score: number): FoundPoint => ({
  id: idAt(segment, slot),
  score,
  segment,
  slot,
})

/** Best first, equal scores by id. */
const order = (ascending: boolean) => (a: FoundPoint, b: FoundPoint) =>
  (ascending ? a.score - b.score : b.score - a.score) || compareIds(a.id, b.id)

/** A filter that lets through what both let through. */
const both = (a: Filter | undefined, b: Filter | undefined): Filter | undefined =>
  a && b ? { must: [a, b] } : (a ?? b)

/** The rows to compare with; those of a point, which is then no result itself, where an id stands. */
async function rowsOf(
  context: StagesContext,
  query: Query,
  field: Field,
  place: string,
): Promise<{ rows: MultiVector; except?: PointId }> {
  const isNearest = isPlainObject(query) && 'nearest' in query
  const asked = isNearest ? (query.nearest as Query) : query
  const at = isNearest ? `${place}.nearest` : place
  if (typeof asked === 'number' || typeof asked === 'string') {
    const id = parseId(asked, at)
    const point = context.points.find(id)
    const f = [...context.fields.dense.values()].indexOf(field)
    const kind = context.kinds[f]!
    const data =
      point &&
      (await context.vectors.withOne(point.segment, f, point.slot, entry =>
        entry[1] ? kind.unpack(entry) : undefined,
      ))
    if (data) return { rows: { data, dim: kind.dim }, except: id }
    throw new RangeError(
      point
        ? `"${at}" expected a point with the vector "${field.name}", got ${id}`
        : `"${at}" expected a point of the store, got ${id}`,
    )
  }
  const rows = rowsFor(asked as VectorInput, field, at)
  checkRows(shapeOf(rows, at, field.size).rows, field, at)
  return { rows }
}

/** Why a point has its score. */
export async function explainPoint(
  context: StagesContext,
  query: Query,
  field: Field,
  id: PointId,
  { segment, slot }: PointLocation,
): Promise<Explanation> {
  const f = [...context.fields.dense.values()].indexOf(field)
  const { rows } = await rowsOf(context, query, field, 'query')
  const explained = await context.vectors.withOne(segment, f, slot, entry =>
    context.kinds[f]!.explain(rows, entry, context.largest(f), `point ${id}`),
  )
  if (explained) return explained
  throw new RangeError(`"id" expected a point that can be read, got ${id}, which is damaged`)
}

/** The best of all candidates. */
async function nearest(
  context: StagesContext,
  query: MultiVector,
  field: Field,
  limit: number,
  among: Selected | undefined,
  ascending: boolean,
  signal: AbortSignal | undefined,
): Promise<FoundPoint[]> {
  const f = [...context.fields.dense.values()].indexOf(field)
  const kind = context.kinds[f]!
  const largest = context.largest(f)
  let best: FoundPoint[] = []

  function offer(segment: Segment, { directory, slots, length, slotOf }: LoadedDocuments): void {
    const nameOf = (index: number) => `point ${idAt(segment, slotOf(index))}`
    const documents = { directory, slots, length, largest, nameOf }
    const keep = Math.min(limit, length)
    // what scores less than the worst of enough others is not looked at more closely
    const floor = best.length === limit && !ascending ? best.at(-1)!.score : -Infinity
    // the kernel keeps the lower index of equal scores: where ids do not rise with it, all that are equal are needed
    let asked = segment.isOrdered ? keep : keep + 1
    let ranked = kind.rank(query, documents, asked, floor)
    while (!segment.isOrdered && ranked.length < length && ranked.length === asked) {
      if (ranked.at(-1)!.score !== ranked[keep - 1]!.score) break
      asked = Math.min(length, 4 * asked)
      ranked = kind.rank(query, documents, asked, floor)
    }
    const all = [...best, ...ranked.map(({ index, score }) => found(segment, slotOf(index), score))]
    best = all.sort(order(ascending)).slice(0, limit)
  }

  const isThere = (segment: Segment, slot: number) => segment.columns[f]!.directory[4 * slot + 1]! > 0
  for (const segment of context.segments.values()) {
    const chosen = among?.get(segment)
    const slots = among
      ? chosen?.filter(slot => isThere(segment, slot))
      : candidatesOf(segment, segment.columns[f]!)
    if (!slots?.length) continue
    signal?.throwIfAborted()
    await context.vectors.visit(segment, f, slots, present => offer(segment, present), { signal })
  }
  return best
}

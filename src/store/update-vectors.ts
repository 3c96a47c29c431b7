// Replaces and adds vectors of stored points, in batches, and removes vectors.

import { pointIdOf } from '../collection/check-point.js'
import type { Filter, Point, PointId } from '../collection/collection.js'
import {
  type ChangeOptions,
  checkChange,
  checkVectorNames,
  type PointVectors,
  updatedVectors,
} from '../collection/point-changes.js'
import type { UpsertOptions } from '../collection/upsert-options.js'
import type { UpsertReport } from '../collection/upsert-report.js'
import { addRewritten, hasVector, rewritePoints, unknownPoint } from './rewrite-points.js'
import type { StoreContext } from './store-context.js'
import { flushAndReport, flushIfFull, type Upsert, writePoints } from './upsert.js'

/** Points that are read at a time; with an encoder, also the texts that it embeds in one call. */
const GROUP_POINTS = 32

/** Sets vectors of stored points. See `Store.updateVectors`. */
export function updateStoreVectors(
  context: StoreContext,
  points: Iterable<PointVectors> | AsyncIterable<PointVectors>,
  options: UpsertOptions = {},
): Promise<UpsertReport> {
  return writePoints(context, points, options, {
    call: 'updateVectors',
    groupSize: GROUP_POINTS,
    isWritten: hasVectors,
    addPoints,
  })
}

/** Whether a point exists and has all vectors that are given for it. */
function hasVectors(context: StoreContext, point: Point): boolean {
  const id = pointIdOf(point)
  const names = [...updatedVectors(point, id, context.fields).keys()]
  const location = context.points.find(id)
  return location !== undefined && names.every(name => hasVector(context, location, name))
}

/**
 * Writes points again with new vectors. The batch is empty afterwards: a point in it would miss changes of other calls.
 *
 * @throws RangeError once the other points are written, if one does not exist
 */
async function addPoints(upsert: Upsert, points: readonly Point[]): Promise<void> {
  const { context, batch } = upsert
  /** The points in the batch. */
  const added = new Set<PointId>()
  let unknown: PointId | undefined
  for (const point of points) {
    const id = pointIdOf(point)
    const vectors = updatedVectors(point, id, context.fields)
    // a point that is in the batch has to be written before it can be read
    if (added.has(id)) await flushAndReport(upsert)
    if (batch.points === 0) added.clear()
    added.add(id)
    const location = context.points.find(id)
    if (location) await addRewritten(context, batch, location, { vectors })
    else unknown ??= id
    await flushIfFull(upsert)
  }
  await flushAndReport(upsert)
  if (unknown !== undefined) throw unknownPoint(unknown)
}

/** Removes vectors of points. See `Store.deleteVectors`. */
export async function deleteStoreVectors(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  names: readonly string[],
  options: ChangeOptions = {},
): Promise<void> {
  checkChange(options, 'deleteVectors')
  checkVectorNames(names, context.fields)
  return rewritePoints(context, which, options, { vectors: new Map(names.map(name => [name, undefined])) })
}

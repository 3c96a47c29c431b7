// Deletes and counts the points of a store.

import { checkSignal, parseWhich } from '../collection/call-options.js'
import type { Filter, PointId, ReadOptions } from '../collection/collection.js'
import { select, selectLocations } from './search/selection.js'
import type { StoreContext } from './store-context.js'

/** Deletes points by id, or all that pass a filter. See `Store.delete`. */
export async function deleteStorePoints(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  options: Pick<ReadOptions, 'signal'> = {},
): Promise<void> {
  checkSignal(options, 'delete')
  const selected = parseWhich(which)
  options.signal?.throwIfAborted()
  await context.exclusive(async () => {
    const { points, storage } = context
    const locations = await selectLocations(context, selected)
    if (locations.length === 0) return
    const tombstones = locations.flatMap(({ segment, slot }) => [segment.number, slot])
    await storage.appendTombstones(Uint32Array.from(tombstones))
    await storage.commit()
    context.nextVersion()
    for (const location of locations) points.remove(location)
  })
}

/** Counts the points that pass a filter; all points without one. See `Store.count`. */
export async function countStorePoints(
  context: StoreContext,
  filter: Filter | undefined,
  options: Pick<ReadOptions, 'signal'> = {},
): Promise<number> {
  checkSignal(options, 'count')
  options.signal?.throwIfAborted()
  return context.exclusive(async () => {
    if (!filter) return context.points.size
    const selected = await select(context, filter)
    return [...selected.values()].reduce((sum, { length }) => sum + length, 0)
  })
}

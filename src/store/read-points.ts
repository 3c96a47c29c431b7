// Retrieves and scrolls the points of a store.

import { checkRetrieve, checkScroll } from '../collection/call-options.js'
import type { Filter, PointId, ReadOptions, ScrollOptions, StoredPoint } from '../collection/collection.js'
import { parseIds } from '../collection/point-id.js'
import { compareIds } from './columns/id-words.js'
import { positionOf } from './columns/point-directory.js'
import { idAt } from './columns/segment.js'
import { type PointPage, parsePointParts, readPage } from './search/point-reader.js'
import { select } from './search/selection.js'
import type { StoreContext } from './store-context.js'

const DEFAULT_PAGE = 256

/** Reads points by id. See `Store.retrieve`. */
export async function retrieveStorePoints(
  context: StoreContext,
  ids: readonly PointId[],
  options: ReadOptions = {},
): Promise<StoredPoint[]> {
  checkRetrieve(options)
  const uniqueIds = [...new Set(parseIds(ids, 'ids'))]
  const parts = parsePointParts(context, options)
  options.signal?.throwIfAborted()
  const page = await context.exclusive(() => readPage(context, uniqueIds, 0, uniqueIds.length, parts))
  return page.points
}

/**
 * Reads all points in the order of their ids, a page at a time. See `Store.scroll`. A filter is applied once, at the
 * beginning: points that pass it later are not included.
 */
export async function* scrollStorePoints(
  context: StoreContext,
  options: ScrollOptions = {},
): AsyncGenerator<StoredPoint> {
  checkScroll(options)
  const { filter, batchPoints = DEFAULT_PAGE, signal } = options
  const parts = parsePointParts(context, options)
  let passing: PointId[] | undefined
  for (let from: PointId | undefined = 0; from !== undefined; ) {
    signal?.throwIfAborted()
    const start: PointId = from
    const readNext = async (): Promise<PointPage> => {
      if (filter) passing ??= await idsPassing(context, filter)
      const ids = passing ?? context.points.sorted()
      return readPage(context, ids, positionOf(ids, start), batchPoints, parts)
    }
    const page = await context.call(() => context.exclusive(readNext))
    yield* page.points
    from = page.next
  }
}

async function idsPassing(context: StoreContext, filter: Filter): Promise<PointId[]> {
  const selected = await select(context, filter)
  const ids = [...selected].flatMap(([segment, slots]) => Array.from(slots, slot => idAt(segment, slot)))
  return ids.sort(compareIds)
}

// A map from ids to numbers without a limit of its own: V8's Map holds 2^24 entries at most, so more are divided over
// several.

import type { PointId } from '../../collection/collection.js'

/** Entries of one map. Half of V8's limit, because a Map that has deleted entries reaches it earlier. */
const MAX_ENTRIES = 2 ** 23

/** A map from ids to numbers. */
export interface IdMap {
  readonly size: number
  get(id: PointId): number | undefined
  set(id: PointId, value: number): void
  delete(id: PointId): void
  keys(): Iterable<PointId>
}

/** Creates an empty map. */
export function createIdMap(maxEntries = MAX_ENTRIES): IdMap {
  const maps = [new Map<PointId, number>()]

  function mapFor(id: PointId): Map<PointId, number> {
    const found =
      maps.length === 1 && maps[0]!.size < maxEntries
        ? maps[0]
        : (maps.find(map => map.has(id)) ?? maps.find(({ size }) => size < maxEntries))
    if (found) return found
    const added = new Map<PointId, number>()
    maps.push(added)
    return added
  }

  return {
    get size() {
      return maps.reduce((sum, { size }) => sum + size, 0)
    },
    get(id) {
      for (const map of maps) {
        const value = map.get(id)
        if (value !== undefined) return value
      }
      return undefined
    },
    set(id, value) {
      mapFor(id).set(id, value)
    },
    delete(id) {
      for (const map of maps) if (map.delete(id)) return
    },
    *keys() {
      for (const map of maps) yield* map.keys()
    },
  }
}

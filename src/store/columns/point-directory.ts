// The locations of all live points by id, and the ids in order. Built from the segments when a store is opened, and
// updated with every change. While all points are in one segment and their ids are numbers that ascend, as in a text index, the
// segment itself is searched: to map 20,000 ids takes longer than most searches, and a map has 40 bytes for each.

import type { PointId } from '../../collection/collection.js'
import { createIdMap } from './id-map.js'
import { compareIds, MAX_HIGH, NUMBER } from './id-words.js'
import { idAt, markDead, type Segment } from './segment.js'

/** Upper bound of the slots of a segment. A location is stored as one number: segment x `MAX_SLOTS` + slot. */
const MAX_SLOTS = 2 ** 25

/** Where a point is. */
export interface PointLocation {
  readonly segment: Segment
  readonly slot: number
}

/** The live points of a store. */
export interface PointDirectory {
  /** Number of points. */
  readonly size: number
  /** Returns where a point is; undefined if it does not exist. */
  find(id: PointId): PointLocation | undefined
  /**
   * Adds the live points of a segment from slot `first` on. Of two points with the same id the one with the higher
   * version stays, and the other is marked dead.
   */
  enter(segment: Segment, first: number): void
  /** Removes a point and marks it dead. */
  remove(location: PointLocation): void
  /** Returns all ids in ascending order. Valid until the next change. */
  sorted(): readonly PointId[]
}

/** Creates an empty directory of points in these segments. `maxEntries`: of one Map, which tests lower. */
export function createPointDirectory(
  segments: ReadonlyMap<number, Segment>,
  maxEntries?: number,
): PointDirectory {
  const locations = createIdMap(maxEntries)
  /** The segment of all points, if their ids are numbers that ascend. Its points are not in the map. */
  let ordered: Segment | undefined
  let sortedIds: PointId[] | undefined

  function locate(location: number): PointLocation {
    const number = Math.floor(location / MAX_SLOTS)
    return { segment: segments.get(number)!, slot: location - number * MAX_SLOTS }
  }

  /** Of a point and the known one with the same id, marks the older one dead. Returns true if the point stays. */
  function replaceKnown(segment: Segment, slot: number, known: PointLocation): boolean {
    const isNewer = segment.versions[slot]! >= known.segment.versions[known.slot]!
    if (isNewer) markDead(known.segment, known.slot)
    else markDead(segment, slot)
    return isNewer
  }

  function mapPoints(segment: Segment, first: number, end: number): void {
    const base = segment.number * MAX_SLOTS
    for (let slot = first; slot < end; slot++) {
      if (!segment.live[slot]) continue
      const id = idAt(segment, slot)
      const known = locations.get(id)
      if (known !== undefined && !replaceKnown(segment, slot, locate(known))) continue
      locations.set(id, base + slot)
    }
  }

  return {
    get size() {
      return ordered ? ordered.points : locations.size
    },
    find(id) {
      if (ordered) return findOrdered(ordered, id)
      const location = locations.get(id)
      return location === undefined ? undefined : locate(location)
    },
    enter(segment, first) {
      sortedIds = undefined
      if (first === segment.length) return
      const ascend = numbersAscend(segment, first)
      const isOnly = ordered ? ordered === segment || ordered.points === 0 : locations.size === 0
      if (isOnly && ascend) {
        ordered = segment
        return
      }
      if (ordered) mapPoints(ordered, 0, ordered === segment ? first : ordered.length)
      ordered = undefined
      mapPoints(segment, first, segment.length)
    },
    remove({ segment, slot }) {
      if (!markDead(segment, slot)) return
      sortedIds = undefined
      locations.delete(idAt(segment, slot))
    },
    sorted() {
      sortedIds ??= ordered ? liveIds(ordered) : sortIds(locations.keys())
      return sortedIds
    },
  }
}

/** Notes whether the ids from slot `first` on follow each other, in `isOrdered`. Returns whether all ids do and are numbers. */
function numbersAscend(segment: Segment, first: number): boolean {
  if (areAscendingNumbers(segment, first)) return segment.isOrdered
  let previous = first > 0 ? idAt(segment, first - 1) : undefined
  for (let slot = first; slot < segment.length && segment.isOrdered; slot++) {
    const id = idAt(segment, slot)
    if (previous !== undefined) segment.isOrdered = compareIds(previous, id) < 0
    previous = id
  }
  return false
}

/** Whether the ids from the one before slot `first` on are numbers that ascend. Reads words: a call for each id takes longer. */
function areAscendingNumbers({ ids, idTypes, length }: Segment, first: number): boolean {
  let [low, high] = [-1, 0]
  for (let slot = Math.max(0, first - 1); slot < length; slot++) {
    const nextLow = ids[4 * slot]!
    const nextHigh = ids[4 * slot + 1]!
    if (idTypes[slot] !== NUMBER || nextHigh >= MAX_HIGH) return false
    if (nextHigh < high || (nextHigh === high && nextLow <= low)) return false
    low = nextLow
    high = nextHigh
  }
  return true
}

/** The live point with an id in a segment whose ids are numbers that ascend. */
function findOrdered(segment: Segment, id: PointId): PointLocation | undefined {
  if (typeof id !== 'number') return undefined
  let low = 0
  for (let high = segment.length; low < high; ) {
    const middle = (low + high) >>> 1
    if ((idAt(segment, middle) as number) < id) low = middle + 1
    else high = middle
  }
  const isFound = low < segment.length && idAt(segment, low) === id && segment.live[low]
  return isFound ? { segment, slot: low } : undefined
}

function liveIds(segment: Segment): PointId[] {
  const ids: PointId[] = []
  for (let slot = 0; slot < segment.length; slot++) if (segment.live[slot]) ids.push(idAt(segment, slot))
  return ids
}

/** Sorts numbers and UUIDs separately, which is faster than with `compareIds`. */
function sortIds(ids: Iterable<PointId>): PointId[] {
  const numbers: number[] = []
  const bigints: bigint[] = []
  const uuids: string[] = []
  for (const id of ids) {
    if (typeof id === 'number') numbers.push(id)
    else if (typeof id === 'bigint') bigints.push(id)
    else uuids.push(id)
  }
  return [...Float64Array.from(numbers).sort(), ...BigUint64Array.from(bigints).sort(), ...uuids.sort()]
}

/** Returns the first position in ascending `ids` whose id is at least `id`. */
export function positionOf(ids: readonly PointId[], id: PointId): number {
  let low = 0
  for (let high = ids.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (compareIds(ids[middle]!, id) < 0) low = middle + 1
    else high = middle
  }
  return low
}

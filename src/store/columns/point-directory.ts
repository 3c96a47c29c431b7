// Which points there are, and where: the live copy of each id, and the ids in order. Built from the segments when a
// store is opened, and kept with every change.

import type { PointId } from '../../collection/collection.js'
import { compareIds } from './id-words.js'
import { idAt, markDead, type Segment } from './segment.js'

/** Slots of a segment are below this: a place is one number. */
export const MAX_SLOTS = 2 ** 25

export interface PointLocation {
  readonly segment: Segment
  readonly slot: number
}

export interface PointDirectory {
  readonly size: number
  find(id: PointId): PointLocation | undefined
  /**
   * Enters the live points of a segment from slot `first` on. Of two copies of a point the one with the higher version
   * stays; the other is dead.
   */
  enter(segment: Segment, first: number): void
  /** A point is no more. */
  remove(place: PointLocation): void
  /** Every id, rising. Valid until something changes. */
  sorted(): readonly PointId[]
}

export function createPointDirectory(segments: ReadonlyMap<number, Segment>): PointDirectory {
  const places = new Map<PointId, number>()
  let ids: PointId[] | undefined

  function placeAt(place: number): PointLocation {
    const number = Math.floor(place / MAX_SLOTS)
    return { segment: segments.get(number)!, slot: place - number * MAX_SLOTS }
  }

  return {
    get size() {
      return places.size
    },
    find(id) {
      const place = places.get(id)
      return place === undefined ? undefined : placeAt(place)
    },
    enter(segment, first) {
      ids = undefined
      const base = segment.number * MAX_SLOTS
      let before = first > 0 ? idAt(segment, first - 1) : undefined
      for (let slot = first; slot < segment.length; slot++) {
        const id = idAt(segment, slot)
        if (before !== undefined && segment.isOrdered) segment.isOrdered = compareIds(before, id) < 0
        before = id
        if (!segment.live[slot]) continue
        const known = places.get(id)
        if (known !== undefined) {
          const other = placeAt(known)
          const isNewer = segment.versions[slot]! >= other.segment.versions[other.slot]!
          const [dead, deadSlot] = isNewer ? [other.segment, other.slot] : [segment, slot]
          markDead(dead, deadSlot)
          if (!isNewer) continue
        }
        places.set(id, base + slot)
      }
    },
    remove({ segment, slot }) {
      if (!markDead(segment, slot)) return
      ids = undefined
      places.delete(idAt(segment, slot))
    },
    sorted() {
      if (ids) return ids
      const numbers: number[] = []
      const texts: string[] = []
      for (const id of places.keys()) {
        if (typeof id === 'number') numbers.push(id)
        else texts.push(id)
      }
      ids = [...Float64Array.from(numbers).sort(), ...texts.sort()]
      return ids
    },
  }
}

/** The first position in rising ids at which `id` or a later one stands. */
export function positionOf(ids: readonly PointId[], id: PointId): number {
  let low = 0
  for (let high = ids.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (compareIds(ids[middle]!, id) < 0) low = middle + 1
    else high = middle
  }
  return low
}

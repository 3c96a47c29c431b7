// Selects points: those that pass a filter, or those with given ids. A filter that requires ids at its top level reads
// only the payloads of those points.

import type { Filter, PointId } from '../../collection/collection.js'
import { parseIds } from '../../collection/point-id.js'
import type { PayloadColumn } from '../columns/payload-column.js'
import type { PointDirectory, PointLocation } from '../columns/point-directory.js'
import { idAt, type Segment } from '../columns/segment.js'
import { createFilter } from './filter.js'

/** The selected slots of each segment, in ascending order. Nothing is selected in a segment that is missing. */
export type SelectedSlots = ReadonlyMap<Segment, Uint32Array>

/** The parts of a store that a selection reads. */
export interface SelectionContext {
  readonly segments: ReadonlyMap<number, Segment>
  readonly points: PointDirectory
  readonly payloads: PayloadColumn
}

/**
 * Selects the points that pass a filter; all points if it is undefined or null.
 *
 * @param path the name of the filter in error messages
 * @throws TypeError or RangeError that names the wrong part of the filter
 */
export async function select(
  context: SelectionContext,
  filter: Filter | undefined | null,
  path = 'filter',
): Promise<SelectedSlots> {
  if (filter === undefined || filter === null) return selectLive(context)
  const passes = createFilter(filter, path)
  const ids = requiredIds(filter, path)
  const selected = new Map<Segment, Uint32Array>()
  for (const [segment, slots] of ids ? selectIds(context, ids) : selectLive(context)) {
    const payloads = await context.payloads.parsed(segment, slots)
    // reading payloads marks damaged points as dead
    const passed = slots.filter((slot, i) => segment.live[slot] && passes(idAt(segment, slot), payloads[i]!))
    if (passed.length > 0) selected.set(segment, passed)
  }
  return selected
}

/** Returns where the existing points among `ids` are, or those that pass a filter. */
export async function selectLocations(
  context: SelectionContext,
  { ids, filter }: { readonly ids?: readonly PointId[]; readonly filter?: Filter },
): Promise<PointLocation[]> {
  if (ids) return [...new Set(ids)].flatMap(id => context.points.find(id) ?? [])
  const selected = await select(context, filter)
  return [...selected].flatMap(([segment, slots]) => Array.from(slots, slot => ({ segment, slot })))
}

/** Selects the existing points among `ids`. */
export function selectIds({ points }: SelectionContext, ids: Iterable<PointId>): SelectedSlots {
  const selected = new Map<Segment, Set<number>>()
  for (const id of ids) {
    const location = points.find(id)
    if (!location) continue
    const slots = selected.get(location.segment) ?? new Set()
    selected.set(location.segment, slots.add(location.slot))
  }
  return sortSlots(selected)
}

/** Selects all points that are in any of the selections. */
export function union(selections: readonly SelectedSlots[]): SelectedSlots {
  const all = new Map<Segment, Set<number>>()
  for (const selection of selections) {
    for (const [segment, slots] of selection) {
      const known = all.get(segment) ?? new Set()
      for (const slot of slots) known.add(slot)
      all.set(segment, known)
    }
  }
  return sortSlots(all)
}

const sortSlots = (selected: ReadonlyMap<Segment, ReadonlySet<number>>): SelectedSlots =>
  new Map([...selected].map(([segment, slots]) => [segment, Uint32Array.from(slots).sort()]))

function selectLive({ segments }: SelectionContext): SelectedSlots {
  const selected = new Map<Segment, Uint32Array>()
  for (const segment of segments.values()) {
    const slots = new Uint32Array(segment.points)
    let count = 0
    for (let slot = 0; slot < segment.length; slot++) if (segment.live[slot]) slots[count++] = slot
    selected.set(segment, slots)
  }
  return selected
}

/** Returns the ids of a `has_id` condition that every point must meet; undefined if there is none. */
function requiredIds(filter: Filter, path: string): readonly PointId[] | undefined {
  const must = Array.isArray(filter.must) ? filter.must : [filter.must]
  const index = must.findIndex(condition =>
    Array.isArray((condition as { has_id?: unknown } | undefined)?.has_id),
  )
  if (index < 0) return undefined
  return parseIds((must[index] as { has_id: PointId[] }).has_id, `${path}.must[${index}].has_id`)
}

// Which points are meant: those that a filter lets through, or those of a list. Payloads are parsed once and kept, as
// long as they are small; a filter that names ids looks at these only.

import type { Filter, Payload, PointId } from '../../collection/collection.js'
import { parseIds } from '../../collection/point-id.js'
import type { PointDirectory } from '../columns/point-directory.js'
import { idAt, type Segment } from '../columns/segment.js'
import { createFilter } from './filter.js'

/** The slots of each segment, rising. A segment that is not in it has none. */
export type Selected = ReadonlyMap<Segment, Uint32Array>

/** Gives the payloads of slots that are live, parsed, by position. */
export type ParsedPayloads = (segment: Segment, slots: Uint32Array) => Promise<readonly Payload[]>

export interface SelectionContext {
  readonly segments: ReadonlyMap<number, Segment>
  readonly points: PointDirectory
  readonly payloads: ParsedPayloads
}

function allLive({ segments }: SelectionContext): Selected {
  const selected = new Map<Segment, Uint32Array>()
  for (const segment of segments.values()) {
    const slots = new Uint32Array(segment.points)
    let count = 0
    for (let slot = 0; slot < segment.length; slot++) if (segment.live[slot]) slots[count++] = slot
    selected.set(segment, slots)
  }
  return selected
}

/** The points with these ids that are there. */
export function selectIds({ points }: SelectionContext, ids: Iterable<PointId>): Selected {
  const found = new Map<Segment, Set<number>>()
  for (const id of ids) {
    const place = points.find(id)
    if (!place) continue
    const slots = found.get(place.segment) ?? new Set()
    found.set(place.segment, slots.add(place.slot))
  }
  return new Map([...found].map(([segment, slots]) => [segment, Uint32Array.from(slots).sort()]))
}

/** Ids that every point of a filter has to be among, if it says so at its top. */
function idsOf(filter: Filter, place: string): readonly PointId[] | undefined {
  const must = Array.isArray(filter.must) ? filter.must : [filter.must]
  const index = must.findIndex(condition =>
    Array.isArray((condition as { has_id?: unknown } | undefined)?.has_id),
  )
  if (index < 0) return undefined
  return parseIds((must[index] as { has_id: PointId[] }).has_id, `${place}.must[${index}].has_id`)
}

/** The points of `among` (left out: all) that a filter lets through. */
export async function select(
  context: SelectionContext,
  filter: Filter | undefined,
  among?: Selected,
  place = 'filter',
): Promise<Selected> {
  if (filter === undefined || filter === null) return among ?? allLive(context)
  const passes = createFilter(filter, place)
  const ids = among ? undefined : idsOf(filter, place)
  const from = among ?? (ids ? selectIds(context, ids) : allLive(context))
  const selected = new Map<Segment, Uint32Array>()
  for (const [segment, slots] of from) {
    const payloads = await context.payloads(segment, slots)
    // reading may have shown that a point is damaged
    const passed = slots.filter((slot, i) => segment.live[slot] && passes(idAt(segment, slot), payloads[i]!))
    if (passed.length > 0) selected.set(segment, passed)
  }
  return selected
}

/** The points of two selections. */
export function union(selections: readonly Selected[]): Selected {
  const all = new Map<Segment, Set<number>>()
  for (const selection of selections) {
    for (const [segment, slots] of selection) {
      const known = all.get(segment) ?? new Set()
      for (const slot of slots) known.add(slot)
      all.set(segment, known)
    }
  }
  return new Map([...all].map(([segment, slots]) => [segment, Uint32Array.from(slots).sort()]))
}

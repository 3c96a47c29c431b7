// Points as they are given out: with the parts of the payload and the vectors that were asked for.

import type {
  PointId,
  ReadOptions,
  Selection,
  StoredPoint,
  StoredVector,
} from '../../collection/collection.js'
import { chooseField, type Fields, selects } from '../../collection/vector-fields.js'
import type { PackedFormat } from '../../core/packed-documents.js'
import { type PayloadColumn, partsOf } from '../columns/payload-column.js'
import type { PointDirectory, PointLocation } from '../columns/point-directory.js'
import type { Segment } from '../columns/segment.js'
import type { VectorColumns } from '../columns/vector-column.js'

/** What of a point is asked for. */
export interface PointParts {
  readonly with_payload: Selection
  readonly with_vector: Selection
}

export interface ScrollPage {
  readonly found: StoredPoint[]
  /** The id that comes next; undefined at the end. */
  readonly next: PointId | undefined
}

export interface PointReader {
  /** Left out: the payload, and no vectors. Throws RangeError for a vector that there is not. */
  parse(options: ReadOptions): PointParts
  /** A point with these parts; undefined if they turn out to be damaged. */
  read(place: PointLocation, id: PointId, parts: PointParts): Promise<StoredPoint | undefined>
  /** `size` of the points with these ids that are there, from a position of the list on. */
  page(ids: readonly PointId[], from: number, size: number, parts: PointParts): Promise<ScrollPage>
}

export interface PointReaderContext {
  readonly fields: Fields
  readonly kinds: readonly PackedFormat[]
  readonly vectors: VectorColumns
  readonly payloads: PayloadColumn
  readonly points: PointDirectory
}

export function createPointReader(context: PointReaderContext): PointReader {
  const { fields, kinds, vectors, payloads, points } = context

  /** The vectors of a point that a selection asks for, by name. */
  async function vectorsOf(
    segment: Segment,
    slot: number,
    wanted: Selection,
  ): Promise<Record<string, StoredVector>> {
    const found: Record<string, StoredVector> = {}
    for (const [f, field] of [...fields.dense.values()].entries()) {
      if (Array.isArray(wanted) && !wanted.includes(field.name)) continue
      if (segment.columns[f]!.directory[4 * slot + 1] === 0) continue
      const data = await vectors.withOne(segment, f, slot, entry => kinds[f]!.unpack(entry))
      if (data) found[field.name] = field.multi ? { data, dim: field.size } : data
    }
    return found
  }

  const reader: PointReader = {
    parse({ with_payload = true, with_vector = false }) {
      for (const name of Array.isArray(with_vector) ? (with_vector as readonly string[]) : []) {
        if (!fields.dense.has(name)) chooseField(fields, name, 'with_vector')
      }
      return { with_payload, with_vector }
    },
    async read({ segment, slot }, id, { with_payload, with_vector }) {
      const payload = selects(with_payload) ? await payloads.read(segment, slot) : undefined
      const vector = selects(with_vector) ? await vectorsOf(segment, slot, with_vector) : undefined
      if (!segment.live[slot]) return undefined
      return { id, ...(payload && { payload: partsOf(payload, with_payload) }), ...(vector && { vector }) }
    },
    async page(ids, from, size, parts) {
      const found: StoredPoint[] = []
      let position = from
      for (; position < ids.length && found.length < size; position++) {
        const id = ids[position]!
        const place = points.find(id)
        const point = place && (await reader.read(place, id, parts))
        if (point) found.push(point)
      }
      return { found, next: ids[position] }
    },
  }
  return reader
}

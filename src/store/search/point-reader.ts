// Reads points with the selected parts of their payloads and vectors.

import type {
  Payload,
  PointId,
  ReadOptions,
  Selection,
  SparseVector,
  StoredPoint,
  StoredVector,
} from '../../collection/collection.js'
import { chooseField, selects } from '../../collection/vector-fields.js'
import type { PointLocation } from '../columns/point-directory.js'
import { bytesAt } from '../columns/segment.js'
import { hasDocument } from '../columns/sparse-documents.js'
import { columnIndexOf, type StoreQueryContext } from './query-context.js'
import { compileSelection } from './select-payload.js'

/** The parts of points to read. */
export interface PointParts {
  /** Returns the selected fields of a payload. undefined: the payload is not read. */
  readonly selectPayload: ((payload: Payload) => Payload) | undefined
  readonly with_vector: Selection
}

/** A page of points. */
export interface PointPage {
  readonly points: StoredPoint[]
  /** The id after the page; undefined at the end. */
  readonly next: PointId | undefined
}

/**
 * Returns the parts of points that options select. Default: the payload, and no vectors.
 *
 * @throws RangeError for the name of a vector that does not exist
 */
export function parsePointParts(
  { fields }: Pick<StoreQueryContext, 'fields'>,
  { with_payload = true, with_vector = false }: ReadOptions,
): PointParts {
  for (const name of Array.isArray(with_vector) ? (with_vector as readonly string[]) : []) {
    if (!fields.dense.has(name) && !fields.sparse.has(name)) chooseField(fields, name, 'with_vector')
  }
  return { selectPayload: selects(with_payload) ? compileSelection(with_payload) : undefined, with_vector }
}

/** Reads parts of a point. Returns undefined if they are damaged. */
export async function readPoint(
  context: StoreQueryContext,
  location: PointLocation,
  id: PointId,
  parts: PointParts,
): Promise<StoredPoint | undefined> {
  return pointOf(context, { ...location, id }, parts, await readPayload(context, location, parts))
}

const readPayload = async (
  { payloads }: StoreQueryContext,
  { segment, slot }: PointLocation,
  { selectPayload }: PointParts,
): Promise<Payload | undefined> => (selectPayload ? payloads.read(segment, slot) : undefined)

/** A point with its payload, and the vectors that are read. Returns undefined if they are damaged. */
async function pointOf(
  context: StoreQueryContext,
  { segment, slot, id }: PointLocation & { readonly id: PointId },
  { selectPayload, with_vector }: PointParts,
  payload: Payload | undefined,
): Promise<StoredPoint | undefined> {
  const vector = selects(with_vector) ? await readVectors(context, { segment, slot }, with_vector) : undefined
  if (!segment.live[slot]) return undefined
  return {
    id,
    ...(payload && { payload: selectPayload!(payload) }),
    ...(vector && { vector }),
  }
}

/** Points whose payloads are requested together. */
const MAX_AT_ONCE = 256

/** Reads up to `size` existing points, in the order of `ids` from position `first` on. */
export async function readPage(
  context: StoreQueryContext,
  ids: readonly PointId[],
  first: number,
  size: number,
  parts: PointParts,
): Promise<PointPage> {
  const points: StoredPoint[] = []
  let position = first
  while (position < ids.length && points.length < size) {
    const some = ids.slice(position, position + Math.min(MAX_AT_ONCE, size - points.length))
    position += some.length
    for (const point of await readPoints(context, some, parts)) points.push(point)
  }
  return { points, next: ids[position] }
}

/** Reads the existing points among `ids`. Their payloads are requested together, so that they wait for the disk once. */
async function readPoints(
  context: StoreQueryContext,
  ids: readonly PointId[],
  parts: PointParts,
): Promise<StoredPoint[]> {
  const located = ids.flatMap(id => {
    const location = context.points.find(id)
    return location ? [{ ...location, id }] : []
  })
  const payloads = await Promise.allSettled(located.map(location => readPayload(context, location, parts)))
  const points: StoredPoint[] = []
  for (const [i, location] of located.entries()) {
    const payload = payloads[i]!
    if (payload.status === 'rejected') throw payload.reason
    const point = await pointOf(context, location, parts, payload.value)
    if (point) points.push(point)
  }
  return points
}

async function readVectors(
  context: StoreQueryContext,
  { segment, slot }: PointLocation,
  selection: Selection,
): Promise<Record<string, StoredVector>> {
  const { fields, formats, vectors } = context
  const found: (readonly [name: string, vector: StoredVector])[] = []
  const isSelected = (name: string) => !Array.isArray(selection) || selection.includes(name)
  for (const [f, field] of [...fields.dense.values()].entries()) {
    if (!isSelected(field.name) || bytesAt(segment.columns[f]!, slot) === 0) continue
    const data = await vectors.withDocument(segment, f, slot, entry => formats[f]!.unpack(entry))
    if (data) found.push([field.name, field.multi ? { data, dim: field.size } : data])
  }
  for (const name of fields.sparse) {
    const vector = isSelected(name) ? await readSparseVector(context, { segment, slot }, name) : undefined
    if (vector) found.push([name, vector])
  }
  return Object.fromEntries(found)
}

/** Reads a sparse vector of a point. Returns undefined if the point does not have it, or it is damaged. */
export async function readSparseVector(
  context: StoreQueryContext,
  { segment, slot }: PointLocation,
  name: string,
): Promise<SparseVector | undefined> {
  const f = columnIndexOf(context, name)
  const column = segment.columns[f]!
  if (!hasDocument(column, slot)) return undefined
  if (bytesAt(column, slot) === 0) return { indices: [], values: [] }
  const place = { segment, fieldIndex: f }
  const vector = await context.vectors.withDocument(segment, f, slot, entry =>
    context.postings.decode(place, slot, entry),
  )
  return vector && { indices: [...vector.indices], values: [...vector.values] }
}

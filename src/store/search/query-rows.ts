// The rows that a nearest-neighbour query compares documents with.

import type { PointId, SparseVector, VectorInput } from '../../collection/collection.js'
import { packRows } from '../../collection/packed-rows.js'
import { parseQueryId } from '../../collection/point-id.js'
import { isPlainObject, type Query } from '../../collection/search-options.js'
import type { Field } from '../../collection/vector-fields.js'
import { checkRows, checkSparse, rowsFor } from '../../collection/vector-input.js'
import type { MultiVector } from '../../core/multivector.js'
import { readSparseVector } from './point-reader.js'
import { fieldIndexOf, type StoreQueryContext } from './query-context.js'

/** The rows of a query. */
export interface QueryRows {
  readonly rows: MultiVector
  /** The point that the rows are from, if the query is an id. It is not a result itself. */
  readonly sourceId?: PointId
}

/**
 * Returns the rows of a query: a vector, `{ nearest: vector }`, or the stored rows of the point with an id.
 *
 * @throws TypeError or RangeError that names the query by `path`
 */
export async function queryRows(
  context: StoreQueryContext,
  query: Query,
  field: Field,
  path: string,
): Promise<QueryRows> {
  const { vector, path: vectorPath } = vectorOf(query, path)
  if (typeof vector === 'number' || typeof vector === 'bigint' || typeof vector === 'string') {
    return storedRows(context, parseQueryId(vector, vectorPath), field, vectorPath)
  }
  // all numbers are checked here, because nothing is scored if the store has no candidates
  const rows = packRows(rowsFor(vector, field, vectorPath), field.size, vectorPath)
  checkRows(rows.data.length / field.size, field, vectorPath)
  return { rows }
}

/** The vector of a sparse query. */
export interface SparseQuery {
  readonly vector: SparseVector
  /** The point that the vector is from, if the query is an id. It is not a result itself. */
  readonly sourceId?: PointId
}

/**
 * Returns the vector of a sparse query: `{ indices, values }`, `{ nearest: vector }`, or that of the point with an id.
 *
 * @param name the name of the sparse vector
 * @throws TypeError or RangeError that names the query by `path`
 */
export async function querySparse(
  context: StoreQueryContext,
  query: Query,
  name: string,
  path: string,
): Promise<SparseQuery> {
  const { vector, path: vectorPath } = vectorOf(query, path)
  if (typeof vector !== 'number' && typeof vector !== 'bigint' && typeof vector !== 'string') {
    checkSparse(vector as SparseVector, vectorPath)
    return { vector: vector as SparseVector }
  }
  const id = parseQueryId(vector, vectorPath)
  const location = context.points.find(id)
  if (!location) throw new RangeError(`"${vectorPath}" expected the id of a point in the store, got ${id}`)
  const stored = await readSparseVector(context, location, name)
  if (stored) return { vector: stored, sourceId: id }
  throw new RangeError(`"${vectorPath}" expected a point with the vector "${name}", got ${id}`)
}

/** The vector or id of a query, and its path in errors. */
function vectorOf(
  query: Query,
  path: string,
): { readonly vector: VectorInput | PointId; readonly path: string } {
  if (!isPlainObject(query) || !('nearest' in query)) return { vector: query as VectorInput | PointId, path }
  return { vector: query.nearest as VectorInput | PointId, path: `${path}.nearest` }
}

async function storedRows(
  context: StoreQueryContext,
  id: PointId,
  field: Field,
  path: string,
): Promise<QueryRows> {
  const location = context.points.find(id)
  if (!location) throw new RangeError(`"${path}" expected the id of a point in the store, got ${id}`)
  const { segment, slot } = location
  const fieldIndex = fieldIndexOf(context, field)
  const format = context.formats[fieldIndex]!
  const data = await context.vectors.withDocument(segment, fieldIndex, slot, entry =>
    entry[1] ? format.unpack(entry) : undefined,
  )
  if (data) return { rows: { data, dim: format.dim }, sourceId: id }
  throw new RangeError(`"${path}" expected a point with the vector "${field.name}", got ${id}`)
}

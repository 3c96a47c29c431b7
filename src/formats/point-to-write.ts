// Checks of the points that are written to a file: a file must be readable again.

import { typeName } from '../base/type-name.js'
import type { PointId } from '../collection/collection.js'
import type { PackedRows } from '../collection/packed-rows.js'
import { parseId } from '../collection/point-id.js'
import type { PointToWrite } from './file-point.js'

interface CheckedPoint {
  readonly id: PointId
  readonly vector: PackedRows
  /** JSON; undefined if there is no payload. */
  readonly payload: string | undefined
}

/**
 * Checks a point and returns it with its payload as JSON.
 *
 * @throws TypeError if the id or the vector is missing, or the payload is not an object
 * @throws RangeError if the id is invalid, the vector is not whole rows, or the payload has a number that JSON does not
 * have
 */
export function checkPointToWrite({ id: found, vector, payload }: PointToWrite): CheckedPoint {
  const id = parseId(found, 'id')
  // not instanceof: an array of another realm is accepted
  if (Object.prototype.toString.call(vector?.data) !== '[object Float32Array]') {
    throw new TypeError(`point ${id} expected a vector { data: Float32Array, dim }, got ${typeName(vector)}`)
  }
  const { data, dim } = vector
  if (!(dim >= 1 && Number.isInteger(dim)) || data.length === 0 || data.length % dim !== 0) {
    throw new RangeError(`point ${id} expected rows of ${dim} numbers, got ${data.length} numbers`)
  }
  if (payload == null) return { id, vector, payload: undefined }
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    throw new TypeError(`point ${id} expected an object as its payload, got ${typeName(payload)}`)
  }
  return { id, vector, payload: JSON.stringify(payload, checkedValue(id)) }
}

/** JSON.stringify would turn NaN and infinities into null, and fail on a bigint without a name. */
const checkedValue = (id: PointId) => (key: string, value: unknown) => {
  const isWritable = typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'bigint'
  if (isWritable) return value
  throw new RangeError(
    `point ${id} has the value ${String(value)} in its payload at "${key}", which JSON does not have; write it as text`,
  )
}

// Checks of the points that are written to a file: a file must be readable again.

import { exactJson } from '../base/exact-json.js'
import { isA } from '../base/is-a.js'
import { typeName } from '../base/type-name.js'
import type { PackedRows } from '../collection/packed-rows.js'
import { parseId } from '../collection/point-id.js'
import type { FileId, PointToWrite } from './file-point.js'

interface CheckedPoint {
  /** A bigint has become the text of its digits. */
  readonly id: number | string
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
  const id = checkId(found)
  if (!isA(vector?.data, 'Float32Array')) {
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
  let hasBigint = false
  const check = checkedValue(id)
  const text = JSON.stringify(payload, (key, value: unknown) => {
    if (typeof value !== 'bigint') return check(key, value)
    hasBigint = true
    return 0
  })
  return { id, vector, payload: hasBigint ? exactJson(payload) : text }
}

/** JSON.stringify would turn NaN and infinities into null. */
const checkedValue = (id: number | string) => (key: string, value: unknown) => {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new RangeError(
    `point ${id} has the value ${String(value)} in its payload at "${key}", which JSON does not have; write it as text`,
  )
}

function checkId(id: FileId): number | string {
  if (typeof id === 'bigint') return String(id)
  if (typeof id === 'number') return parseId(id, 'id') as number
  if (typeof id !== 'string') {
    throw new TypeError(`"id" expected a whole number or a text, got ${typeName(id)}; give each point an id`)
  }
  if (id !== '') return id
  throw new RangeError('"id" expected a whole number or a text, got ""; give each point an id')
}

// Checks point ids, and normalises UUIDs to the spelling that a server returns.

import { typeName } from '../base/type-name.js'
import type { PointId } from './collection.js'

const UUID =
  /^(?:urn:uuid:|\{)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i

/** Whether a text is a UUID, in any spelling. */
export const isUuid = (text: string): boolean => UUID.test(text)

/** The largest id: ids are integers of 64 bits. */
const MAX_ID = 2n ** 64n - 1n

/**
 * Returns an id as the server writes it: a UUID in lower case with hyphens. A bigint that a number can hold becomes a
 * number.
 *
 * @throws TypeError if it is neither a number, nor a bigint, nor a string
 * @throws RangeError if it is not an integer from 0 to 2^64 - 1 or a UUID
 */
export function parseId(id: PointId, path: string): PointId {
  if (typeof id === 'number') {
    if (Number.isSafeInteger(id) && id >= 0) return id
    throw new RangeError(
      `"${path}" expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER} or a UUID, got ${id}; ` +
        'use a bigint or a UUID for a larger number',
    )
  }
  if (typeof id === 'bigint') {
    if (id >= 0n && id <= MAX_ID) return id <= Number.MAX_SAFE_INTEGER ? Number(id) : id
    throw new RangeError(`"${path}" expected a whole number from 0 to ${MAX_ID} or a UUID, got ${id}`)
  }
  if (typeof id !== 'string') {
    throw new TypeError(`"${path}" expected a whole number or a UUID, got ${typeName(id)}`)
  }
  const found = UUID.exec(id)
  if (!found) {
    throw new RangeError(
      `"${path}" expected a whole number or a UUID, got ${JSON.stringify(id)}; put other names into the payload`,
    )
  }
  return found.slice(1).join('-').toLowerCase()
}

/**
 * Returns the id that a query, or a part of it, consists of. A text in its place is the most likely mistake.
 *
 * @throws as `parseId` does
 */
export function parseQueryId(id: PointId, path: string): PointId {
  if (typeof id !== 'string' || isUuid(id)) return parseId(id, path)
  throw new RangeError(
    `"${path}" expected rows, the id of a point (a whole number or a UUID) or { text }, got ${JSON.stringify(id)}; ` +
      'a text is { text }, and an "encoder" makes rows of it',
  )
}

/**
 * Returns a list of ids, each as `parseId` returns it.
 *
 * @throws TypeError if it is not an array, and as `parseId` does
 */
export function parseIds(ids: readonly PointId[], path: string): PointId[] {
  if (!Array.isArray(ids)) throw new TypeError(`"${path}" expected an array of ids, got ${typeName(ids)}`)
  return ids.map((id, index) => parseId(id, `${path}[${index}]`))
}

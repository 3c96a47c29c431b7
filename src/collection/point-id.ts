// Point ids: whole numbers and UUIDs, checked, and in the one spelling in which the server gives them back.

import { typeName } from '../base/type-name.js'
import type { PointId } from './collection.js'

const UUID =
  /^(?:urn:uuid:|\{)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i

/**
 * The id as the server writes it: a UUID in lower case and with hyphens.
 *
 * @throws TypeError if it is neither a number nor a string
 * @throws RangeError if it is not a whole number from 0 to 2^53 - 1, or no UUID
 */
export function parseId(id: PointId, path: string): PointId {
  if (typeof id === 'number') {
    if (Number.isSafeInteger(id) && id >= 0) return id
    throw new RangeError(
      `"${path}" expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER} or a UUID, got ${id}; ` +
        'a larger one goes as a UUID',
    )
  }
  if (typeof id !== 'string') {
    throw new TypeError(`"${path}" expected a whole number or a UUID, got ${typeName(id)}`)
  }
  const found = UUID.exec(id)
  if (!found) {
    throw new RangeError(
      `"${path}" expected a whole number or a UUID, got ${JSON.stringify(id)}; keep names of your own in the payload`,
    )
  }
  return found.slice(1).join('-').toLowerCase()
}

/** Ids in a list, each as `parseId` gives it. */
export function parseIds(ids: readonly PointId[], path: string): PointId[] {
  if (!Array.isArray(ids)) throw new TypeError(`"${path}" expected an array of ids, got ${typeName(ids)}`)
  return ids.map((id, index) => parseId(id, `${path}[${index}]`))
}

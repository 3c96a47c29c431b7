// The ids of documents in files, and the ids of their points. A point has a whole number below 2^53 or a UUID; a document
// may have any text. The rule, which every reader, writer and command uses:
//
//   7, "7"                        7
//   a UUID in any spelling        that UUID
//   any other text, such as       the UUID of version 5 of the text in UTF-8, in the namespace below. The text is kept in
//   "doc-17", "007", "a b"        the payload as "id"
//
// A whole number beyond 2^53 counts as the text of its digits. The id of a document is found again by its payload: if
// "id" is a text with the point's id by this rule, it is the document's id.

import { sha1 } from '../base/sha1.js'
import type { Payload, PointId } from './collection.js'
import { isUuid, parseId } from './point-id.js'

/** An id as it is in a file: a whole number, or any text that is not empty. A whole number beyond 2^53 is a bigint. */
export type FileId = number | bigint | string

/** The field of the payload that keeps an id that is not the point's. */
const FIELD = 'id'

/** `uuid.uuid5(uuid.NAMESPACE_DNS, "maxsimd")` in Python. */
const NAMESPACE = 'e78b222d-3df7-506a-a875-5f2a5fc036a7'

/**
 * Returns the id of a document's point.
 *
 * @throws RangeError if it is a number that is negative or not whole
 */
export function pointIdOfFile(id: FileId): PointId {
  if (typeof id === 'number') return parseId(id, 'id')
  const text = String(id)
  if (/^(?:0|[1-9]\d*)$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER) return Number(text)
  return isUuid(text) ? parseId(text, 'id') : uuidOf(text)
}

/** The UUID of version 5 (RFC 9562) of a text. */
function uuidOf(text: string): string {
  const name = new TextEncoder().encode(text)
  const message = new Uint8Array(16 + name.length)
  for (const [i, byte] of NAMESPACE.replaceAll('-', '').match(/../g)!.entries())
    message[i] = Number(`0x${byte}`)
  message.set(name, 16)
  const bytes = sha1(message).subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * Returns the id and the payload of a document's point: of a file with any ids, for a store or a Qdrant collection. A
 * whole number and a UUID stay as they are. Another text, such as "doc-17", becomes the UUID of version 5 of the text, and
 * is kept in the payload as "id".
 *
 * @param payload a JSON object; not changed
 * @throws RangeError if the id is invalid, or the payload has another "id" where the text is kept
 *
 * @example
 * import { documentIdOf, identify } from 'maxsimd/formats'
 *
 * const point = identify('doc-17', { year: 1999 })
 * point.id // 'd3acbdcb-342d-5471-9ea4-83dcbcfc67b2'
 * point.payload // { year: 1999, id: 'doc-17' }
 * documentIdOf(point) // 'doc-17'
 * identify(7, {}) // { id: 7, payload: {} }
 */
export function identify(id: FileId, payload: Payload): { readonly id: PointId; readonly payload: Payload } {
  const pointId = pointIdOfFile(id)
  const text = String(id)
  if (text === String(pointId)) return { id: pointId, payload }
  const found = payload[FIELD]
  if (found === undefined || found === text) return { id: pointId, payload: { ...payload, [FIELD]: text } }
  throw new RangeError(
    `the payload has the "${FIELD}" ${JSON.stringify(found)}, where the id ${JSON.stringify(text)} is kept; rename that field`,
  )
}

/** The id and the payload of a stored point. */
export interface IdentifiedPoint {
  readonly id: PointId
  readonly payload?: Payload | null | undefined
}

/**
 * Returns the id of a point's document, as `identify` got it, for a point or a hit with its payload. A number that was a
 * text is a number.
 *
 * @example
 * import { documentIdOf } from 'maxsimd/formats'
 *
 * documentIdOf({ id: 'd3acbdcb-342d-5471-9ea4-83dcbcfc67b2', payload: { id: 'doc-17' } }) // 'doc-17'
 * documentIdOf({ id: 7, payload: {} }) // 7
 */
export function documentIdOf({ id, payload }: IdentifiedPoint): PointId {
  const kept = payload?.[FIELD]
  return typeof kept === 'string' && kept !== '' && pointIdOfFile(kept) === id && kept !== String(id)
    ? kept
    : id
}

/** Returns the id and the payload of a point's document, as `identify` got them. */
export function unidentify(point: IdentifiedPoint): { readonly id: PointId; readonly payload: Payload } {
  const id = documentIdOf(point)
  const { [FIELD]: kept, ...rest } = point.payload ?? {}
  return { id, payload: id === point.id ? (point.payload ?? {}) : rest }
}

// Writes one point into a request body: its id, its vectors and its payload.

import { exactJson } from '../../base/exact-json.js'
import { payloadText } from '../../collection/check-point.js'
import type { Point, PointId } from '../../collection/collection.js'
import type { Fields } from '../../collection/vector-fields.js'
import type { RequestWriter } from './request-writer.js'
import { checkWellFormed } from './well-formed.js'

/** JSON.stringify escapes half of a surrogate pair. A text may also have a backslash before these characters. */
const HALF_PAIR = /\\ud[89a-f]/i

/** @throws RangeError that names the text, if a payload, whose JSON is `text`, has half of a surrogate pair */
export function checkPayloadText(text: string, payload: unknown, path: string): void {
  if (HALF_PAIR.test(text)) checkWellFormed(payload, path)
}

/**
 * Writes a point and returns the number of its rows.
 *
 * @param follows whether another point comes before it
 * @throws TypeError or RangeError if the point is wrong; the body is then as before
 */
export function writePoint(
  body: RequestWriter,
  { vector, payload }: Point,
  id: PointId,
  fields: Fields,
  follows: boolean,
): number {
  const start = body.length
  try {
    body.text(`${follows ? ',' : ''}{"id":${exactJson(id)},"vector":`)
    const rows = body.vectors(vector, fields, `point ${id}.vector`)
    const text = checkedPayload(payload, id)
    if (text !== undefined) body.text(`,"payload":${text}`)
    body.text('}')
    return rows
  } catch (error) {
    body.cut(start)
    throw error
  }
}

/**
 * Returns a payload as JSON, or undefined if there is none.
 *
 * @throws TypeError or RangeError if JSON cannot represent it
 */
export function checkedPayload(payload: Point['payload'], id: PointId): string | undefined {
  const path = `point ${id}.payload`
  const text = payloadText(payload, path)
  if (text !== undefined) checkPayloadText(text, payload, path)
  return text
}

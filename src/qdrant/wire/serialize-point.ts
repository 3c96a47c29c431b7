// Writes one point into a request body: its id, its vectors and its payload.

import { payloadText } from '../../collection/check-point.js'
import type { Point, PointId } from '../../collection/collection.js'
import type { Fields } from '../../collection/vector-fields.js'
import type { RequestWriter } from './request-writer.js'

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
    body.text(`${follows ? ',' : ''}{"id":${JSON.stringify(id)},"vector":`)
    const rows = body.vectors(vector, fields, `point ${id}.vector`)
    const text = payloadText(payload, id)
    if (text !== undefined) body.text(`,"payload":${text}`)
    body.text('}')
    return rows
  } catch (error) {
    body.cut(start)
    throw error
  }
}

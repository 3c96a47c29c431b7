// One point written into a body: its id, its vectors and its payload.

import type { Point, PointId } from '../collection.js'
<<<<<<< HEAD
import { kindOf } from '../kind.js'
import { parseId } from '../point-id.js'
import type { Body } from './body.js'
import type { Fields } from './fields.js'

/** The id of a point, or an error that says which thing in the list is no point. */
export function idOf(point: Point): PointId {
  if (typeof point !== 'object' || point === null) {
    throw new TypeError(`"points" expected points { id, vector, payload }, got ${kindOf(point)} among them`)
  }
  return parseId(point.id, 'point.id')
}
=======
import type { Fields } from '../fields.js'
import { payloadText } from '../point.js'
import type { Body } from './body.js'
>>>>>>> main

/** Writes one point and returns the number of its rows; the body is as before if the point is not right. */
export function writePoint(
  body: Body,
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

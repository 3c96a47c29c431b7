// One point on its way in: its id checked, its vectors and payload written into a body; and points read in groups from
// whatever the caller has them in.

import type { Point, PointId } from '../collection.js'
import { kindOf } from '../kind.js'
import type { Body } from './body.js'
import type { Fields } from './fields.js'
import { parseId } from './point-id.js'

/** The id of a point, or an error that says which thing in the list is no point. */
export function idOf(point: Point): PointId {
  if (typeof point !== 'object' || point === null) {
    throw new TypeError(`"points" expected points { id, vector, payload }, got ${kindOf(point)} among them`)
  }
  return parseId(point.id, 'point.id')
}

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
    if (payload !== undefined && payload !== null) {
      if (typeof payload !== 'object' || Array.isArray(payload)) {
        throw new TypeError(`"point ${id}.payload" expected an object, got ${kindOf(payload)}`)
      }
      body.text(`,"payload":${payloadText(payload, id)}`)
    }
    body.text('}')
    return rows
  } catch (error) {
    body.cut(start)
    throw error
  }
}

function payloadText(payload: object, id: PointId): string {
  try {
    return JSON.stringify(payload)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`"point ${id}.payload" cannot be written as JSON: ${why}`, { cause })
  }
}

/** The points in groups of `size`, read as they are needed; ends with the signal, even while the source has none. */
export async function* groupsOf(
  points: Iterable<Point> | AsyncIterable<Point>,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Point[]> {
  if (
    typeof points !== 'object' ||
    points === null ||
    !(Symbol.iterator in points || Symbol.asyncIterator in points)
  ) {
    const remedy = typeof points === 'object' && points !== null ? '; a single point is [point]' : ''
    throw new TypeError(
      `"points" expected an iterable or async iterable of points, got ${kindOf(points)}${remedy}`,
    )
  }
  const iterator = Symbol.asyncIterator in points ? points[Symbol.asyncIterator]() : points[Symbol.iterator]()
  let isDone = false
  try {
    let group: Point[] = []
    for (;;) {
      signal?.throwIfAborted()
      const next = await orAborted(iterator.next(), signal)
      isDone = next.done === true
      if (isDone) break
      group.push(await next.value)
      if (group.length < size) continue
      yield group
      group = []
    }
    if (group.length > 0) yield group
  } finally {
    // a source that still waits for its next point ends when it has it: nobody waits for that
    if (!isDone) Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

/** What `value` becomes, unless the signal ends the waiting. */
function orAborted<T>(value: T | Promise<T>, signal: AbortSignal | undefined): T | Promise<T> {
  if (!signal || !(value instanceof Promise)) return value
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

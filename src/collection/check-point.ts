// One point on its way in: its id checked, its payload as text; and points read in groups from whatever the caller has
// them in.

import { typeName } from '../base/type-name.js'
import type { Payload, Point, PointId } from './collection.js'
import { parseId } from './point-id.js'

/** The id of a point, or an error that says which thing in the list is no point. */
export function pointIdOf(point: Point): PointId {
  if (typeof point !== 'object' || point === null) {
    throw new TypeError(`"points" expected points { id, vector, payload }, got ${typeName(point)} among them`)
  }
  return parseId(point.id, 'point.id')
}

/**
 * A payload as JSON; undefined for none.
 *
 * @throws TypeError if it is no object, or cannot be written
 */
export function payloadText(payload: Payload | null | undefined, id: PointId): string | undefined {
  if (payload === undefined || payload === null) return undefined
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    throw new TypeError(`"point ${id}.payload" expected an object, got ${typeName(payload)}`)
  }
  try {
    return JSON.stringify(payload)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`"point ${id}.payload" cannot be written as JSON: ${why}`, { cause })
  }
}

/** The points in groups of `size`, read as they are needed; ends with the signal, even while the source has none. */
export async function* readGroups(
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
      `"points" expected an iterable or async iterable of points, got ${typeName(points)}${remedy}`,
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

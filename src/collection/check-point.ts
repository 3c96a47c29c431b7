// Checks points before they are written: their ids and payloads. Reads points in groups from any iterable.

import { exactJson } from '../base/exact-json.js'
import { isA, isError, messageOf } from '../base/is-a.js'
import { typeName } from '../base/type-name.js'
import { unlessAborted } from '../base/unless-aborted.js'
import type { Payload, Point, PointId } from './collection.js'
import { parseId } from './point-id.js'

/** Levels of objects and arrays in a payload. */
export const MAX_PAYLOAD_DEPTH = 1000

/**
 * Returns the checked id of a point.
 *
 * @throws TypeError or RangeError if the point is not an object or has a wrong id
 */
export function pointIdOf(point: Point): PointId {
  if (typeof point !== 'object' || point === null) {
    throw new TypeError(`"points" expected points { id, vector, payload }, got ${typeName(point)} among them`)
  }
  return parseId(point.id, 'point.id')
}

/**
 * Returns a payload as JSON, or undefined if there is none. An object of a class is what its JSON is, a bigint its digits.
 *
 * @param path names the payload in errors, for example `point 7.payload`
 * @throws TypeError if it is not an object, or JSON cannot represent it
 * @throws RangeError if it is nested too deeply
 */
export function payloadText(payload: Payload | null | undefined, path: string): string | undefined {
  if (payload === undefined || payload === null) return undefined
  // JSON has an empty object for a Map, a Set and others with contents of their own
  if (Object.prototype.toString.call(payload) !== '[object Object]') {
    throw new TypeError(`"${path}" expected an object, got ${typeName(payload)}`)
  }
  let text: string | undefined
  try {
    text = exactJson(payload)
  } catch (cause) {
    if (isStackOverflow(cause)) throw tooDeep(path)
    const reason = messageOf(cause)
    throw new TypeError(`"${path}" cannot be written as JSON: ${reason}`, { cause })
  }
  if (text?.[0] !== '{') {
    throw new TypeError(
      `"${path}" expected an object, got one whose JSON is ${text === undefined ? 'missing' : 'not an object'}; ` +
        'check its toJSON()',
    )
  }
  if (text.length > 2 * MAX_PAYLOAD_DEPTH && depthOf(text) > MAX_PAYLOAD_DEPTH) throw tooDeep(path)
  return text
}

const tooDeep = (path: string) =>
  new RangeError(
    `"${path}" expected at most ${MAX_PAYLOAD_DEPTH} levels of objects and arrays, got more; make it flatter`,
  )

/** V8 throws a RangeError, and Firefox an InternalError. */
const isStackOverflow = (error: unknown) =>
  isError(error) && /call stack|too much recursion/i.test(error.message)

/** Returns the number of levels of objects and arrays in a JSON text. */
function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < json.length; i++) {
    const character = json[i]
    if (character === '"') {
      for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++
    } else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return deepest
}

/**
 * Reads points in groups of `size` as they are needed. Rejects when the signal is aborted, even while the source has no
 * next point.
 *
 * @param copy copies a point before the next one is requested. Default: points are not copied
 * @throws TypeError if `points` is not iterable
 */
export async function* readGroups(
  points: Iterable<Point> | AsyncIterable<Point>,
  size: number,
  signal: AbortSignal | undefined,
  copy: (point: Point) => Point = point => point,
): AsyncGenerator<Point[]> {
  const iterator = iteratorOf(points)
  let isDone = false
  try {
    let group: Point[] = []
    for (;;) {
      signal?.throwIfAborted()
      const step = iterator.next()
      const next = isA(step, 'Promise') ? await unlessAborted(step, signal) : step
      isDone = next.done === true
      if (isDone) break
      group.push(copy(await next.value))
      if (group.length < size) continue
      yield group
      group = []
    }
    if (group.length > 0) yield group
  } finally {
    // not awaited: a generator that waits for its next point returns only when it has it
    if (!isDone) Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

function iteratorOf(
  points: Iterable<Point> | AsyncIterable<Point>,
): Iterator<Point | Promise<Point>> | AsyncIterator<Point> {
  const isObject = typeof points === 'object' && points !== null
  if (isObject && Symbol.asyncIterator in points) return points[Symbol.asyncIterator]()
  if (isObject && Symbol.iterator in points) return points[Symbol.iterator]()
  const remedy = isObject ? '; a single point is [point]' : ''
  throw new TypeError(
    `"points" expected an iterable or async iterable of points, got ${typeName(points)}${remedy}`,
  )
}

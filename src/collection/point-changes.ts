// Changes of stored points: of their payloads, and of single vectors. Checks what a store and a server have in common.

import { checkAbortSignal, checkBoolean, checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { payloadText } from './check-point.js'
import type { Payload, Point, PointId, VectorInput } from './collection.js'
import { parsePath } from './payload-path.js'
import { type Fields, namesOf } from './vector-fields.js'
import { namedVectors } from './vector-input.js'

/** Options of calls that change stored points. */
export interface ChangeOptions {
  /**
   * Store: true returns once the change is on the disk; false returns once the operating system has it. Server: true
   * waits until the change is applied; false until it is in the server's log, and then unknown ids are not reported.
   * Default: true.
   */
  readonly wait?: boolean | undefined
  /** Cancels the call, which rejects with the signal's reason. Points that were changed stay changed. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `setPayload`. */
export interface SetPayloadOptions extends ChangeOptions {
  /**
   * Path of the object that the payload is merged into, such as `author` or `chapters[0].notes`. Missing objects are
   * created. Default: the whole payload.
   */
  readonly key?: string | undefined
}

const CHANGE_OPTIONS = ['wait', 'signal'] as const satisfies readonly (keyof ChangeOptions)[]
/** What a filter without conditions is refused with, where it would change every point. */
export const CHANGE_REMEDY = 'to change all points, pass their ids'

/**
 * Checks the options of a change.
 *
 * @param of the call, for the error message
 * @param more other options that the call takes
 * @throws TypeError or RangeError that names the wrong option
 */
export function checkChange(options: SetPayloadOptions, of: string, more: readonly string[] = []): void {
  checkKnownOptions(options, [...CHANGE_OPTIONS, ...more], of)
  const { key, signal, wait } = options
  checkAbortSignal(signal)
  if (wait !== undefined) checkBoolean(wait, 'wait')
  if (key !== undefined) parsePath(key, 'key')
}

/**
 * Returns the payload of a change as JSON.
 *
 * @throws TypeError or RangeError as for the payload of a point
 */
export function changeText(payload: Payload): string {
  const text = payloadText(payload, 'payload')
  if (text === undefined) throw new TypeError(`"payload" expected an object, got ${typeName(payload)}`)
  return text
}

/**
 * Checks the names of vectors to remove.
 *
 * @throws TypeError or RangeError if it is not an array with names of the collection's vectors
 */
export function checkVectorNames(names: readonly string[], fields: Fields): void {
  if (!Array.isArray(names)) {
    throw new TypeError(`"names" expected an array of names of vectors, got ${typeName(names)}`)
  }
  if (names.length === 0) throw new RangeError('"names" expected at least one name of a vector, got none')
  for (const [index, name] of names.entries()) {
    if (fields.dense.has(name) || fields.sparse.has(name)) continue
    const got = typeof name === 'string' ? JSON.stringify(name) : typeName(name)
    throw new RangeError(
      `"names[${index}]" expected a vector of the collection (${namesOf(fields)}), got ${got}`,
    )
  }
}

const ADD_REMEDY =
  '; add a vector to a collection on a server with addVector(); a store keeps its vectors: copy the points into a new store'

/** New vectors of a stored point. */
export interface PointVectors {
  readonly id: PointId
  /** Vectors by name; or the vector itself, if the collection has a dense vector without a name. */
  readonly vector: Point['vector']
}

/**
 * Returns the vectors of a point for `updateVectors`. Their numbers are not checked yet.
 *
 * @throws TypeError or RangeError if the point has no vectors, or has a payload, which would be ignored
 */
export function updatedVectors(point: Point, id: PointId, fields: Fields): ReadonlyMap<string, VectorInput> {
  if (point.payload !== undefined && point.payload !== null) {
    throw new TypeError(
      `"point ${id}.payload" is not changed by updateVectors(); omit it, and change it with setPayload()`,
    )
  }
  const vectors = namedVectors(point.vector, fields, `point ${id}.vector`, ADD_REMEDY)
  if (vectors.length === 0) {
    throw new RangeError(`"point ${id}.vector" expected at least one vector (${namesOf(fields)}), got none`)
  }
  for (const [name, vector] of vectors) {
    if (vector !== undefined && vector !== null) continue
    const path = name === '' ? `point ${id}.vector` : `point ${id}.vector.${name}`
    throw new TypeError(
      `"${path}" expected a vector, got ${typeName(vector)}; remove it with deleteVectors()`,
    )
  }
  return new Map(vectors)
}

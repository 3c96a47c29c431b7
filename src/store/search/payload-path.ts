// Searches the values at a path of a payload. A path is compiled to a function once, because a filter applies it to every
// payload of a store. The meaning is that of Qdrant's lib/segment/src/json_path. A value at a path is never undefined.

import { EACH, parsePath, type Step } from '../../collection/payload-path.js'

/** The result of testing the values at a path: `ABSENT`, `FAILED` or `PASSED`. */
export type PathResult = typeof ABSENT | typeof FAILED | typeof PASSED
/** There is no value. */
export const ABSENT = 0
/** There are values, and none passes. */
export const FAILED = 1
/** At least one value passes. */
export const PASSED = 2

/** Tests the values at a path, until one passes. */
export type PathSearch = (payload: object, passes: (value: unknown) => boolean) => PathResult

/**
 * Compiles a path.
 *
 * @param errorPath the name of the path in error messages
 * @param each adds `[]` at the end if it is missing, as Qdrant does for `nested`
 * @throws RangeError if the syntax is wrong
 */
export function compilePath(path: string, errorPath: string, each = false): PathSearch {
  const steps = parsePath(path, errorPath)
  if (each && steps.at(-1) !== EACH) steps.push(EACH)
  if (!steps.includes(EACH)) {
    const valueIn = compileSteps(steps as (string | number)[])
    return (payload, passes) => {
      const value = valueIn(payload)
      return value === undefined ? ABSENT : passes(value) ? PASSED : FAILED
    }
  }
  return (payload, passes) => search(payload, steps, 0, passes)
}

/** Returns the value of an object's own key, or of an array's index; undefined if there is none. */
function valueAt(from: unknown, step: string | number): unknown {
  if (typeof from !== 'object' || from === null) return undefined
  if (typeof step === 'number') return Array.isArray(from) ? from[step] : undefined
  if (Array.isArray(from) || !Object.hasOwn(from, step)) return undefined
  return (from as Readonly<Record<string, unknown>>)[step]
}

/** Compiles a path without `[]`. */
function compileSteps(steps: readonly (string | number)[]): (payload: object) => unknown {
  const [first, second] = steps
  if (second === undefined) {
    const key = first as string
    // a key such as "constructor" may be inherited: only own keys count
    if (key in Object.prototype) return payload => valueAt(payload, key)
    return payload => (payload as Readonly<Record<string, unknown>>)[key]
  }
  return payload => {
    let value: unknown = payload
    for (const step of steps) {
      value = valueAt(value, step)
      // a path can have many more steps than a payload has levels
      if (value === undefined) return undefined
    }
    return value
  }
}

/** Tests the values at the steps from `at` on. */
function search(
  value: unknown,
  steps: readonly Step[],
  at: number,
  passes: (value: unknown) => boolean,
): PathResult {
  if (value === undefined) return ABSENT
  if (at === steps.length) return passes(value) ? PASSED : FAILED
  const step = steps[at]!
  if (step !== EACH) return search(valueAt(value, step as string | number), steps, at + 1, passes)
  let best: PathResult = ABSENT
  if (!Array.isArray(value)) return best
  for (const item of value) {
    const result = search(item, steps, at + 1, passes)
    if (result === PASSED) return result
    if (result > best) best = result
  }
  return best
}

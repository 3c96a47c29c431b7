// Paths into payloads, such as `city`, `country.cities`, `cities[].name`, `cities[0]` or `"a key".b`, in the grammar of
// Qdrant's lib/segment/src/json_path.

import { typeName } from '../base/type-name.js'

/** A step of a path: a key, an index, or `[]`. */
export type Step = string | number | typeof EACH

/** The step `[]`: every item of an array. */
export const EACH: unique symbol = Symbol('[]')

const STEP = /(?:\.([\p{Alphabetic}\p{N}_-]+)|\."([^"\\]*)"|\[(\d+)\]|(\[\]))/uy
const FIRST = /(?:([\p{Alphabetic}\p{N}_-]+)|"([^"\\]*)")/uy

/**
 * Returns the steps of a path. The first one is a key.
 *
 * @throws TypeError or RangeError that names the path by `errorPath`, if it is not a text or its syntax is wrong
 */
export function parsePath(path: string, errorPath: string): Step[] {
  if (typeof path !== 'string') throw new TypeError(`"${errorPath}" expected a path, got ${typeName(path)}`)
  const steps: Step[] = []
  FIRST.lastIndex = 0
  const first = FIRST.exec(path)
  let end = first ? FIRST.lastIndex : -1
  if (first) steps.push((first[1] ?? first[2])!)
  while (end >= 0 && end < path.length) {
    STEP.lastIndex = end
    const match = STEP.exec(path)
    if (match?.[3] !== undefined) steps.push(Number(match[3]))
    else if (match) steps.push(match[4] === undefined ? (match[1] ?? match[2])! : EACH)
    end = match ? STEP.lastIndex : -1
  }
  if (end < 0) {
    throw new RangeError(
      `"${errorPath}" expected a path such as city, country.city, cities[].name or "a key".name, got ${JSON.stringify(path)}`,
    )
  }
  return steps
}

/**
 * Returns the steps of several paths.
 *
 * @throws TypeError or RangeError as `parsePath` does, or if `paths` is not an array
 */
export function parsePaths(paths: readonly string[], errorPath: string): Step[][] {
  if (Array.isArray(paths)) return paths.map((path, index) => parsePath(path, `${errorPath}[${index}]`))
  throw new TypeError(`"${errorPath}" expected an array of paths, got ${typeName(paths)}`)
}

// Where in a payload a filter looks: `city`, `country.cities`, `cities[].name`, `cities[0]`, `"a key".b`. A path compiles
// to a function once, because a filter runs over every payload of a store. Grammar and meaning are those of Qdrant's
// lib/segment/src/json_path; a value found is never undefined.

/** What a test of the values at a path found: no value, none that passes, one that does. */
export type PathResult = typeof ABSENT | typeof FAILED | typeof PASSED
export const ABSENT = 0
export const FAILED = 1
export const PASSED = 2

/** Looks for a value at a path that passes; stops at the first. */
export type PathSearch = (payload: object, passes: (value: unknown) => boolean) => PathResult

type Step = string | number | typeof EACH

const EACH = Symbol('[]')

const STEP = /(?:\.([\p{Alphabetic}\p{N}_-]+)|\."([^"\\]*)"|\[(\d+)\]|(\[\]))/uy
const FIRST = /(?:([\p{Alphabetic}\p{N}_-]+)|"([^"\\]*)")/uy

/**
 * Compiles a path; `each` adds a `[]` at its end where there is none, as Qdrant does for `nested`.
 *
 * @throws RangeError if it is no path
 */
export function compilePath(path: string, place: string, each = false): PathSearch {
  const steps = parsePath(path, place)
  if (each && steps.at(-1) !== EACH) steps.push(EACH)
  if (!steps.includes(EACH)) {
    const get = single(steps as (string | number)[])
    return (payload, passes) => {
      const value = get(payload)
      return value === undefined ? ABSENT : passes(value) ? PASSED : FAILED
    }
  }
  return (payload, passes) => search(payload, steps, 0, passes)
}

function parsePath(path: string, place: string): Step[] {
  const steps: Step[] = []
  FIRST.lastIndex = 0
  const first = FIRST.exec(path)
  let end = first ? FIRST.lastIndex : -1
  if (first) steps.push((first[1] ?? first[2])!)
  while (end >= 0 && end < path.length) {
    STEP.lastIndex = end
    const found = STEP.exec(path)
    if (found?.[3] !== undefined) steps.push(Number(found[3]))
    else if (found) steps.push(found[4] === undefined ? (found[1] ?? found[2])! : EACH)
    end = found ? STEP.lastIndex : -1
  }
  if (end < 0) {
    throw new RangeError(
      `"${place}" expected a path such as city, country.city, cities[].name or "a key".name, got ${JSON.stringify(path)}`,
    )
  }
  return steps
}

/** The value of an object's own key, or of an array's index. */
function valueAt(from: unknown, step: string | number): unknown {
  if (typeof from !== 'object' || from === null) return undefined
  if (typeof step === 'number') return Array.isArray(from) ? from[step] : undefined
  if (Array.isArray(from) || !Object.hasOwn(from, step)) return undefined
  return (from as Readonly<Record<string, unknown>>)[step]
}

function single(steps: readonly (string | number)[]): (payload: object) => unknown {
  const [first, second] = steps
  if (second === undefined) {
    const key = first as string
    // what every object inherits needs a look at whose it is
    if (key in Object.prototype) return payload => valueAt(payload, key)
    return payload => (payload as Readonly<Record<string, unknown>>)[key]
  }
  return payload => {
    let value: unknown = payload
    for (const step of steps) value = valueAt(value, step)
    return value
  }
}

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
  for (const each of value) {
    const found = search(each, steps, at + 1, passes)
    if (found === PASSED) return found
    if (found > best) best = found
  }
  return best
}

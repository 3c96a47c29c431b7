// Compiles a filter, in Qdrant's syntax, to a function of a point. A filter means what it means on a server without
// payload indexes (lib/segment/src/payload_storage). Unsupported parts are refused with their path.

import { wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import type { Filter, Payload, PointId } from '../../collection/collection.js'
import { parseIds } from '../../collection/point-id.js'
import { checkString, compileFieldCondition, objectFields } from './field-condition.js'
import { compilePath, PASSED } from './payload-path.js'

/** Returns true if a point passes a filter. */
export type PointTest = (id: PointId, payload: Payload) => boolean

/** A test inside `nested` cannot use ids. */
interface ConditionContext {
  readonly isNested: boolean
  /** The number of filters around a condition. */
  readonly depth: number
  /** The name of the whole filter in error messages. */
  readonly root: string
}

/** Filters inside filters. */
const MAX_DEPTH = 250

const CLAUSES = ['must', 'should', 'must_not', 'min_should']

/** Conditions of Qdrant that a store does not support. */
const UNSUPPORTED = ['has_vector', 'slice']

/**
 * Compiles a filter: `must`, `should`, `must_not` and `min_should` of conditions on a `key` (`match`, `range`,
 * `values_count`, `is_empty`, `is_null`), `is_empty`, `is_null`, `has_id`, `nested`, and filters in place of
 * conditions, at most 250 inside each other. An empty filter passes every point. `filter` can be changed afterwards without effect.
 *
 * @param path the name of the filter in error messages
 * @throws TypeError if a part has the wrong type
 * @throws RangeError if a part has a wrong value, is unknown, or is not supported
 * @example
 * import { createFilter } from 'maxsimd/store'
 *
 * const passes = createFilter({ must: [{ key: 'year', range: { gte: 2000 } }] })
 * console.log(passes(1, { year: 1999 })) // false
 * console.log(passes(2, { year: 2001 })) // true
 */
export function createFilter(filter: Filter | null | undefined, path = 'filter'): PointTest {
  return compileFilter(filter ?? {}, path, { isNested: false, depth: 0, root: path })
}

function compileFilter(filter: unknown, path: string, outer: ConditionContext): PointTest {
  const context = { ...outer, depth: outer.depth + 1 }
  if (context.depth > MAX_DEPTH) {
    throw new RangeError(
      `"${context.root}" expected at most ${MAX_DEPTH} filters inside each other, got more; make it flatter`,
    )
  }
  const clauses = objectFields(filter, path, CLAUSES)
  const listOf = (name: string) => compileList(clauses[name], `${path}.${name}`, context)
  const [must, should, mustNot] = [listOf('must'), listOf('should'), listOf('must_not')]
  const tests = [...must]
  // an empty `should` has no effect, but inside `nested` the server finds nothing with it
  if (should.length > 0 || (context.isNested && clauses.should != null)) tests.push(any(should))
  if (mustNot.length > 0) {
    const fails = any(mustNot)
    tests.push((id, payload) => !fails(id, payload))
  }
  if (clauses.min_should != null) {
    tests.push(compileMinShould(clauses.min_should, `${path}.min_should`, context))
  }
  return all(tests)
}

/** Compiles the conditions of a clause: an array, or a single condition. */
function compileList(value: unknown, path: string, context: ConditionContext): PointTest[] {
  if (value == null) return []
  if (!Array.isArray(value)) return [compileCondition(value, path, context)]
  return value.map((condition, index) => compileCondition(condition, `${path}[${index}]`, context))
}

function compileCondition(value: unknown, path: string, context: ConditionContext): PointTest {
  const condition = objectFields(value, path)
  for (const name of UNSUPPORTED) {
    if (name in condition) throw new RangeError(`"${path}.${name}" is not supported by a store; omit it`)
  }
  if ('key' in condition) {
    const test = compileFieldCondition(condition, path)
    return (_, payload) => test(payload)
  }
  const [name] = Object.keys(condition)
  if (name === 'is_empty' || name === 'is_null') return compileAbsence(condition, name, path)
  if (name === 'has_id') return compileIds(condition, path, context)
  if (name === 'nested') return compileNested(condition, path, context)
  if (name !== undefined && !CLAUSES.includes(name)) {
    throw new RangeError(
      `unknown condition "${path}.${name}"; valid conditions: key with match, range, values_count, is_empty or is_null; ` +
        `is_empty, is_null, has_id, nested; or a filter of ${CLAUSES.join(', ')}`,
    )
  }
  return compileFilter(condition, path, context)
}

/** `{ is_empty: { key } }`: no value, null, or `[]`. `{ is_null: { key } }`: null. */
function compileAbsence(
  condition: Readonly<Record<string, unknown>>,
  name: 'is_empty' | 'is_null',
  path: string,
): PointTest {
  objectFields(condition, path, [name])
  const { key } = objectFields(condition[name], `${path}.${name}`, ['key'])
  const keyPath = `${path}.${name}.key`
  const search = compilePath(checkString(key, keyPath), keyPath)
  if (name === 'is_null') return (_, payload) => search(payload, isNull) === PASSED
  return (_, payload) => search(payload, isNotEmpty) !== PASSED
}

const isNull = (value: unknown) => value === null
const isNotEmpty = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0)

function compileIds(
  condition: Readonly<Record<string, unknown>>,
  path: string,
  { isNested }: ConditionContext,
): PointTest {
  objectFields(condition, path, ['has_id'])
  if (isNested) {
    throw new RangeError(
      `"${path}.has_id" is not supported inside nested, because nested objects have no id; move it out`,
    )
  }
  const ids = new Set(parseIds(condition.has_id as readonly PointId[], `${path}.has_id`))
  return id => ids.has(id)
}

/** Compiles `nested`: one of the objects at a path passes a whole filter. */
function compileNested(
  condition: Readonly<Record<string, unknown>>,
  path: string,
  context: ConditionContext,
): PointTest {
  objectFields(condition, path, ['nested'])
  const { key, filter } = objectFields(condition.nested, `${path}.nested`, ['key', 'filter'])
  const keyPath = `${path}.nested.key`
  const search = compilePath(checkString(key, keyPath), keyPath, true)
  const test = compileFilter(filter, `${path}.nested.filter`, { ...context, isNested: true })
  const isObject = (value: unknown): value is Payload =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  // the id is not used: nested filters with `has_id` are refused
  return (id, payload) => search(payload, value => isObject(value) && test(id, value)) === PASSED
}

/** Compiles `min_should`: at least `min_count` conditions pass. */
function compileMinShould(value: unknown, path: string, context: ConditionContext): PointTest {
  const { conditions, min_count: minCount } = objectFields(value, path, ['conditions', 'min_count'])
  if (!Array.isArray(conditions)) {
    throw new TypeError(`"${path}.conditions" expected an array of conditions, got ${typeName(conditions)}`)
  }
  wholeNumber(minCount, `${path}.min_count`, 1)
  const tests = compileList(conditions, `${path}.conditions`, context)
  return (id, payload) => {
    let count = 0
    for (const test of tests) if (test(id, payload) && ++count === minCount) return true
    return false
  }
}

function all(tests: readonly PointTest[]): PointTest {
  const [first, second] = tests
  if (!first) return () => true
  if (!second) return first
  return (id, payload) => {
    for (const test of tests) if (!test(id, payload)) return false
    return true
  }
}

function any(tests: readonly PointTest[]): PointTest {
  const [first, second] = tests
  if (first && !second) return first
  return (id, payload) => {
    for (const test of tests) if (test(id, payload)) return true
    return false
  }
}

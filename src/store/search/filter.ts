// Filters in Qdrant's words, compiled once to a function of a point. What a filter means is what the server means
// without payload indexes (lib/segment/src/payload_storage); what is not supported is refused by name, with its place.

import { typeName } from '../../base/type-name.js'
import type { Filter, Payload, PointId } from '../../collection/collection.js'
import { parseIds } from '../../collection/point-id.js'
import { compileField, conditionText, payloadFieldsOf } from './field-condition.js'
import { compilePath, PASSED } from './payload-path.js'

/** Whether a point passes. */
export type PointTest = (id: PointId, payload: Payload) => boolean

const CLAUSES = ['must', 'should', 'must_not', 'min_should']

/** What Qdrant has and this does not, and where it is found. */
const FOREIGN = ['has_vector', 'slice']

/**
 * The test of a filter: `must`, `should`, `must_not` and `min_should` of conditions on `key` (`match`, `range`,
 * `values_count`, `is_empty`, `is_null`), `is_empty`, `is_null`, `has_id`, `nested`, and filters in their place. An
 * empty filter passes every point. Keeps nothing of `filter`.
 *
 * @throws TypeError if a part is of the wrong kind
 * @throws RangeError if a part has a wrong value, is unknown or is not supported
 */
export function createFilter(filter: Filter | null | undefined, place = 'filter'): PointTest {
  return compileFilter(filter ?? {}, place, false)
}

function compileFilter(filter: unknown, place: string, nested: boolean): PointTest {
  const clauses = payloadFieldsOf(filter, place, CLAUSES)
  const tests: PointTest[] = []
  const list = (name: string) => compileList(clauses[name], `${place}.${name}`, nested)
  const [must, should, mustNot] = [list('must'), list('should'), list('must_not')]
  tests.push(...must)
  // an empty `should` is none; inside of `nested` the server finds nothing with it
  if (should.length > 0 || (nested && clauses.should != null)) tests.push(any(should))
  if (mustNot.length > 0) {
    const fails = any(mustNot)
    tests.push((id, payload) => !fails(id, payload))
  }
  if (clauses.min_should != null) tests.push(atLeast(clauses.min_should, `${place}.min_should`, nested))
  return all(tests)
}

/** The conditions of a clause, which may be one alone. */
function compileList(value: unknown, place: string, nested: boolean): PointTest[] {
  if (value == null) return []
  if (!Array.isArray(value)) return [compileCondition(value, place, nested)]
  return value.map((each, index) => compileCondition(each, `${place}[${index}]`, nested))
}

function compileCondition(value: unknown, place: string, nested: boolean): PointTest {
  const condition = payloadFieldsOf(value, place)
  for (const name of FOREIGN) {
    if (name in condition)
      throw new RangeError(`"${place}.${name}" is not supported by a store; leave it out`)
  }
  if ('key' in condition) {
    const test = compileField(condition, place)
    return (_, payload) => test(payload)
  }
  const [name] = Object.keys(condition)
  if (name === 'is_empty' || name === 'is_null') return compileAbsence(condition, name, place)
  if (name === 'has_id') return compileIds(condition, place, nested)
  if (name === 'nested') return compileNested(condition, place)
  if (name !== undefined && !CLAUSES.includes(name)) {
    throw new RangeError(
      `"${place}.${name}" is no condition; there are key with match, range, values_count, is_empty or is_null; ` +
        `is_empty, is_null, has_id, nested; and filters of ${CLAUSES.join(', ')}`,
    )
  }
  return compileFilter(condition, place, nested)
}

/** `{ is_empty: { key } }`: nothing there, null, or `[]`. `{ is_null: { key } }`: a null is there. */
function compileAbsence(
  condition: Readonly<Record<string, unknown>>,
  name: 'is_empty' | 'is_null',
  place: string,
): PointTest {
  payloadFieldsOf(condition, place, [name])
  const { key } = payloadFieldsOf(condition[name], `${place}.${name}`, ['key'])
  const search = compilePath(conditionText(key, `${place}.${name}.key`), `${place}.${name}.key`)
  if (name === 'is_null') return (_, payload) => search(payload, isNull) === PASSED
  return (_, payload) => search(payload, isSomething) !== PASSED
}

const isNull = (value: unknown) => value === null
const isSomething = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0)

function compileIds(condition: Readonly<Record<string, unknown>>, place: string, nested: boolean): PointTest {
  payloadFieldsOf(condition, place, ['has_id'])
  if (nested) {
    throw new RangeError(`"${place}.has_id" is not supported inside of nested, whose objects have no id`)
  }
  const ids = new Set(parseIds(condition.has_id as readonly PointId[], `${place}.has_id`))
  return id => ids.has(id)
}

/** Whether one of the objects at a path passes a filter, all of it by itself. */
function compileNested(condition: Readonly<Record<string, unknown>>, place: string): PointTest {
  payloadFieldsOf(condition, place, ['nested'])
  const { key, filter } = payloadFieldsOf(condition.nested, `${place}.nested`, ['key', 'filter'])
  const at = `${place}.nested.key`
  const search = compilePath(conditionText(key, at), at, true)
  const test = compileFilter(filter, `${place}.nested.filter`, true)
  const isObject = (value: unknown): value is Payload =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  // an object inside of another has no id
  return (id, payload) => search(payload, value => isObject(value) && test(id, value)) === PASSED
}

function atLeast(value: unknown, place: string, nested: boolean): PointTest {
  const { conditions, min_count: least } = payloadFieldsOf(value, place, ['conditions', 'min_count'])
  if (!Array.isArray(conditions)) {
    throw new TypeError(`"${place}.conditions" expected an array of conditions, got ${typeName(conditions)}`)
  }
  if (typeof least !== 'number') {
    throw new TypeError(`"${place}.min_count" expected a number, got ${typeName(least)}`)
  }
  if (!Number.isInteger(least) || least < 1) {
    throw new RangeError(`"${place}.min_count" expected a whole number of at least 1, got ${least}`)
  }
  const tests = compileList(conditions, `${place}.conditions`, nested)
  return (id, payload) => {
    let count = 0
    for (const test of tests) if (test(id, payload) && ++count === least) return true
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

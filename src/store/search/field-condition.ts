// Conditions on a field of a payload: `{ key, match }`, `range`, `values_count`, `is_empty`, `is_null`. An array passes
// if one of its elements does. Follows `FieldCondition` in Qdrant's
// lib/segment/src/payload_storage/condition_checker.rs, also for several conditions on one key: `values_count`,
// `is_empty` or `is_null` decides alone, otherwise one has to pass.

import { wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import { compareTimestamps, parseTimestamp } from './datetime.js'
import { ABSENT, compilePath, PASSED } from './payload-path.js'

type ValueTest = (value: unknown) => boolean

type Fields = Readonly<Record<string, unknown>>

const CONDITIONS = ['match', 'range', 'values_count', 'is_empty', 'is_null']
const GEO = ['geo_radius', 'geo_bounding_box', 'geo_polygon']
const BOUNDS = ['lt', 'gt', 'lte', 'gte'] as const
const MATCHES = ['value', 'any', 'except', 'text', 'text_any', 'phrase']

type BoundName = (typeof BOUNDS)[number]
type NumberBounds = Readonly<Partial<Record<BoundName, number>>>

/**
 * Compiles a condition with a `key` to a function of a payload.
 *
 * @throws TypeError or RangeError that names the wrong part
 */
export function compileFieldCondition(condition: Fields, path: string): (payload: object) => boolean {
  for (const name of GEO) {
    if (condition[name] != null) {
      throw new RangeError(`"${path}.${name}" is not supported by a store; omit it`)
    }
  }
  const fields = objectFields(condition, path, ['key', ...CONDITIONS, ...GEO])
  const search = compilePath(checkString(fields.key, `${path}.key`), `${path}.key`)
  const { passes, passesAbsent } = compileConditions(fields, path)
  return payload => {
    const result = search(payload, passes)
    return result === PASSED || (passesAbsent && result === ABSENT)
  }
}

/** Compiles the conditions beside `key`. `passesAbsent`: whether a payload without the field passes. */
function compileConditions(fields: Fields, path: string): { passes: ValueTest; passesAbsent: boolean } {
  const given = CONDITIONS.filter(name => fields[name] != null)
  if (given.length === 0) {
    throw new RangeError(`"${path}" expected one of ${CONDITIONS.join(', ')} beside "key"`)
  }
  const tests: Record<string, ValueTest> = {}
  for (const name of given) tests[name] = COMPILERS[name]!(fields[name], `${path}.${name}`)
  if (tests.values_count) return { passes: tests.values_count, passesAbsent: tests.values_count(null) }
  if (tests.is_empty) return { passes: tests.is_empty, passesAbsent: fields.is_empty === true }
  if (tests.is_null) return { passes: tests.is_null, passesAbsent: fields.is_null !== true }
  const [first, second] = Object.values(tests)
  const passesOne: ValueTest = second ? value => first!(value) || second(value) : first!
  return {
    passes: value => (Array.isArray(value) ? value.some(passesOne) : passesOne(value)),
    passesAbsent: false,
  }
}

const COMPILERS: Readonly<Record<string, (value: unknown, path: string) => ValueTest>> = {
  match: compileMatch,
  range: compileRange,
  values_count(value, path) {
    const bounds = parseBounds(value, path)
    for (const name of BOUNDS) if (bounds[name] !== undefined) wholeNumber(bounds[name], `${path}.${name}`, 0)
    const isWithin = compileBounds(bounds as NumberBounds)
    return found => isWithin(found === null ? 0 : Array.isArray(found) ? found.length : 1)
  },
  is_empty(value, path) {
    const expected = checkBoolean(value, path)
    return found => (found === null || (Array.isArray(found) && found.length === 0)) === expected
  },
  is_null(value, path) {
    const expected = checkBoolean(value, path)
    return found => (found === null || (Array.isArray(found) && found.includes(null))) === expected
  },
}

function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`"${path}" expected true or false, got ${typeName(value)}`)
}

function compileMatch(value: unknown, path: string): ValueTest {
  const given = Object.entries(objectFields(value, path))
  const [type, operand] = given[0] ?? ['nothing', undefined]
  if (given.length !== 1 || !MATCHES.includes(type)) {
    const names = given.map(([name]) => name).join(', ') || 'nothing'
    throw new RangeError(`"${path}" expected one of ${MATCHES.join(', ')}, got ${names}`)
  }
  const operandPath = `${path}.${type}`
  if (type === 'value') {
    const scalar = checkScalar(operand, operandPath)
    return found => found === scalar
  }
  if (type === 'any' || type === 'except') {
    const values = checkValues(operand, operandPath)
    if (type === 'any') return found => values.has(found)
    return found => found !== null && !values.has(found)
  }
  const text = checkString(operand, operandPath)
  if (type !== 'text_any') return found => typeof found === 'string' && found.includes(text)
  const tokens = text.split(/\s+/).filter(token => token !== '')
  return found => typeof found === 'string' && tokens.some(token => found.includes(token))
}

function checkScalar(value: unknown, path: string): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return asStoredInteger(value)
  if (typeof value !== 'number') {
    throw new TypeError(`"${path}" expected a string, a whole number or a boolean, got ${typeName(value)}`)
  }
  return checkInteger(value, path)
}

/** An integer as payloads are read: a bigint only beyond 2^53. */
const asStoredInteger = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

function checkInteger(value: number, path: string): number {
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(
    `"${path}" expected a whole number up to 2^53 - 1, got ${value}; use a bigint for a larger one, and range for fractions`,
  )
}

/** Checks a list of strings, or of whole numbers, but not of both. */
function checkValues(value: unknown, path: string): ReadonlySet<unknown> {
  if (!Array.isArray(value)) {
    throw new TypeError(`"${path}" expected an array of strings or of whole numbers, got ${typeName(value)}`)
  }
  const type = typeof value[0]
  for (const [index, item] of value.entries()) {
    const itemPath = `${path}[${index}]`
    if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'bigint') {
      throw new TypeError(`"${itemPath}" expected a string or a whole number, got ${typeName(item)}`)
    }
    if ((typeof item === 'string') !== (type === 'string')) {
      throw new TypeError(`"${itemPath}" expected a ${type} like the first item, got ${typeName(item)}`)
    }
    if (typeof item === 'number') checkInteger(item, itemPath)
  }
  return new Set(value.map(item => (typeof item === 'bigint' ? asStoredInteger(item) : item)))
}

/** Compiles a range of numbers, or of datetimes. A null bound has no effect. */
function compileRange(value: unknown, path: string): ValueTest {
  const bounds = parseBounds(value, path)
  if (BOUNDS.some(name => typeof bounds[name] === 'string')) return compileDatetimeBounds(bounds, path)
  for (const name of BOUNDS) {
    const bound = bounds[name]
    if (bound === undefined) continue
    if (typeof bound !== 'number') {
      throw new TypeError(`"${path}.${name}" expected a number or a datetime, got ${typeName(bound)}`)
    }
    if (!Number.isFinite(bound)) {
      throw new RangeError(`"${path}.${name}" expected a finite number, got ${bound}`)
    }
  }
  const isWithin = compileBounds(bounds as NumberBounds)
  // JavaScript compares a bigint with a number by value
  return found => (typeof found === 'number' || typeof found === 'bigint') && isWithin(found)
}

function parseBounds(value: unknown, path: string): Fields {
  const given = Object.entries(objectFields(value, path, BOUNDS))
  return Object.fromEntries(given.filter(([, bound]) => bound !== null))
}

/** JSON has no infinity, so a missing bound is passed by every number. */
function compileBounds({ lt = Infinity, gt = -Infinity, lte = Infinity, gte = -Infinity }: NumberBounds) {
  return (number: number | bigint) => number < lt && number > gt && number <= lte && number >= gte
}

function compileDatetimeBounds(bounds: Fields, path: string): ValueTest {
  const tests = Object.entries(bounds).map(([name, bound]) => {
    const text = checkString(bound, `${path}.${name}`)
    const timestamp = parseTimestamp(text)
    if (!timestamp) {
      throw new RangeError(
        `"${path}.${name}" expected a datetime such as 2014-01-01T00:00:00Z, got ${JSON.stringify(text)}`,
      )
    }
    return { timestamp, holds: ORDERS[name as BoundName] }
  })
  return found => {
    const timestamp = typeof found === 'string' ? parseTimestamp(found) : undefined
    if (timestamp === undefined) return false
    for (const test of tests) if (!test.holds(compareTimestamps(timestamp, test.timestamp))) return false
    return true
  }
}

const ORDERS: Readonly<Record<BoundName, (order: number) => boolean>> = {
  lt: order => order < 0,
  gt: order => order > 0,
  lte: order => order <= 0,
  gte: order => order >= 0,
}

/**
 * Returns the fields of an object that are not undefined.
 *
 * @param names the allowed fields; all by default
 * @throws TypeError if `value` is not an object
 * @throws RangeError for a field that is not allowed
 */
export function objectFields(value: unknown, path: string, names?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`"${path}" expected an object, got ${typeName(value)}`)
  }
  const fields = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
  for (const name of Object.keys(fields)) {
    if (names !== undefined && !names.includes(name)) {
      throw new RangeError(`unknown field "${path}.${name}"; valid fields: ${names.join(', ')}`)
    }
  }
  return fields
}

/** @throws TypeError if `value` is not a string */
export function checkString(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new TypeError(`"${path}" expected a string, got ${typeName(value)}`)
}

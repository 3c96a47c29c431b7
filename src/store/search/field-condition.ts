// Conditions on a payload's field: `{ key, match }`, `range`, `values_count`, `is_empty`, `is_null`. An array matches where
// one of its elements does. Follows `FieldCondition` of Qdrant's lib/segment/src/payload_storage/condition_checker.rs,
// down to what several conditions on one key mean: a count or an absence alone decides, otherwise one has to hold.

import { typeName } from '../../base/type-name.js'
import { compareTimestamps, parseTimestamp } from './datetime.js'
import { ABSENT, compilePath, PASSED } from './payload-path.js'

type ValueTest = (value: unknown) => boolean

type Fields = Readonly<Record<string, unknown>>

const CONDITIONS = ['match', 'range', 'values_count', 'is_empty', 'is_null']
const GEO = ['geo_radius', 'geo_bounding_box', 'geo_polygon']
const BOUNDS = ['lt', 'gt', 'lte', 'gte'] as const
const MATCHES = ['value', 'any', 'except', 'text', 'text_any', 'phrase']

/** The test of one condition with a `key`. */
export function compileField(condition: Fields, place: string): (payload: object) => boolean {
  for (const name of GEO) {
    if (condition[name] != null)
      throw new RangeError(`"${place}.${name}" is not supported by a store; leave it out`)
  }
  const fields = payloadFieldsOf(condition, place, ['key', ...CONDITIONS, ...GEO])
  const search = compilePath(conditionText(fields.key, `${place}.key`), `${place}.key`)
  const { holds, absent } = compileConditions(fields, place)
  return payload => {
    const found = search(payload, holds)
    return found === PASSED || (absent && found === ABSENT)
  }
}

/** What a value has to be, and whether a field that is not there passes. */
function compileConditions(fields: Fields, place: string): { holds: ValueTest; absent: boolean } {
  const told = CONDITIONS.filter(name => fields[name] != null)
  if (told.length === 0) {
    throw new RangeError(`"${place}" expected one of ${CONDITIONS.join(', ')} beside "key"`)
  }
  const tests: Record<string, ValueTest> = {}
  for (const name of told) tests[name] = COMPILERS[name]!(fields[name], `${place}.${name}`)
  if (tests.values_count) return { holds: tests.values_count, absent: tests.values_count(null) }
  if (tests.is_empty) return { holds: tests.is_empty, absent: fields.is_empty === true }
  if (tests.is_null) return { holds: tests.is_null, absent: fields.is_null !== true }
  const [first, second] = Object.values(tests)
  const one: ValueTest = second ? value => first!(value) || second(value) : first!
  return { holds: value => (Array.isArray(value) ? value.some(one) : one(value)), absent: false }
}

const COMPILERS: Readonly<Record<string, (value: unknown, place: string) => ValueTest>> = {
  match: compileMatch,
  range: compileRange,
  values_count(value, place) {
    const bounds = boundsOf(value, place)
    for (const name of BOUNDS) checkCount(bounds[name], `${place}.${name}`)
    const within = numbersWithin(bounds as Readonly<Record<string, number>>)
    return found => within(found === null ? 0 : Array.isArray(found) ? found.length : 1)
  },
  is_empty(value, place) {
    const wanted = flagOf(value, place)
    return found => (found === null || (Array.isArray(found) && found.length === 0)) === wanted
  },
  is_null(value, place) {
    const wanted = flagOf(value, place)
    return found => (found === null || (Array.isArray(found) && found.includes(null))) === wanted
  },
}

function flagOf(value: unknown, place: string): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`"${place}" expected true or false, got ${typeName(value)}`)
}

function compileMatch(value: unknown, place: string): ValueTest {
  const told = Object.entries(payloadFieldsOf(value, place))
  const [kind, wanted] = told[0] ?? ['nothing', undefined]
  if (told.length !== 1 || !MATCHES.includes(kind)) {
    const names = told.map(([name]) => name).join(', ') || 'nothing'
    throw new RangeError(`"${place}" expected one of ${MATCHES.join(', ')}, got ${names}`)
  }
  const at = `${place}.${kind}`
  if (kind === 'value') {
    const one = scalarOf(wanted, at)
    return found => found === one
  }
  if (kind === 'any' || kind === 'except') {
    const list = listOf(wanted, at)
    if (kind === 'any') return found => list.has(found)
    return found => found !== null && !list.has(found)
  }
  const text = conditionText(wanted, at)
  if (kind !== 'text_any') return found => typeof found === 'string' && found.includes(text)
  const tokens = text.split(/\s+/).filter(token => token !== '')
  return found => typeof found === 'string' && tokens.some(token => found.includes(token))
}

function scalarOf(value: unknown, place: string): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'number') {
    throw new TypeError(`"${place}" expected a string, a whole number or a boolean, got ${typeName(value)}`)
  }
  return wholeOf(value, place)
}

function wholeOf(value: number, place: string): number {
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(
    `"${place}" expected a whole number up to 2^53 - 1, got ${value}; use range for others`,
  )
}

/** Strings, or whole numbers; not both. */
function listOf(value: unknown, place: string): ReadonlySet<unknown> {
  if (!Array.isArray(value)) {
    throw new TypeError(`"${place}" expected an array of strings or of whole numbers, got ${typeName(value)}`)
  }
  const kind = typeof value[0]
  for (const [index, each] of value.entries()) {
    const at = `${place}[${index}]`
    if (typeof each !== 'string' && typeof each !== 'number') {
      throw new TypeError(`"${at}" expected a string or a whole number, got ${typeName(each)}`)
    }
    if (typeof each !== kind)
      throw new TypeError(`"${at}" expected a ${kind}, as the first is, got ${typeName(each)}`)
    if (typeof each === 'number') wholeOf(each, at)
  }
  return new Set(value)
}

/** Bounds are numbers, or all of them texts that name moments; a null bound is none. */
function compileRange(value: unknown, place: string): ValueTest {
  const bounds = boundsOf(value, place)
  if (BOUNDS.some(name => typeof bounds[name] === 'string')) return momentsWithin(bounds, place)
  for (const name of BOUNDS) {
    const bound = bounds[name]
    if (bound === undefined) continue
    if (typeof bound !== 'number') {
      throw new TypeError(`"${place}.${name}" expected a number or a datetime, got ${typeName(bound)}`)
    }
    if (!Number.isFinite(bound)) {
      throw new RangeError(`"${place}.${name}" expected a finite number, got ${bound}`)
    }
  }
  const within = numbersWithin(bounds as Readonly<Record<string, number>>)
  return found => typeof found === 'number' && within(found)
}

function boundsOf(value: unknown, place: string): Fields {
  const told = Object.entries(payloadFieldsOf(value, place, BOUNDS))
  return Object.fromEntries(told.filter(([, bound]) => bound !== null))
}

function checkCount(count: unknown, place: string): void {
  if (count === undefined) return
  if (typeof count !== 'number') throw new TypeError(`"${place}" expected a number, got ${typeName(count)}`)
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`"${place}" expected a whole number of at least 0, got ${count}`)
  }
}

function numbersWithin({
  lt = Infinity,
  gt = -Infinity,
  lte = Infinity,
  gte = -Infinity,
}: Readonly<Record<string, number>>) {
  // JSON has no infinity, so what is there lies within the bounds that are not
  return (number: number) => number < lt && number > gt && number <= lte && number >= gte
}

function momentsWithin(bounds: Fields, place: string): ValueTest {
  const tests = Object.entries(bounds).map(([name, bound]) => {
    const text = conditionText(bound, `${place}.${name}`)
    const moment = parseTimestamp(text)
    if (!moment) {
      throw new RangeError(
        `"${place}.${name}" expected a datetime such as 2014-01-01T00:00:00Z, got ${JSON.stringify(text)}`,
      )
    }
    return { moment, holds: ORDERS[name as (typeof BOUNDS)[number]] }
  })
  return found => {
    const moment = typeof found === 'string' ? parseTimestamp(found) : undefined
    if (moment === undefined) return false
    for (const test of tests) if (!test.holds(compareTimestamps(moment, test.moment))) return false
    return true
  }
}

const ORDERS: Readonly<Record<(typeof BOUNDS)[number], (order: number) => boolean>> = {
  lt: order => order < 0,
  gt: order => order > 0,
  lte: order => order <= 0,
  gte: order => order >= 0,
}

/** An object whose fields are all among `names`. Fields that are undefined are not there. */
export function payloadFieldsOf(value: unknown, place: string, names?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`"${place}" expected an object, got ${typeName(value)}`)
  }
  const fields = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
  for (const name of Object.keys(fields)) {
    if (names !== undefined && !names.includes(name)) {
      throw new RangeError(`"${place}.${name}" is not known here; there are ${names.join(', ')}`)
    }
  }
  return fields
}

/** A string. */
export function conditionText(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  throw new TypeError(`"${place}" expected a string, got ${typeName(value)}`)
}

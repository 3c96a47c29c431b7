// Rules for the values of a configuration. A rule throws an error that names the path of the value, what was expected and
// what was found. Rules may depend on the server's version.

import { messageOf } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'
import { isSince, type Version } from './version.js'

/** Throws if the value is wrong. */
export type Rule = (value: unknown, path: string, version: Version) => void
/** The rules of an object's members, by name. */
export type Rules = Readonly<Record<string, Rule>>

function wrongValue(path: string, expected: string, value: unknown): Error {
  const isPrimitive = typeof value === 'number' || typeof value === 'string'
  const message = `"${path}" expected ${expected}, got ${isPrimitive ? JSON.stringify(value) : typeName(value)}`
  return isPrimitive ? new RangeError(message) : new TypeError(message)
}

/** An integer from `min` to `max`. */
export const wholeNumberRule =
  (min: number, max = Number.MAX_SAFE_INTEGER): Rule =>
  (value, path) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
    throw wrongValue(path, `a whole number ${range}`, value)
  }

/** A number from `min` to `max`. */
export const numberBetween =
  (min: number, max: number): Rule =>
  (value, path) => {
    if (typeof value === 'number' && value >= min && value <= max) return
    throw wrongValue(path, `a number from ${min} to ${max}`, value)
  }

/** A finite number of at least `min`. */
export const numberFrom =
  (min: number): Rule =>
  (value, path) => {
    if (typeof value === 'number' && value >= min && value < Number.POSITIVE_INFINITY) return
    throw wrongValue(path, `a number of at least ${min}`, value)
  }

/** true or false. */
export const flag: Rule = (value, path) => {
  if (typeof value !== 'boolean') throw wrongValue(path, 'true or false', value)
}

/** One of these names. */
export const oneOfRule =
  (...names: readonly string[]): Rule =>
  (value, path) => {
    if (!names.includes(value as string)) throw wrongValue(path, `one of ${names.join(', ')}`, value)
  }

/** A setting that `release` added. */
export const since =
  (release: string, remedy: string, rule: Rule): Rule =>
  (value, path, version) => {
    if (!isSince(version, release)) {
      throw new RangeError(`"${path}" needs Qdrant ${release}, this server is ${version.text}; ${remedy}`)
    }
    rule(value, path, version)
  }

/** A setting that `release` removed, and that later versions ignore. */
export const before =
  (release: string, remedy: string, rule: Rule): Rule =>
  (value, path, version) => {
    if (isSince(version, release)) {
      throw new RangeError(
        `"${path}" is ignored from Qdrant ${release}, this server is ${version.text}; ${remedy}`,
      )
    }
    rule(value, path, version)
  }

/** The members of an object; undefined for any other value. */
const membersOf = (value: unknown): [string, unknown][] | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined

const memberPath = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)

/** An object with these members. Each of them may be absent, undefined or, as in the client's types, null. */
export const object =
  (rules: Rules): Rule =>
  (value, path, version) => {
    const members = membersOf(value)
    if (!members) throw wrongValue(path, 'an object', value)
    for (const [name, member] of members) {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
      if (!rule) {
        const of = path === '' ? 'a collection' : `"${path}"`
        throw new RangeError(
          `unknown option "${memberPath(path, name)}"; valid options of ${of}: ${Object.keys(rules).join(', ')}`,
        )
      }
      if (member !== undefined && member !== null) rule(member, memberPath(path, name), version)
    }
  }

/** An object whose members have names that the user chooses. */
export const named =
  (rule: Rule): Rule =>
  (value, path, version) => {
    const members = membersOf(value)
    if (!members) throw wrongValue(path, 'an object', value)
    for (const [name, member] of members) rule(member, memberPath(path, name), version)
  }

/** Any object that JSON can represent. */
export const json: Rule = (value, path) => {
  if (!membersOf(value)) throw wrongValue(path, 'an object', value)
  try {
    JSON.stringify(value)
  } catch (cause) {
    const reason = messageOf(cause)
    throw new TypeError(`"${path}" cannot be written as JSON: ${reason}`, { cause })
  }
}

// What a value of a configuration may be: rules that say where it stands, what was expected and what was there. They know
// values and versions, and nothing of what a collection is.

import { typeName } from '../../base/type-name.js'
import { isSince, type Version } from './version.js'

/** Throws unless the value is right. */
export type Rule = (value: unknown, path: string, version: Version) => void
export type Rules = Readonly<Record<string, Rule>>

const fail = (path: string, expected: string, value: unknown, remedy = '') => {
  const got = typeof value === 'number' || typeof value === 'string' ? JSON.stringify(value) : typeName(value)
  const message = `"${path}" expected ${expected}, got ${got}${remedy}`
  return typeof value === 'number' || typeof value === 'string'
    ? new RangeError(message)
    : new TypeError(message)
}

export const wholeNumberRule =
  (least: number, most = Number.MAX_SAFE_INTEGER): Rule =>
  (value, path) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw fail(path, `a whole number ${range}`, value)
  }

export const between =
  (least: number, most: number): Rule =>
  (value, path) => {
    if (typeof value === 'number' && value >= least && value <= most) return
    throw fail(path, `a number from ${least} to ${most}`, value)
  }

export const atLeast =
  (least: number): Rule =>
  (value, path) => {
    if (typeof value === 'number' && value >= least && value < Number.POSITIVE_INFINITY) return
    throw fail(path, `a number of at least ${least}`, value)
  }

export const flag: Rule = (value, path) => {
  if (typeof value !== 'boolean') throw fail(path, 'true or false', value)
}

export const oneOfRule =
  (...names: readonly string[]): Rule =>
  (value, path) => {
    if (!names.includes(value as string)) throw fail(path, `one of ${names.join(', ')}`, value)
  }

export const since =
  (release: string, remedy: string, rule: Rule): Rule =>
  (value, path, version) => {
    if (!isSince(version, release)) {
      throw new RangeError(`"${path}" needs Qdrant ${release}, this server is ${version.text}; ${remedy}`)
    }
    rule(value, path, version)
  }

/** What a release took away, and later ones ignore. */
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

/** The members of an object; undefined if it is none. */
const membersOf = (value: unknown): [string, unknown][] | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined

const within = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)

/** An object with these members, each of which may be left out: absent, undefined or, as in the client's types, null. */
export const object =
  (rules: Rules): Rule =>
  (value, path, version) => {
    const members = membersOf(value)
    if (!members) throw fail(path, 'an object', value)
    for (const [name, inner] of members) {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
      const at = within(path, name)
      if (!rule) {
        throw new RangeError(
          `"${at}" is nothing that Qdrant knows here; it takes ${Object.keys(rules).join(', ')}`,
        )
      }
      if (inner !== undefined && inner !== null) rule(inner, at, version)
    }
  }

/** An object whose members have names of the user's own. */
export const named =
  (rule: Rule): Rule =>
  (value, path, version) => {
    const members = membersOf(value)
    if (!members) throw fail(path, 'an object', value)
    for (const [name, inner] of members) rule(inner, within(path, name), version)
  }

/** Any object that JSON can hold. */
export const json: Rule = (value, path) => {
  if (!membersOf(value)) throw fail(path, 'an object', value)
  try {
    JSON.stringify(value)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`"${path}" cannot be written as JSON: ${why}`, { cause })
  }
}

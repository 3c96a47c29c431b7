// Checks of options: their names and the values that several functions share.

import { typeName } from './type-name.js'

/**
 * Checks that `options` is an object and has only options in `known`. A misspelled option would otherwise be ignored
 * silently.
 *
 * @param of the function that takes the options, for the error message
 * @param path the name of the argument, for the error message
 * @throws TypeError if `options` is not an object
 * @throws RangeError if it has an option that is not in `known`
 */
export function checkKnownOptions(
  options: unknown,
  known: readonly string[],
  of: string,
  path = 'options',
): void {
  const valid = () => `; valid options of ${of}: ${known.join(', ')}`
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`"${path}" expected an object, got ${typeName(options)}${valid()}`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new RangeError(`unknown option "${path}.${name}"${valid()}`)
  }
}

/**
 * Checks that `value` is an integer of at least `min` and, if `max` is given, at most `max`. Returns it.
 *
 * @param path the name of the value, for the error message
 * @param remedy the end of the error message, for example `; use 1 thread per core`
 * @throws TypeError if it is not a number
 * @throws RangeError if it is not an integer or is outside the range
 */
export function wholeNumber(value: unknown, path: string, min: number, max = Infinity, remedy = ''): number {
  if (typeof value !== 'number') throw new TypeError(`"${path}" expected a number, got ${typeName(value)}`)
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max < Infinity ? `from ${min} to ${max}` : `of at least ${min}`
    throw new RangeError(`"${path}" expected a whole number ${range}, got ${value}${remedy}`)
  }
  return value
}

/**
 * Checks that `value` is one of `names`. Returns it.
 *
 * @param path the name of the value, for the error message
 * @throws TypeError if it is not a string
 * @throws RangeError if it is not in `names`
 */
export function oneOf<T extends string>(value: unknown, names: readonly T[], path: string): T {
  const message = (got: string) => `"${path}" expected one of ${names.join(', ')}, got ${got}`
  if (typeof value !== 'string') throw new TypeError(message(typeName(value)))
  if (!names.includes(value as T)) throw new RangeError(message(JSON.stringify(value)))
  return value as T
}

/**
 * Checks that `value` is a boolean. Returns it.
 *
 * @param path the name of the value, for the error message
 * @throws TypeError if it is not a boolean
 */
export function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`"${path}" expected true or false, got ${typeName(value)}`)
}

/**
 * Checks that `value` is a function or undefined.
 *
 * @param path the name of the value, for the error message
 * @throws TypeError if it is anything else
 */
export function checkCallback(value: unknown, path: string): void {
  if (value === undefined || typeof value === 'function') return
  throw new TypeError(`"${path}" expected a function, got ${typeName(value)}`)
}

/**
 * Checks that `value` is an AbortSignal or undefined. A signal of another realm is accepted.
 *
 * @param path the name of the value, for the error message
 * @throws TypeError if it is anything else
 */
export function checkAbortSignal(value: unknown, path = 'signal'): void {
  if (value === undefined) return
  if (typeof (value as Partial<AbortSignal> | null)?.throwIfAborted === 'function') return
  throw new TypeError(`"${path}" expected an AbortSignal, got ${typeName(value)}`)
}

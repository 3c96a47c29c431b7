// Parses JSON. Numbers that a JavaScript number cannot hold become text: integers beyond 2^53 and numbers beyond f64.

import { isLargeInteger, replaceNumbers } from '../../base/exact-json.js'
import { typeName } from '../../base/type-name.js'
import { formatError } from '../bytes/byte-source.js'

/** Whether a text may have an integer of 16 digits or an exponent of three. A fraction may have any number of digits. */
const MAYBE_LARGE = /(?<![\d.])\d{16}|[eE]\+?\d{3}/

/**
 * Parses JSON. The digits of an integer beyond 2^53, or of a number beyond the range of f64, are returned as text.
 *
 * @throws SyntaxError if it is not valid JSON
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!MAYBE_LARGE.test(text)) return value
  return JSON.parse(replaceNumbers(text, digits => (isTooLarge(digits) ? `"${digits}"` : digits)))
}

const isTooLarge = (digits: string) => !Number.isFinite(Number(digits)) || isLargeInteger(digits)

/**
 * Returns the object that a line contains.
 *
 * @param path names the line in errors
 * @param example what to expect, for errors. Default: "an object"
 * @throws FormatError if the line is not valid JSON or not an object
 */
export function parseJsonObject(text: string, path: string, example = 'an object'): Record<string, unknown> {
  return checkObject(parseFileJson(text, path), path, example)
}

/** @throws FormatError if the text is not valid JSON */
export function parseFileJson(text: string, path: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw formatError(path, `is not valid JSON: ${(cause as Error).message}`, cause)
  }
}

/** @throws FormatError if the value is not an object; `example` says what was expected */
export function checkObject(value: unknown, path: string, example: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw formatError(path, `expected ${example}, got ${typeName(value)}`)
}

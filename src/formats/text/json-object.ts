// Parses a line of JSON that must be an object.

import { typeName } from '../../base/type-name.js'
import { formatError } from '../bytes/byte-source.js'

/**
 * Returns the object that a line contains.
 *
 * @param path names the line in errors
 * @param example what to expect, for errors. Default: "an object"
 * @throws FormatError if the line is not valid JSON or not an object
 */
export function parseJsonObject(text: string, path: string, example = 'an object'): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw formatError(path, `is not valid JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw formatError(path, `expected ${example}, got ${typeName(value)}`)
}

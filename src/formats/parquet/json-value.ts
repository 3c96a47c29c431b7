// Converts the values that hyparquet decodes to JSON's: a payload is a JSON object.

/**
 * Integers are numbers up to 2^53, and text beyond. Dates and times are text (ISO 8601, UTC). Bytes are text in base64.
 * A missing value is null.
 */
export function jsonValueOf(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value))
  // lists of numbers are returned without a copy
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(jsonValueOf)
  if (ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonValueOf(field)]))
}

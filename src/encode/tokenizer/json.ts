// Access to the objects of tokenizer.json, whose shape depends on their `type`. Every error names the file.

/** An object of the file. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * An object of the file; undefined if it is missing or null.
 *
 * @throws RangeError if it is anything else
 */
export function objectAt(value: unknown, path: string): JsonObject | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw new RangeError(`${path} expected an object`)
  return value as JsonObject
}

/**
 * An array of objects; empty if it is missing or null.
 *
 * @throws RangeError if it is anything else
 */
export function objectsAt(value: unknown, path: string): readonly JsonObject[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) throw new RangeError(`${path} expected an array`)
  return value.map((element, i) => objectAt(element, `${path}[${i}]`) ?? {})
}

/** A string of the file; `fallback` if it is anything else. */
export const stringAt = (value: unknown, fallback = ''): string =>
  typeof value === 'string' ? value : fallback

/** The error for a part of the file whose type is not supported. */
export function unsupportedType(
  path: string,
  part: string,
  { type }: JsonObject,
  supported: readonly string[],
): RangeError {
  return new RangeError(
    `${path} has a ${part} of type ${JSON.stringify(type)}; supported types: ${supported.join(', ')}; use another model`,
  )
}

// How errors name what they got instead. Imports nothing, so that everything may import it.

/** What a value is, in the words of an error: `null`, `string`, `Map`. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value !== 'object') return typeof value
  const name = value.constructor?.name
  return name === undefined || name === 'Object' ? 'object' : name
}

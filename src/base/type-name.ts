// Names the type of a value in error messages.

/** The name of a value's type: `null`, `array`, `string`, or the class, for example `Map`. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value !== 'object') return typeof value
  const name = value.constructor?.name
  return name === undefined || name === 'Object' ? 'object' : name
}

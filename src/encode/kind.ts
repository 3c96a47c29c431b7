// How an error names what it got in place of the right kind of value. It must not know what was expected.

/** A short name for a value's kind: `null`, `array`, `Float64Array`, `number`; never the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value !== 'object') return typeof value
  return Object.prototype.toString.call(value).slice(8, -1)
}

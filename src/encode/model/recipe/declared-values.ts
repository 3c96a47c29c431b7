// Reads the values of a configuration file, each with its type. Null counts as missing, as in PyLate.
import { typeName } from '../../../base/type-name.js'
import type { JsonObject } from '../../tokenizer/json.js'

/** The values of a file, or of an object in it. Each method throws a RangeError if the value is of another type. */
export interface DeclaredValues {
  /** How errors name the file. */
  readonly file: string
  /** Whether there is a value of that name. */
  has(name: string): boolean
  text(name: string): string | undefined
  flag(name: string): boolean | undefined
  /** A number of tokens or dims: a whole number of at least 1. */
  length(name: string): number | undefined
  /** The id of a token: a whole number of at least 0. */
  id(name: string): number | undefined
  texts(name: string): readonly string[] | undefined
  object(name: string): DeclaredValues | undefined
}

/** Wraps the values of a file. `file` is how errors name it. */
export function declaredValues(values: JsonObject, file: string): DeclaredValues {
  const has = (name: string) => values[name] !== undefined && values[name] !== null
  const read = (name: string, expected: string, isValid: (value: unknown) => boolean): unknown => {
    if (!has(name)) return undefined
    const value = values[name]
    if (isValid(value)) return value
    const got = typeof value === 'number' ? String(value) : typeName(value)
    throw new RangeError(`"${name}" in ${file} expected ${expected}, got ${got}`)
  }
  const wholeNumberOf = (name: string, min: number) => {
    const isNumber = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= min
    return read(name, `a whole number of at least ${min}`, isNumber) as number | undefined
  }
  return {
    file,
    has,
    text: name => read(name, 'a string', value => typeof value === 'string') as string | undefined,
    flag: name => read(name, 'true or false', value => typeof value === 'boolean') as boolean | undefined,
    length: name => wholeNumberOf(name, 1),
    id: name => wholeNumberOf(name, 0),
    texts: name => {
      const isList = (value: unknown) => Array.isArray(value) && value.every(text => typeof text === 'string')
      return read(name, 'a list of strings', isList) as readonly string[] | undefined
    },
    object: name => {
      const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value)
      const value = read(name, 'an object', isObject) as JsonObject | undefined
      return value && declaredValues(value, file)
    },
  }
}

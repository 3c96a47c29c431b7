// Checks the names of options. A misspelled option would otherwise be ignored silently.

import { typeName } from './type-name.js'

/**
 * Checks that `options` is an object and has only options in `known`.
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
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(
      `"${path}" expected an object, got ${typeName(options)}; valid options of ${of}: ${known.join(', ')}`,
    )
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new RangeError(`unknown option "${path}.${name}"; valid options of ${of}: ${known.join(', ')}`)
    }
  }
}

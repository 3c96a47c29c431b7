// The options of a call: an object, and only with what the call knows. A misspelled option would be ignored in silence.

import { kindOf } from '../kind.js'

/**
 * Refuses an option that is none: `with_vectors` for `with_vector`.
 *
 * @throws TypeError if there is no object, RangeError if it has what `known` does not
 */
export function checkKnown(options: object, known: readonly string[], of: string, place = 'options'): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`"${place}" expected an object, got ${kindOf(options)}; ${of} takes ${known.join(', ')}`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new RangeError(`"${place}.${name}" is no option of ${of}; there are ${known.join(', ')}`)
    }
  }
}

// The options of a call: an object, and only with what the call knows. A misspelled option would be ignored in silence.
// A server and a store take the same ones of a call that both have, and refuse the others in the same words.

import { checkAbortSignal, checkKnownOptions, wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Filter, PointId, ReadOptions, ScrollOptions, Selection } from './collection.js'
import { parseIds } from './point-id.js'

const READ = ['with_payload', 'with_vector', 'signal']

/**
 * Checks the options of a call that takes only `signal`.
 *
 * @param of the call, for the error message
 * @throws TypeError if `options` is not an object, or `signal` is not an AbortSignal
 * @throws RangeError if there are other options
 */
export function checkSignal(options: { readonly signal?: unknown }, of: string): void {
  checkKnownOptions(options, ['signal'], of)
  checkAbortSignal(options.signal)
}

/** Which parts come back: all, none, or those named. Qdrant's `include` and `exclude` are not taken. */
export function checkSelection(selection: Selection | undefined, path: string): void {
  const isNames = Array.isArray(selection) && selection.every(name => typeof name === 'string')
  if (selection === undefined || typeof selection === 'boolean' || isNames) return
  throw new TypeError(`"${path}" expected true, false or an array of names, got ${typeName(selection)}`)
}

export function checkSelections({ with_payload, with_vector }: ReadOptions, path = ''): void {
  checkSelection(with_payload, `${path}with_payload`)
  checkSelection(with_vector, `${path}with_vector`)
}

/** The options of `retrieve`. */
export function checkRetrieve(options: ReadOptions): void {
  checkKnownOptions(options, READ, 'retrieve')
  checkSelections(options)
}

/** The options of `scroll`. */
export function checkScroll(options: ScrollOptions): void {
  checkKnownOptions(options, [...READ, 'filter', 'batchPoints'], 'scroll')
  checkSelections(options)
  if (options.batchPoints !== undefined) wholeNumber(options.batchPoints, 'batchPoints', 1)
}

/** Which points to delete: ids, checked, or a filter that has conditions. */
export function parseWhich(
  which: readonly PointId[] | Filter,
): { readonly ids: PointId[]; readonly filter?: never } | { readonly ids?: never; readonly filter: Filter } {
  if (Array.isArray(which)) return { ids: parseIds(which, 'ids') }
  if (typeof which === 'object' && which !== null && Object.keys(which).length > 0)
    return { filter: which as Filter }
  throw new TypeError(`"which" expected an array of ids or a filter with conditions, got ${typeName(which)}`)
}

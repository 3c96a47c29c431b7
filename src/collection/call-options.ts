// Checks the options of calls that collections on a server and stores have in common.

import { checkAbortSignal, checkKnownOptions, wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type {
  Filter,
  PayloadSelection,
  PointId,
  ReadOptions,
  ScrollOptions,
  Selection,
} from './collection.js'
import { selectsEverything } from './filter-extent.js'
import { parsePaths } from './payload-path.js'
import { parseIds } from './point-id.js'

const READ_OPTIONS = [
  'with_payload',
  'with_vector',
  'signal',
] as const satisfies readonly (keyof ReadOptions)[]

/**
 * Checks the options of a call that takes only `signal`.
 *
 * @param of the call, for the error message
 * @param more other options that the call takes
 * @throws TypeError if `options` is not an object, or `signal` is not an AbortSignal
 * @throws RangeError if there are other options
 */
export function checkSignal(
  options: { readonly signal?: unknown },
  of: string,
  more: readonly string[] = [],
): void {
  checkKnownOptions(options, ['signal', ...more], of)
  checkAbortSignal(options.signal)
}

/** @throws TypeError if the argument of a batch is not an array */
export function checkQueries(queries: unknown): void {
  if (Array.isArray(queries)) return
  throw new TypeError(`"queries" expected an array of { query, ... }, got ${typeName(queries)}`)
}

function checkSelection(selection: Selection | undefined, path: string): void {
  const isNames = Array.isArray(selection) && selection.every(name => typeof name === 'string')
  if (selection === undefined || typeof selection === 'boolean' || isNames) return
  throw new TypeError(`"${path}" expected true, false or an array of names, got ${typeName(selection)}`)
}

function checkPayloadSelection(selection: PayloadSelection | undefined, path: string): void {
  if (selection === undefined || typeof selection === 'boolean') return
  if (Array.isArray(selection)) {
    parsePaths(selection, path)
    return
  }
  const names = typeof selection === 'object' && selection !== null ? Object.keys(selection) : []
  const [name = ''] = names
  if (names.length !== 1 || (name !== 'include' && name !== 'exclude')) {
    const got = names.length > 0 ? `{ ${names.join(', ')} }` : typeName(selection)
    throw new TypeError(
      `"${path}" expected true, false, an array of paths, { include } or { exclude }, got ${got}`,
    )
  }
  parsePaths((selection as Record<string, readonly string[]>)[name]!, `${path}.${name}`)
}

/**
 * Checks `with_payload` and `with_vector`.
 *
 * @throws TypeError or RangeError that names the wrong part
 */
export function checkSelections({ with_payload, with_vector }: ReadOptions, pathPrefix = ''): void {
  checkPayloadSelection(with_payload, `${pathPrefix}with_payload`)
  checkSelection(with_vector, `${pathPrefix}with_vector`)
}

/** Checks the options of `retrieve`. `more`: other options that the collection takes. */
export function checkRetrieve(options: ReadOptions, more: readonly string[] = []): void {
  checkKnownOptions(options, [...READ_OPTIONS, ...more], 'retrieve')
  checkSelections(options)
}

/** Checks the options of `scroll`. `more`: other options that the collection takes. */
export function checkScroll(options: ScrollOptions, more: readonly string[] = []): void {
  checkKnownOptions(options, [...READ_OPTIONS, 'filter', 'batchPoints', ...more], 'scroll')
  checkSelections(options)
  if (options.batchPoints !== undefined) wholeNumber(options.batchPoints, 'batchPoints', 1)
}

/**
 * Returns the points of a change as checked ids, or as a filter that has conditions.
 *
 * @param remedy the end of the error for a filter without conditions
 * @throws TypeError if it is neither, or a filter without a condition that could leave a point out
 */
export function parseWhich(
  which: readonly PointId[] | Filter,
  remedy = 'to remove all points, delete the collection or create it again',
): { readonly ids: PointId[]; readonly filter?: never } | { readonly ids?: never; readonly filter: Filter } {
  if (Array.isArray(which)) return { ids: parseIds(which, 'ids') }
  const isFilter = typeof which === 'object' && which !== null
  if (isFilter && !selectsEverything(which)) return { filter: which as Filter }
  const found =
    isFilter && Object.keys(which).length > 0 ? 'a filter that selects every point' : typeName(which)
  throw new TypeError(`"which" expected an array of ids or a filter with conditions, got ${found}; ${remedy}`)
}

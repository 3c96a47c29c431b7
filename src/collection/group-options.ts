// Options of `queryGroups`, and their checks. A server and a store accept the same options.

import { checkKnownOptions, wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { checkSelections } from './call-options.js'
import type { Hit, PayloadSelection, Selection, StoredPoint } from './collection.js'
import { parsePath } from './payload-path.js'
import { FORWARDED_OPTIONS, type Query, type QueryOptions } from './search-options.js'

/** The value that the points of a group share: a text or a whole number. */
export type GroupId = string | number | bigint

/** The points that share a value, such as the pages of a document. */
export interface PointGroup {
  readonly id: GroupId
  /** The best points of the group, best first. */
  readonly hits: Hit[]
  /** The point with the group's id in the collection of `with_lookup`, if there is one. */
  readonly lookup?: StoredPoint | undefined
}

/** The collection in which a server looks up the point with the id of each group. */
export interface GroupLookup {
  readonly collection: string
  /** Default: all. */
  readonly with_payload?: PayloadSelection | undefined
  /** Default: none. */
  readonly with_vectors?: Selection | undefined
}

/** Options of `queryGroups`. */
export interface GroupOptions extends Omit<QueryOptions, 'limit' | 'offset'> {
  /** Path of the payload field whose value is the group: a text, a whole number, or an array of them. */
  readonly group_by: string
  /** Maximum number of groups. Default: 10. */
  readonly limit?: number | undefined
  /** Maximum number of hits in each group. Default: 3. */
  readonly group_size?: number | undefined
  /** Where a server looks up the point with the id of each group. A store does not have it. */
  readonly with_lookup?: string | GroupLookup | undefined
}

const KNOWN_OPTIONS = [
  ...FORWARDED_OPTIONS,
  'with_matches',
  'using',
  'prefetch',
  'signal',
  'onCost',
  'group_by',
  'limit',
  'group_size',
  'with_lookup',
] as const satisfies readonly (keyof GroupOptions)[]

const LOOKUP_OPTIONS = [
  'collection',
  'with_payload',
  'with_vectors',
] as const satisfies readonly (keyof GroupLookup)[]

/** How points are grouped. */
export interface Grouping {
  readonly group_by: string
  readonly limit: number
  readonly group_size: number
}

/** Options of a query for groups, with defaults filled in. */
export interface ParsedGroupOptions extends Grouping {
  readonly with_lookup: GroupOptions['with_lookup']
  /** The options of the query itself. They are not checked. */
  readonly search: QueryOptions
}

/**
 * Checks a query for groups, except for the options of the query itself.
 *
 * @throws TypeError or RangeError that names the wrong option
 */
export function parseGroupOptions(query: Query | undefined, options: GroupOptions): ParsedGroupOptions {
  checkKnownOptions(options, KNOWN_OPTIONS, 'queryGroups')
  if (query === undefined) throw new TypeError('"query" is required: its scores order the groups')
  const { group_by, limit = 10, group_size = 3, with_lookup, ...search } = options
  if (group_by === undefined) {
    throw new TypeError('"group_by" is required: the path of a payload field, for example document')
  }
  if (parsePath(group_by, 'group_by').some(step => typeof step === 'number')) {
    throw new RangeError(
      `"group_by" expected a path without the index of an item, got ${JSON.stringify(group_by)}; use [] for all items`,
    )
  }
  wholeNumber(limit, 'limit', 1)
  wholeNumber(group_size, 'group_size', 1)
  if (with_lookup !== undefined) checkLookup(with_lookup)
  return { group_by, limit, group_size, with_lookup, search }
}

function checkLookup(lookup: string | GroupLookup): void {
  if (typeof lookup === 'string') return
  checkKnownOptions(lookup, LOOKUP_OPTIONS, 'with_lookup', 'with_lookup')
  const { collection, with_payload, with_vectors: with_vector } = lookup
  if (typeof collection !== 'string') {
    throw new TypeError(`"with_lookup.collection" expected a name, got ${typeName(collection)}`)
  }
  checkSelections({ with_payload, with_vector }, 'with_lookup.')
}

// The options of a query that begins with the first stage of a store.

import type { VectorDescription } from '../../collection/collection.js'
import type { QueryOptions } from '../../collection/search-options.js'
import type { MultiVector } from '../../core/multivector.js'
import type { Stages } from '../two-stage.js'
import type { StageSettings } from './stage-file.js'

/** Results for which `candidates` are selected. For more results there are more candidates. */
const RESULTS = 10
/** A store first compares this many of LEMUR's numbers: the first ones, which tell most (bench/retrieval measures it). */
export const LEADING_NUMBERS = 128
/** Documents of which all numbers are compared, for each candidate. */
export const KEPT_PER_CANDIDATE = 12
/** The size from which on a first step saves time. */
const MIN_SIZE = 2 * LEADING_NUMBERS

/** The vectors of the collection that is searched, and whether it is a store. */
interface StagedVectors {
  readonly vectors: Readonly<Record<string, VectorDescription>>
  readonly isStore: boolean
}

/** The options of a query in two stages. */
export function stagedOptions(
  { using, candidates, stage }: StageSettings,
  stages: Stages,
  { vectors, isStore }: StagedVectors,
  rows: MultiVector,
  options: QueryOptions,
): QueryOptions {
  const limit = (options.limit ?? RESULTS) + (options.offset ?? 0)
  if (!Number.isSafeInteger(limit) || limit < 1) return options
  const most = Math.max(candidates, Math.ceil((candidates / RESULTS) * limit))
  const { prefetch } = stages.query(rows, { limit, candidates: most, filter: options.filter })
  const first = prefetch.map(each => {
    const { size, datatype } = vectors[each.using]!
    const isLed = isStore && stage === 'lemur' && datatype === 'i8' && size >= MIN_SIZE
    const leading = { numbers: LEADING_NUMBERS, keep: KEPT_PER_CANDIDATE * most }
    return isLed ? { ...each, params: { leading } } : each
  })
  return { ...options, using, prefetch: first }
}

// A vocabulary: ids by token and tokens by id.
import type { JsonObject } from '../json.js'

/** The tokens of a vocabulary. */
export interface VocabularyTable {
  readonly ids: ReadonlyMap<string, number>
  readonly texts: ReadonlyMap<number, string>
  readonly maxId: number
}

/**
 * Reads the `vocab` of a WordPiece or BPE model: an object from token to id.
 *
 * @throws RangeError if it is anything else, or empty
 */
export function readTable({ vocab }: JsonObject, path: string): VocabularyTable {
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    throw new RangeError(`${path} expected an object "vocab" from token to id`)
  }
  return tableOf(Object.entries(vocab as Record<string, number>), path)
}

/**
 * Makes a table of pairs of token and id.
 *
 * @throws RangeError if there are no tokens, or an id is not a whole number
 */
export function tableOf(entries: readonly (readonly [string, number])[], path: string): VocabularyTable {
  if (entries.length === 0) throw new RangeError(`${path} has an empty vocabulary`)
  let maxId = 0
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || id < 0) {
      throw new RangeError(`${path} expected a whole number as the id of "${token}", got ${String(id)}`)
    }
    if (id > maxId) maxId = id
  }
  return { ids: new Map(entries), texts: new Map(entries.map(([token, id]) => [id, token])), maxId }
}

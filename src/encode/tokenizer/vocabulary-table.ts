// A vocabulary: the tokens of a model by id and the ids by token.
import type { Node } from './json.js'

export interface VocabularyTable {
  readonly ids: ReadonlyMap<string, number>
  readonly texts: ReadonlyMap<number, string>
  readonly largest: number
}

/** The `vocab` of a WordPiece or BPE model: an object from token to id. */
export function readTable(node: Node, path: string): VocabularyTable {
  const { vocab } = node
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    throw new RangeError(`${path} expected an object "vocab" from token to id`)
  }
  return tableOf(Object.entries(vocab as Record<string, number>), path)
}

export function tableOf(entries: readonly (readonly [string, number])[], path: string): VocabularyTable {
  if (entries.length === 0) throw new RangeError(`${path} has an empty vocabulary`)
  let largest = 0
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || id < 0)
      throw new RangeError(`${path} has no whole number as the id of "${token}"`)
    if (id > largest) largest = id
  }
  return { ids: new Map(entries), texts: new Map(entries.map(([token, id]) => [id, token])), largest }
}

// WordLevel: a word is one token, or unknown. Without an unknown token such a word has no token.
import { type JsonObject, stringAt } from '../json.js'
import type { VocabularyModel } from './subword.js'
import { readTable } from './vocabulary-table.js'

/**
 * Reads a WordLevel model. `path` names the file in errors.
 *
 * @throws RangeError if its vocabulary is invalid
 */
export function readWordLevel(object: JsonObject, path: string): VocabularyModel {
  const { ids, texts, maxId } = readTable(object, path)
  const unknown = stringAt(object.unk_token)
  const unknownId = ids.get(unknown)
  return {
    idOf: token => ids.get(token),
    textOf: id => texts.get(id),
    maxId,
    size: ids.size,
    pieces(word) {
      const { length } = word
      const id = ids.get(word)
      if (id !== undefined) return [{ id, text: word, length, isUnknown: false }]
      return unknownId === undefined ? [] : [{ id: unknownId, text: unknown, length, isUnknown: true }]
    },
  }
}

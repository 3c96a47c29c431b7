// WordPiece, as in BERT: takes the longest known beginning of a word, then repeatedly the longest known beginning of
// the rest with `##` before it. If no token begins the rest, the whole word is unknown.
import { type JsonObject, stringAt } from '../json.js'
import type { Subword, VocabularyModel } from './subword.js'
import { readTable } from './vocabulary-table.js'

/**
 * Reads a WordPiece model. `path` names the file in errors.
 *
 * @throws RangeError if its vocabulary is invalid or lacks the unknown token
 */
export function readWordPiece(object: JsonObject, path: string): VocabularyModel {
  const { ids, texts, maxId } = readTable(object, path)
  const prefix = stringAt(object.continuing_subword_prefix, '##')
  const limit = object.max_input_chars_per_word
  const maxCharacters = typeof limit === 'number' ? limit : 100
  const unknown = stringAt(object.unk_token, '[UNK]')
  const unknownId = ids.get(unknown)
  if (unknownId === undefined) throw new RangeError(`${path} lacks its unknown token, "${unknown}"`)

  function pieces(word: string): readonly Subword[] {
    const whole: Subword[] = [{ id: unknownId!, text: unknown, length: word.length, isUnknown: true }]
    // the end of each character, in UTF-16 units
    const ends: number[] = []
    for (const character of word) ends.push((ends.at(-1) ?? 0) + character.length)
    if (ends.length > maxCharacters) return whole
    const found: Subword[] = []
    let from = 0
    for (let first = 0; first < ends.length; ) {
      let last = ends.length
      let piece: Subword | undefined
      while (last > first && !piece) {
        const to = ends[last - 1]!
        const text = (from > 0 ? prefix : '') + word.slice(from, to)
        const id = ids.get(text)
        if (id !== undefined) piece = { id, text, length: to - from, isUnknown: false }
        else last--
      }
      if (!piece) return whole
      found.push(piece)
      from += piece.length
      first = last
    }
    return found
  }

  return { idOf: token => ids.get(token), textOf: id => texts.get(id), maxId, size: ids.size, pieces }
}

// WordPiece, as BERT has it: the longest known beginning of a word, then the longest of the rest with `##` before it.
// A word with a part that nothing in the vocabulary begins is unknown as a whole.
import { type Node, stringAt } from './json.js'
import type { Subword, VocabularyModel } from './subword.js'
import { readTable } from './vocabulary-table.js'

export function readWordPiece(node: Node, path: string): VocabularyModel {
  const { ids, texts, largest } = readTable(node, path)
  const prefix = stringAt(node.continuing_subword_prefix, '##')
  const longest = typeof node.max_input_chars_per_word === 'number' ? node.max_input_chars_per_word : 100
  const unknown = stringAt(node.unk_token, '[UNK]')
  const unknownId = ids.get(unknown)
  if (unknownId === undefined) throw new RangeError(`${path} has no "${unknown}", its unknown token`)

  function pieces(word: string): readonly Subword[] {
    const whole: Subword[] = [{ id: unknownId!, text: unknown, length: word.length, isUnknown: true }]
    // where characters end, in units
    const ends: number[] = []
    for (const letter of word) ends.push((ends.at(-1) ?? 0) + letter.length)
    if (ends.length > longest) return whole
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

  return { idOf: token => ids.get(token), textOf: id => texts.get(id), largest, pieces }
}

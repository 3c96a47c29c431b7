// Byte-pair encoding: a word begins as single characters, and the pair that was merged first in training is merged
// first, the leftmost of equals, until no known pair is left.
import { type Node, textOf } from './json.js'
import { byteTokens } from './unigram.js'
import type { Subword, VocabularyModel } from './vocabulary-model.js'
import { readTable } from './vocabulary-table.js'

export function readBytePair(node: Node, path: string): VocabularyModel {
  const { ids, texts, largest } = readTable(node, path)
  const prefix = textOf(node.continuing_subword_prefix)
  const suffix = textOf(node.end_of_word_suffix)
  const unknown = typeof node.unk_token === 'string' ? node.unk_token : undefined
  const unknownId = unknown === undefined ? undefined : ids.get(unknown)
  const ranks = new Map<string, number>()
  for (const [rank, merge] of (Array.isArray(node.merges) ? node.merges : []).entries()) {
    ranks.set(Array.isArray(merge) ? merge.join(' ') : String(merge), rank)
  }
  const utf8 = new TextEncoder()

  function pieces(word: string): readonly Subword[] {
    const whole = node.ignore_merges === true ? ids.get(word) : undefined
    if (whole !== undefined) return [{ id: whole, text: word, length: word.length, isUnknown: false }]
    return merged(symbolsOf(word))
  }

  /** The characters of a word; what the vocabulary does not have is its bytes, or unknown, or left out. */
  function symbolsOf(word: string): Subword[] {
    const symbols: Subword[] = []
    let at = 0
    for (const letter of word) {
      const text = (at > 0 ? prefix : '') + letter + (at + letter.length === word.length ? suffix : '')
      at += letter.length
      const id = ids.get(text)
      if (id !== undefined) {
        symbols.push({ id, text, length: letter.length, isUnknown: false })
        continue
      }
      const bytes = node.byte_fallback === true ? byteTokens(letter, utf8, ids) : undefined
      const last = symbols.at(-1)
      if (bytes) symbols.push(...bytes)
      else if (node.fuse_unk === true && last?.isUnknown) {
        symbols.splice(-1, 1, { ...last, length: last.length + letter.length })
      } else if (unknownId !== undefined) {
        symbols.push({ id: unknownId, text: unknown!, length: letter.length, isUnknown: true })
      } else if (last) symbols.splice(-1, 1, { ...last, length: last.length + letter.length })
    }
    return symbols
  }

  const rankOf = (left: Subword | undefined, right: Subword | undefined) =>
    left && right ? (ranks.get(`${left.text} ${right.text}`) ?? Infinity) : Infinity

  function merged(symbols: Subword[]): readonly Subword[] {
    // rank i is that of symbols i and i + 1; each merge changes two of them
    const pairs = symbols.map((symbol, i) => rankOf(symbol, symbols[i + 1]))
    for (;;) {
      let best = Infinity
      let at = -1
      for (let i = 0; i < pairs.length; i++) {
        if (pairs[i]! < best) [best, at] = [pairs[i]!, i]
      }
      if (at < 0) return symbols
      const [left, right] = [symbols[at]!, symbols[at + 1]!]
      const tail = right.text.startsWith(prefix) ? right.text.slice(prefix.length) : right.text
      const text = left.text + tail
      const id = ids.get(text)
      if (id === undefined) {
        throw new RangeError(`${path} merges into "${text}", which its vocabulary does not have`)
      }
      symbols.splice(at, 2, { id, text, length: left.length + right.length, isUnknown: false })
      pairs.splice(at, 1)
      pairs[at] = rankOf(symbols[at], symbols[at + 1])
      if (at > 0) pairs[at - 1] = rankOf(symbols[at - 1], symbols[at])
    }
  }

  return { idOf: token => ids.get(token), textOf: id => texts.get(id), largest, pieces }
}

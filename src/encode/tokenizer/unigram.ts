// Unigram, as SentencePiece has it: of all ways to cut a word into known pieces the likeliest, found by Viterbi's
// algorithm. best[i] is the largest sum of log probabilities of any cut of the first i units.
//
// A character that is no piece costs ten more than the rarest piece; such characters side by side become one unknown piece.
import type { Node } from './json.js'
import type { Subword, VocabularyModel } from './subword.js'
import { tableOf } from './vocabulary-table.js'

const unknownPenalty = 10

/** Pieces by their characters. */
interface TrieNode {
  id: number | undefined
  readonly next: Map<string, TrieNode>
}

export function readUnigram(node: Node, path: string): VocabularyModel {
  if (!Array.isArray(node.vocab))
    throw new RangeError(`${path} expected an array "vocab" of pieces and scores`)
  const vocab = node.vocab as readonly (readonly [string, number])[]
  const { ids, texts, largest } = tableOf(
    vocab.map(([token], id) => [token, id] as const),
    path,
  )
  const unknownId = typeof node.unk_id === 'number' ? node.unk_id : undefined
  const hasBytes = node.byte_fallback === true
  const unknownScore = vocab.reduce((least, [, score]) => Math.min(least, score), Infinity) - unknownPenalty
  const root: TrieNode = { id: undefined, next: new Map() }
  for (const [token, id] of ids) {
    let at = root
    for (const letter of token) {
      let next = at.next.get(letter)
      if (!next) {
        next = { id: undefined, next: new Map() }
        at.next.set(letter, next)
      }
      at = next
    }
    if (at !== root) at.id = id
  }
  const utf8 = new TextEncoder()

  /** The last piece of the best cut that ends at each unit: where it begins, and its id. */
  function cuts(word: string): { from: Int32Array; piece: Int32Array } {
    const best = new Float64Array(word.length + 1)
    const from = new Int32Array(word.length + 1).fill(-1)
    const piece = new Int32Array(word.length + 1).fill(-1)
    const offer = (start: number, end: number, id: number, score: number) => {
      const candidate = best[start]! + score
      if (from[end] !== -1 && candidate <= best[end]!) return
      best[end] = candidate
      from[end] = start
      piece[end] = id
    }
    let start = 0
    for (const letter of word) {
      let isKnown = false
      let at: TrieNode | undefined = root
      let end = start
      while (at && end < word.length) {
        const next = String.fromCodePoint(word.codePointAt(end)!)
        at = at.next.get(next)
        end += next.length
        if (at?.id === undefined) continue
        offer(start, end, at.id, vocab[at.id]![1])
        if (end === start + letter.length) isKnown = true
      }
      if (!isKnown) offer(start, start + letter.length, -1, unknownScore)
      start += letter.length
    }
    return { from, piece }
  }

  function pieces(word: string): readonly Subword[] {
    const { from, piece } = cuts(word)
    const found: Subword[] = []
    for (let end = word.length; end > 0; ) {
      let start = from[end]!
      const id = piece[end]!
      if (id < 0 || id === unknownId) {
        while (start > 0 && (piece[start]! < 0 || piece[start] === unknownId)) start = from[start]!
        // one by one: a word may have more bytes than a call takes arguments
        for (const subword of unknown(word.slice(start, end)).reverse()) found.push(subword)
      } else {
        found.push({ id, text: texts.get(id)!, length: end - start, isUnknown: false })
      }
      end = start
    }
    return found.reverse()
  }

  function unknown(text: string): Subword[] {
    const bytes = hasBytes ? byteTokens(text, utf8, ids) : undefined
    if (bytes) return bytes
    if (unknownId === undefined)
      throw new RangeError(`${path} has no unknown piece, and "${text}" is none of its pieces`)
    return [{ id: unknownId, text: texts.get(unknownId) ?? '', length: text.length, isUnknown: true }]
  }

  return { idOf: token => ids.get(token), textOf: id => texts.get(id), largest, pieces }
}

/** The tokens `<0x..>` of a text's bytes, the first of which stands for the text; undefined where one is missing. */
export function byteTokens(
  text: string,
  utf8: TextEncoder,
  ids: ReadonlyMap<string, number>,
): Subword[] | undefined {
  const tokens: Subword[] = []
  for (const byte of utf8.encode(text)) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
    const id = ids.get(token)
    if (id === undefined) return undefined
    tokens.push({ id, text: token, length: tokens.length === 0 ? text.length : 0, isUnknown: false })
  }
  return tokens
}

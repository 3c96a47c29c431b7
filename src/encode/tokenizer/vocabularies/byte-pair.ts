// Byte-pair encoding: a word starts as single characters; then the adjacent pair that comes first in the list of merges
// is merged, the leftmost of equals, until no known pair is left.

import { type JsonObject, stringAt } from '../json.js'
import { byteTokens } from './byte-tokens.js'
import { createPairHeap } from './pair-heap.js'
import type { Subword, VocabularyModel } from './subword.js'
import { readTable, type VocabularyTable } from './vocabulary-table.js'

/** A BPE model. */
interface BytePair {
  readonly table: VocabularyTable
  /** Rank of each merge, by its two texts with a space between them. */
  readonly ranks: ReadonlyMap<string, number>
  /** Prefix of the text of every symbol but the first of a word. */
  readonly prefix: string
  /** Suffix of the text of the last symbol of a word. */
  readonly suffix: string
  /** The unknown token, if there is one. */
  readonly unknown: { readonly id: number; readonly text: string } | undefined
  /** Whether adjacent unknown characters become one symbol. */
  readonly fusesUnknown: boolean
  /** Whether unknown characters become the tokens of their bytes. */
  readonly fallsBackToBytes: boolean
  /** Whether a word that is in the vocabulary is not split. */
  readonly ignoresMerges: boolean
  readonly utf8: TextEncoder
  /** Names the file in errors. */
  readonly path: string
}

/**
 * Reads a BPE model. `path` names the file in errors.
 *
 * @throws RangeError if its vocabulary is invalid
 */
export function readBytePair(object: JsonObject, path: string): VocabularyModel {
  const table = readTable(object, path)
  const { ids, texts, maxId } = table
  const unknownText = typeof object.unk_token === 'string' ? object.unk_token : undefined
  const unknownId = unknownText === undefined ? undefined : ids.get(unknownText)
  const model: BytePair = {
    table,
    ranks: readMerges(object.merges),
    prefix: stringAt(object.continuing_subword_prefix),
    suffix: stringAt(object.end_of_word_suffix),
    unknown: unknownId === undefined ? undefined : { id: unknownId, text: unknownText! },
    fusesUnknown: object.fuse_unk === true,
    fallsBackToBytes: object.byte_fallback === true,
    ignoresMerges: object.ignore_merges === true,
    utf8: new TextEncoder(),
    path,
  }
  return {
    idOf: token => ids.get(token),
    textOf: id => texts.get(id),
    maxId,
    size: ids.size,
    pieces: word => piecesOf(model, word),
  }
}

/** Reads merges, each of which is an array or a string with a space. */
function readMerges(merges: unknown): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const [rank, merge] of (Array.isArray(merges) ? merges : []).entries()) {
    ranks.set(Array.isArray(merge) ? merge.join(' ') : String(merge), rank)
  }
  return ranks
}

function piecesOf(model: BytePair, word: string): readonly Subword[] {
  const whole = model.ignoresMerges ? model.table.ids.get(word) : undefined
  if (whole !== undefined) return [{ id: whole, text: word, length: word.length, isUnknown: false }]
  return mergeSymbols(model, symbolsOf(model, word))
}

/**
 * The characters of a word as symbols. A character that is not in the vocabulary becomes its bytes or unknown, or is
 * dropped.
 */
function symbolsOf(model: BytePair, word: string): Subword[] {
  const { table, prefix, suffix, unknown, fusesUnknown, fallsBackToBytes, utf8 } = model
  const symbols: Subword[] = []
  let [index, dropped] = [0, 0]
  for (const character of word) {
    const { length } = character
    const text = (index > 0 ? prefix : '') + character + (index + length === word.length ? suffix : '')
    index += length
    const id = table.ids.get(text)
    if (id !== undefined) {
      symbols.push({ id, text, length, isUnknown: false })
      continue
    }
    const bytes = fallsBackToBytes ? byteTokens(character, utf8, table.ids) : undefined
    const last = symbols.at(-1)
    if (bytes) symbols.push(...bytes)
    else if (unknown && !(fusesUnknown && last?.isUnknown)) {
      symbols.push({ ...unknown, length, isUnknown: true })
    } else if (last) {
      // the last symbol covers the character too
      symbols.splice(-1, 1, { ...last, length: last.length + length })
    } else dropped += length
  }
  // and the first symbol those before it
  if (symbols[0]) symbols[0] = { ...symbols[0], length: symbols[0].length + dropped }
  return symbols
}

/** Merges symbols. They form a doubly linked list; a heap has the pairs that can be merged. */
function mergeSymbols(model: BytePair, symbols: Subword[]): readonly Subword[] {
  const { ranks } = model
  const previous = symbols.map((_, i) => i - 1)
  const next = symbols.map((_, i) => i + 1)
  const isRemoved = new Uint8Array(symbols.length)
  const pairs = createPairHeap()
  const offer = (left: number, right: number) => {
    const [leftText, rightText] = [symbols[left]!.text, symbols[right]!.text]
    const rank = ranks.get(`${leftText} ${rightText}`)
    if (rank !== undefined) pairs.push({ rank, left, right, leftText, rightText })
  }
  for (let i = 0; i + 1 < symbols.length; i++) offer(i, i + 1)
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const { left, right, leftText, rightText } = pair
    // one of the two may have been merged since
    if (isRemoved[left] || isRemoved[right]) continue
    if (symbols[left]!.text !== leftText || symbols[right]!.text !== rightText) continue
    symbols[left] = mergeTwo(model, symbols[left]!, symbols[right]!)
    isRemoved[right] = 1
    next[left] = next[right]!
    if (next[left]! < symbols.length) previous[next[left]!] = left
    if (previous[left]! >= 0) offer(previous[left]!, left)
    if (next[left]! < symbols.length) offer(left, next[left]!)
  }
  return symbols.filter((_, i) => !isRemoved[i])
}

function mergeTwo({ table, prefix, path }: BytePair, left: Subword, right: Subword): Subword {
  const tail = right.text.startsWith(prefix) ? right.text.slice(prefix.length) : right.text
  const text = left.text + tail
  const id = table.ids.get(text)
  if (id === undefined) {
    throw new RangeError(`${path} merges two tokens into "${text}", which is not in its vocabulary`)
  }
  return { id, text, length: left.length + right.length, isUnknown: false }
}

// Unigram, as in SentencePiece: of all ways to split a word into known pieces takes the most likely one, found by
// Viterbi's algorithm. best[i] is the largest sum of log probabilities of any split of the first i units.
//
// A character that is not a piece costs ten more than the rarest piece; adjacent ones become one unknown piece.

import type { JsonObject } from '../json.js'
import { byteTokens } from './byte-tokens.js'
import type { Subword, VocabularyModel } from './subword.js'
import { tableOf, type VocabularyTable } from './vocabulary-table.js'

const UNKNOWN_PENALTY = 10
/** In place of an id: a character that is not a piece. */
const NO_ID = -1
const SCORE = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/

/** A node of a trie of pieces, by characters. */
interface TrieNode {
  /** The id of the piece that ends here; undefined if none does. */
  id: number | undefined
  readonly next: Map<string, TrieNode>
}

/** A Unigram model. */
interface Unigram {
  readonly table: VocabularyTable
  /** Log probability of each id. */
  readonly scores: readonly number[]
  readonly root: TrieNode
  readonly unknownId: number | undefined
  /** The score of a character that is not a piece. */
  readonly unknownScore: number
  /** Whether unknown characters become the tokens of their bytes. */
  readonly fallsBackToBytes: boolean
  readonly utf8: TextEncoder
  /** Names the file in errors. */
  readonly path: string
}

/** The last piece of the best split of the first i units: where it begins, and its id or `NO_ID`. */
interface BestSplits {
  readonly from: Int32Array
  readonly ids: Int32Array
}

/**
 * Reads a Unigram model. `path` names the file in errors.
 *
 * @throws RangeError if its vocabulary is invalid
 */
export function readUnigram(object: JsonObject, path: string): VocabularyModel {
  if (!Array.isArray(object.vocab)) {
    throw new RangeError(`${path} expected an array "vocab" of pieces and scores`)
  }
  const vocab = object.vocab as readonly (readonly [string, number])[]
  const entries = vocab.map(([token], id) => [token, id] as const)
  const table = tableOf(entries, path)
  const unigram: Unigram = {
    table,
    scores: vocab.map(([, score]) => readScore(score)),
    root: buildTrie(table.ids),
    unknownId: typeof object.unk_id === 'number' ? object.unk_id : undefined,
    unknownScore:
      vocab.reduce((lowest, [, score]) => Math.min(lowest, readScore(score)), Infinity) - UNKNOWN_PENALTY,
    fallsBackToBytes: object.byte_fallback === true,
    utf8: new TextEncoder(),
    path,
  }
  return {
    idOf: token => table.ids.get(token),
    textOf: id => table.texts.get(id),
    maxId: table.maxId,
    size: vocab.length,
    pieces: word => piecesOf(unigram, word, findBestSplits(unigram, word)),
  }
}

/**
 * A score as the tokenizers library reads it: all digits as one whole number, divided by a power of ten. That is often one
 * unit in the last place off, which decides between splits that are equally likely.
 */
function readScore(score: number): number {
  const [, sign, whole, fraction = '', exponent = '0'] = SCORE.exec(String(score)) ?? []
  if (whole === undefined) return score
  const power = Number(exponent) - fraction.length
  const digits = Number(whole + fraction)
  const value = power < 0 ? digits / Number(`1e${-power}`) : digits * Number(`1e${power}`)
  return sign === '-' ? -value : value
}

function buildTrie(ids: ReadonlyMap<string, number>): TrieNode {
  const root: TrieNode = { id: undefined, next: new Map() }
  for (const [token, id] of ids) {
    let node = root
    for (const character of token) {
      let next = node.next.get(character)
      if (!next) {
        next = { id: undefined, next: new Map() }
        node.next.set(character, next)
      }
      node = next
    }
    if (node !== root) node.id = id
  }
  return root
}

function findBestSplits({ scores, root, unknownScore }: Unigram, word: string): BestSplits {
  const best = new Float64Array(word.length + 1)
  const from = new Int32Array(word.length + 1).fill(-1)
  const ids = new Int32Array(word.length + 1).fill(NO_ID)
  const offer = (start: number, end: number, id: number, score: number) => {
    const sum = best[start]! + score
    if (from[end] !== -1 && sum <= best[end]!) return
    best[end] = sum
    from[end] = start
    ids[end] = id
  }
  let start = 0
  for (const character of word) {
    let isKnown = false
    let node: TrieNode | undefined = root
    let end = start
    while (node && end < word.length) {
      const next = String.fromCodePoint(word.codePointAt(end)!)
      node = node.next.get(next)
      end += next.length
      if (node?.id === undefined) continue
      offer(start, end, node.id, scores[node.id]!)
      if (end === start + character.length) isKnown = true
    }
    if (!isKnown) offer(start, start + character.length, NO_ID, unknownScore)
    start += character.length
  }
  return { from, ids }
}

/** Reads the pieces of the best split, from the end of the word to its beginning. */
function piecesOf(unigram: Unigram, word: string, { from, ids }: BestSplits): readonly Subword[] {
  const isUnknown = (end: number) => ids[end]! < 0 || ids[end] === unigram.unknownId
  const found: Subword[] = []
  for (let end = word.length; end > 0; ) {
    let start = from[end]!
    if (isUnknown(end)) {
      while (start > 0 && isUnknown(start)) start = from[start]!
      // one by one: a word may have more bytes than a call can have arguments
      for (const subword of unknownPieces(unigram, word.slice(start, end)).reverse()) found.push(subword)
    } else {
      const id = ids[end]!
      found.push({ id, text: unigram.table.texts.get(id)!, length: end - start, isUnknown: false })
    }
    end = start
  }
  return found.reverse()
}

/**
 * The pieces of adjacent unknown characters: their bytes, or one unknown piece. The unknown token may stand in the text itself;
 * then it has no bytes.
 */
function unknownPieces({ table, unknownId, fallsBackToBytes, utf8, path }: Unigram, text: string): Subword[] {
  const bytes = fallsBackToBytes && !table.ids.has(text) ? byteTokens(text, utf8, table.ids) : undefined
  if (bytes) return bytes
  if (unknownId === undefined) {
    throw new RangeError(`${path} has no unknown token ("unk_id"), and "${text}" is not in its vocabulary`)
  }
  return [{ id: unknownId, text: table.texts.get(unknownId) ?? '', length: text.length, isUnknown: true }]
}

// Byte-pair encoding: a word begins as single characters, and the pair that was merged first in training is merged
// first, the leftmost of equals, until no known pair is left.
import { type Node, stringAt } from './json.js'
import type { Subword, VocabularyModel } from './subword.js'
import { byteTokens } from './unigram.js'
import { readTable } from './vocabulary-table.js'

export function readBytePair(node: Node, path: string): VocabularyModel {
  const { ids, texts, largest } = readTable(node, path)
  const prefix = stringAt(node.continuing_subword_prefix)
  const suffix = stringAt(node.end_of_word_suffix)
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
    left && right ? ranks.get(`${left.text} ${right.text}`) : undefined

  /** Merges within a list of symbols, each of which knows its neighbours, by a heap of the pairs that can be merged. */
  function merged(symbols: Subword[]): readonly Subword[] {
    const before = symbols.map((_, at) => at - 1)
    const after = symbols.map((_, at) => at + 1)
    const gone = new Uint8Array(symbols.length)
    const pairs = createPairHeap()
    const offer = (at: number, right: number) => {
      const rank = rankOf(symbols[at], symbols[right])
      if (rank !== undefined)
        pairs.push({ rank, at, right, text: symbols[at]!.text, tail: symbols[right]!.text })
    }
    for (let at = 0; at + 1 < symbols.length; at++) offer(at, at + 1)
    for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
      const { at, right } = pair
      // one of the two may have been merged with another since
      if (gone[at] || gone[right] || symbols[at]!.text !== pair.text || symbols[right]!.text !== pair.tail)
        continue
      const tail = pair.tail.startsWith(prefix) ? pair.tail.slice(prefix.length) : pair.tail
      const text = pair.text + tail
      const id = ids.get(text)
      if (id === undefined) {
        throw new RangeError(`${path} merges into "${text}", which its vocabulary does not have`)
      }
      symbols[at] = { id, text, length: symbols[at]!.length + symbols[right]!.length, isUnknown: false }
      gone[right] = 1
      after[at] = after[right]!
      if (after[at]! < symbols.length) before[after[at]!] = at
      if (before[at]! >= 0) offer(before[at]!, at)
      if (after[at]! < symbols.length) offer(at, after[at]!)
    }
    return symbols.filter((_, at) => !gone[at])
  }

  return { idOf: token => ids.get(token), textOf: id => texts.get(id), largest, pieces }
}

/** Two neighbours that can be merged, as they were when that was found. */
interface Pair {
  readonly rank: number
  readonly at: number
  readonly right: number
  readonly text: string
  readonly tail: string
}

/** Gives the pair of the lowest rank, the leftmost of equals. */
function createPairHeap(): { push(pair: Pair): void; pop(): Pair | undefined } {
  const heap: Pair[] = []
  const isFirst = (a: Pair, b: Pair) => a.rank < b.rank || (a.rank === b.rank && a.at < b.at)
  return {
    push(pair) {
      let i = heap.length
      for (; i > 0; ) {
        const parent = (i - 1) >> 1
        if (!isFirst(pair, heap[parent]!)) break
        heap[i] = heap[parent]!
        i = parent
      }
      heap[i] = pair
    },
    pop() {
      const [first] = heap
      const last = heap.pop()
      if (heap.length === 0 || !last) return first
      let i = 0
      for (let child = 1; child < heap.length; child = 2 * i + 1) {
        if (child + 1 < heap.length && isFirst(heap[child + 1]!, heap[child]!)) child++
        if (!isFirst(heap[child]!, last)) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
      return first
    },
  }
}

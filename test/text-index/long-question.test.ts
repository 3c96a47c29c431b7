// Questions as long as a page: how much is compared for them is limited, and other work of the process gets its turn.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { createCatalog } from '../../src/text-index/catalog.js'
import { isFunctionWord } from '../../src/text-index/function-words.js'
import { openTextIndex, rerankTexts } from '../../src/text-index/index.js'
import { rarestOf, weightedQuery } from '../../src/text-index/word-weights.js'
import { loadTermReader } from '../../src/text-index/words/load-term-reader.js'
import { createFindSimilar } from '../../src/text-index/words/similar-words.js'
import { collectWords, createWordCollector, mergeWords } from '../../src/text-index/words/word-index.js'
import { createWordLookup } from '../../src/text-index/words/word-lookup.js'
import { wordQueryOf } from '../../src/text-index/words/word-query.js'
import { encodeWords } from '../../src/text-index/words/word-rows.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-long-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bytes = readFileSync('data/words.bin')
const encoder = createStaticEncoder(bytes)
/** Known words of six letters with a stem of their own. */
const WORDS = [
  ...new Map(
    (
      bytes
        .subarray(24, 400_000)
        .toString('latin1')
        .match(/(?<=\n)[a-z]{6}(?=\n)/g) ?? []
    )
      .filter(word => !isFunctionWord(word))
      .map(word => [word.slice(0, 4), word]),
  ).values(),
]

async function lookupOf(texts: readonly string[]) {
  const reader = await loadTermReader()
  const collector = createWordCollector()
  for (const [id, text] of texts.entries()) collectWords(collector, id, { text, payload: {} }, reader)
  return {
    readTerms: reader.readTerms,
    lookup: createWordLookup(mergeWords(undefined, () => true, collector)),
  }
}

/** An array that counts how often its items are read. */
function counted(array: Float32Array) {
  let reads = 0
  const watched = new Proxy(array, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++
      return Reflect.get(target, key)
    },
  })
  return { watched, reads: () => reads }
}

it('similar words are looked up for the 64 rarest words of a question, and for all of a shorter one', async () => {
  // the first word is in all passages, the last in one
  const words = WORDS.slice(0, 80)
  const { lookup, readTerms } = await lookupOf(words.map((_, first) => words.slice(0, first + 1).join(' ')))
  const rows = await encodeWords(encoder, lookup.index.words.all())
  const comparisons = async (question: string) => {
    const { watched, reads } = counted(rows.scales)
    const find = createFindSimilar(lookup, { ...rows, scales: watched }, async () => encoder)
    const query = await wordQueryOf(question, lookup, readTerms, find)
    // the row of a word of the question is read with its scale
    return { count: reads(), query }
  }
  const perWord = rows.known.length + 1
  for (const asked of [1, 10, 64]) {
    expect((await comparisons(words.slice(0, asked).join(' '))).count, `${asked} words`).toBe(asked * perWord)
  }
  const long = await comparisons([...words, ...words].join(' '))
  expect(long.count).toBe(64 * perWord)
  expect(long.query.words).toHaveLength(80)
  const compared: string[] = []
  await wordQueryOf(words.join(' '), lookup, readTerms, async terms => {
    compared.push(...terms.map(({ text }) => text))
    return new Map()
  })
  expect(compared).toEqual(words.slice(16))
})

it('the rarest of equally rare words are the first, in their order', () => {
  const items = Array.from({ length: 70 }, (_, i) => i)
  expect(rarestOf(items, i => (i === 3 || i === 69 ? 2 : 1))).toEqual([...items.slice(0, 63), 69])
  expect(rarestOf(items.slice(0, 64), i => i)).toEqual(items.slice(0, 64))
})

it('a long comparison can be aborted', async () => {
  const { lookup, readTerms } = await lookupOf(['spider beetle insect'])
  const rows = await encodeWords(encoder, lookup.index.words.all())
  // as many rows as an index of 200,000 words has
  const known = new Uint32Array(200_000)
  const many = {
    ...rows,
    known,
    scales: new Float32Array(known.length),
    rows: new Int8Array(known.length * encoder.dim),
  }
  known[1] = 1
  known[2] = 2
  const find = createFindSimilar(lookup, many, async () => encoder)
  const terms = readTerms('spider beetle')
  const abort = new AbortController()
  setTimeout(() => abort.abort(new Error('gone')), 0)
  await expect(find(terms, abort.signal)).rejects.toThrow('gone')
  expect((await find(terms)).size).toBe(2)
})

it('only the 64 rarest words of a question have rows, and the first 64 unknown words a suggestion', async () => {
  const words = WORDS.slice(0, 100)
  const catalog = { ...createCatalog('static', false), passages: 10, words: { [words[0]!]: 9 } }
  const { tokens, weights } = weightedQuery(encoder.query(words.join(' ')), catalog)
  expect(tokens.map(({ text }) => text)).toEqual(words.slice(1, 65))
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1)
  // counts of another collection than the number of passages
  const wrong = weightedQuery(encoder.query('spider wolf'), { passages: 1, words: { spider: 5 } })
  expect(wrong.weights.filter(weight => !(weight > 0))).toEqual([])

  writeFileSync(join(folder, 'a.txt'), words.map(word => `${word}x`).join(' '))
  const index = await openTextIndex(join(folder, 'index'), { encoder, encoderName: 'static', weighted: true })
  await index.update([join(folder, 'a.txt')])
  const { unknown, suggestions } = await index.search(words.map(word => `${word}q`).join(' '))
  expect([unknown.length, suggestions!.length]).toEqual([100, 64])
  await index.close()
})

it('reranking ends with the reason of its signal', async () => {
  const scorer = await createScorer()
  const abort = new AbortController()
  const passed: unknown[] = []
  const model = {
    ...encoder,
    documents(texts: readonly string[], options: { readonly signal?: AbortSignal } = {}) {
      passed.push(options.signal)
      abort.abort(new Error('gone'))
      return encoder.documents(texts, options)
    },
  }
  const rerank = (signal?: AbortSignal) =>
    rerankTexts(scorer, 'spider', [{ text: 'a spider' }], { encoder: model, signal })
  await expect(rerank(abort.signal)).rejects.toThrow('gone')
  await expect(rerank(abort.signal)).rejects.toThrow('gone')
  await expect(rerank(7 as never)).rejects.toThrow('"signal" expected an AbortSignal')
  expect(passed).toEqual([abort.signal])
  expect(await rerank()).toHaveLength(1)
  // while words are read, and while matches are explained, other work gets its turn
  const texts = Array.from({ length: 1000 }, (_, i) => ({ text: `a spider ${i}` }))
  const later = new AbortController()
  setTimeout(() => later.abort(new Error('later')), 0)
  await expect(
    rerankTexts(scorer, 'spider', texts, { encoder, only: 'words', signal: later.signal }),
  ).rejects.toThrow('later')
  scorer.dispose()
})

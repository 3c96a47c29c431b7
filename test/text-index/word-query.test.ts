// What the words of a question count, and the words that are similar to them.

import { expect, it } from 'vitest'
import { idfWeight } from '../../src/encode/static/index.js'
import { loadTermReader } from '../../src/text-index/words/load-term-reader.js'
import { createFindSimilar } from '../../src/text-index/words/similar-words.js'
import { collectWords, createWordCollector, mergeWords } from '../../src/text-index/words/word-index.js'
import { createWordLookup } from '../../src/text-index/words/word-lookup.js'
import { saturation, scoreWords, wordQueryOf } from '../../src/text-index/words/word-query.js'

const reader = await loadTermReader()
const collector = createWordCollector()
for (const [id, text] of ['bread wine', 'bread milk', 'bread milk', 'bread'].entries())
  collectWords(collector, id, { text, payload: {} }, reader)
const lookup = createWordLookup(mergeWords(undefined, () => true, collector))
const [bread, milk, wine] = [4, 2, 1].map(passages => idfWeight(passages, 4)) as [number, number, number]

/** The words of a question, of which each has the `similar` stems. */
const wordsOf = async (question: string, similar: Readonly<Record<string, number>>) => {
  const find = async (terms: readonly { readonly text: string }[]) =>
    new Map(terms.map(({ text }) => [text, new Map(Object.entries(similar))]))
  const { words } = await wordQueryOf(question, lookup, reader.readTerms, find)
  return words.map(({ term, weight, factors }) => ({
    text: term.text,
    weight,
    factors: Object.fromEntries([...factors].map(([stem, { factor }]) => [stem, factor])),
  }))
}

it('a stem counts the passages with any of its words, each of them once', () => {
  const words = createWordCollector()
  for (const [id, text] of ['bank banks', 'banks', 'bank', 'dog dogs', 'cat'].entries())
    collectWords(words, id, { text, payload: {} }, reader)
  const { passagesOf } = createWordLookup(mergeWords(undefined, () => true, words))
  const stems = ['dog', 'bank', 'cat', 'zebra']
  for (let i = 0; i < 2; i++) expect(stems.map(passagesOf)).toEqual([1, 3, 1, 0])
})

it('a similar word counts up to half by its cosine, less if it is more frequent, and no more if it is rarer', async () => {
  // 0.7 is half-way between the threshold, 0.4, and 1
  expect(await wordsOf('milk', { bread: 0.7, wine: 0.7 })).toEqual([
    {
      text: 'milk',
      weight: 1,
      factors: {
        bread: expect.closeTo((0.25 * bread) / milk, 12),
        wine: expect.closeTo(0.25, 12),
        milk: 1,
      },
    },
  ])
  const [only] = await wordsOf('milk', { wine: 1 })
  expect(only?.factors).toEqual({ wine: 0.5, milk: 1 })
})

it('another word of the question counts for itself only, and a word that no passage has for the similar ones', async () => {
  const dragon = idfWeight(0, 4)
  const sum = milk + wine + dragon
  expect(await wordsOf('milk wine dragon', { wine: 1, bread: 0.4 })).toEqual([
    { text: 'milk', weight: milk / sum, factors: { bread: 0, milk: 1 } },
    { text: 'wine', weight: wine / sum, factors: { bread: 0, wine: 1 } },
    { text: 'dragon', weight: dragon / sum, factors: { bread: 0 } },
  ])
})

it('a passage has the share of BM25 with k = 1.5 and b = 0.75, by its count of the word and its length', async () => {
  const bm25 = (count: number, length: number, mean: number) =>
    count / (count + 1.5 * (0.25 + (0.75 * length) / mean))
  const query = await wordQueryOf('bread', lookup, reader.readTerms)
  const expected = [2, 2, 2, 1].map(length => expect.closeTo(bm25(1, length, 7 / 4), 12))
  expect([...scoreWords(query, lookup)]).toEqual(expected)
  expect(saturation(3, 40, 10)).toBeCloseTo(bm25(3, 40, 10), 12)
})

it('a word is similar by its own row, which the encoder makes for another form of a word and a word of no passage', async () => {
  const words = createWordCollector()
  collectWords(words, 0, { text: 'spiders wolf', payload: {} }, reader)
  const index = createWordLookup(mergeWords(undefined, () => true, words))
  const encoded: string[] = []
  // in a space of two dims, of which the words of the passage have one each
  const rows: Readonly<Record<string, readonly number[]>> = {
    spider: [0, 1],
    dragon: [1, 1],
    two: [1, 0, 0, 1],
  }
  const encoder = {
    dim: 2,
    query: () => ({ data: new Float32Array(0), dim: 2, tokens: [], unknown: [] }),
    documents: (texts: readonly string[]) => {
      encoded.push(...texts)
      return texts.map(text => ({
        data: Float32Array.from(rows[text] ?? []),
        dim: 2,
        tokens: [],
        unknown: [],
      }))
    },
  }
  const wordRows = {
    dim: 2,
    direction: new Float32Array(2),
    known: Uint32Array.of(0, 1),
    scales: Float32Array.of(1 / 127, 1 / 127),
    rows: Int8Array.of(127, 0, 0, 127),
  }
  const find = createFindSimilar(index, wordRows, async () => encoder)
  const found = await find(reader.readTerms('spider spiders dragon two unknown'))
  expect(encoded).toEqual(['spider', 'dragon', 'two', 'unknown'])
  const similar = Object.fromEntries([...found].map(([word, stems]) => [word, Object.fromEntries(stems)]))
  const near = (value: number) => expect.closeTo(value, 5)
  expect(similar).toEqual({
    spider: { wolf: near(1) },
    spiders: { spider: near(1) },
    dragon: { spider: near(Math.SQRT1_2), wolf: near(Math.SQRT1_2) },
  })
})

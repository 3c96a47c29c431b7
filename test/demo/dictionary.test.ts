// The reverse dictionary on six definitions. The slow suite runs it on all of WordNet.

import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDictionary, type Dictionary } from '../../demo/dictionary.js'
import type { Definition } from '../../demo/wordnet.js'
import { createStaticEncoder, inverseDocumentFrequency } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'

const encoder = createStaticEncoder(readFileSync(new URL('../../data/words.bin', import.meta.url)))
const noun = (words: string, text: string): Definition => ({ words: words.split(','), part: 'noun', text })

describe('a dictionary of six definitions', () => {
  const definitions = [
    noun('tiger', 'large feline of forests in most of Asia'),
    noun('Qwxz', 'qwxz'),
    noun('bicycle,bike', 'a vehicle that has two wheels and pedals'),
    noun('tricycle', 'a vehicle with three wheels and pedals'),
    noun('Bicycle', 'two wheels'),
    noun('bike', 'a vehicle with two wheels, a motor vehicle'),
  ]
  let dictionary: Dictionary
  const progress: number[] = []
  beforeAll(async () => {
    dictionary = await createDictionary(await createScorer(), encoder, definitions, done =>
      progress.push(done),
    )
  })

  it('skips a definition without a known word', () => {
    expect(dictionary.definitions).toBe(5)
    expect(dictionary.rows).toBe(8 + 7 + 6 + 2 + 6)
    expect(dictionary.byteLength).toBeGreaterThanOrEqual(29 * 400)
    expect(progress).toEqual([6])
  })

  it('answers best first, without repeating a first word', () => {
    const { entries } = dictionary.answer('two wheels and pedals')
    expect(entries.map(({ words }) => words[0])).toEqual(['bicycle', 'tricycle', 'bike', 'tiger'])
    const scores = entries.map(({ score }) => score)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
  })

  it('returns at most `limit` entries', () => {
    expect(dictionary.answer('two wheels', { limit: 1 }).entries).toHaveLength(1)
    expect(dictionary.answer('two wheels', { limit: 1000 }).entries).toHaveLength(4)
  })

  it('scores by the sum of idf x largest cosine and explains each word of the sum', () => {
    const { entries, matches } = dictionary.answer('Two pedals')
    const indexed = encoder
      .documents(definitions.map(({ text }) => text))
      .filter(({ tokens }) => tokens.length)
    const weightOf = inverseDocumentFrequency(indexed)
    expect(matches.map(({ query, document }) => [query, document])).toEqual([
      ['pedals', 'pedals'],
      ['two', 'two'],
    ])
    for (const { query, start, end, similarity, contribution } of matches) {
      expect(entries[0]!.text.slice(start, end)).toBe(query)
      expect(similarity).toBeCloseTo(1, 6)
      expect(contribution).toBeCloseTo(weightOf(query), 5)
    }
    expect(entries[0]!.score).toBeCloseTo(weightOf('pedals') + weightOf('two'), 5)
  })

  it('compares a query with any entry word by word', () => {
    const { entries, matches } = dictionary.answer('two pedals')
    expect(dictionary.explain('two pedals', entries[0]!.index).matches).toEqual(matches)
    const second = dictionary.explain('two pedals', entries[1]!.index)
    expect(entries[1]!.words).toEqual(['tricycle'])
    expect([second.query, second.document.map(({ text }) => text)]).toEqual([
      ['two', 'pedals'],
      ['vehicle', 'with', 'three', 'wheels', 'and', 'pedals'],
    ])
    expect(second.similarities).toHaveLength(2 * second.document.length)
    expect(second.similarities.at(-1)).toBeCloseTo(1, 6)
    const total = second.matches.reduce((sum, { contribution }) => sum + contribution, 0)
    expect(total).toBeCloseTo(entries[1]!.score, 5)
  })

  it('weighs each word of the query by the number of definitions that have it', () => {
    const indexed = encoder
      .documents(definitions.map(({ text }) => text))
      .filter(({ tokens }) => tokens.length)
    const { query, weights } = dictionary.explain('vehicle two volcano', 0)
    expect(query).toEqual(['vehicle', 'two', 'volcano'])
    expect(weights).toEqual(query.map(inverseDocumentFrequency(indexed)))
  })

  it('waits for its progress function, so that a program can handle keys meanwhile', async () => {
    let isHandled = false
    await createDictionary(await createScorer(), encoder, definitions, async () => {
      await setImmediate()
      isHandled = true
    })
    expect(isHandled).toBe(true)
  })

  it('lists unknown words and answers from the others', () => {
    const { unknown, entries } = dictionary.answer('a zzyzx with pedels, zzyzx')
    expect(unknown).toEqual([{ word: 'zzyzx' }, { word: 'pedels', suggestion: 'pedals', isOnly: true }])
    expect(entries).not.toEqual([])
  })

  it('has the similarity and the weight of each match, whose product adds to the score', () => {
    const { entries, matches } = dictionary.answer('a motor with pedals')
    for (const { query, similarity, weight, contribution } of matches) {
      expect(similarity * weight, query).toBeCloseTo(contribution, 5)
    }
    expect(matches.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(entries[0]!.score, 4)
    const weightOf = (word: string) => matches.find(({ query }) => query === word)!.weight
    expect(weightOf('motor')).toBeGreaterThan(weightOf('with'))
  })

  it.each(['', '?!', 'zzyzx qwxz'])('finds nothing for "%s"', query => {
    const { entries, matches } = dictionary.answer(query)
    expect([entries, matches]).toEqual([[], []])
  })
})

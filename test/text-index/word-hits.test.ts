// The matches of a passage, and the part of a passage that is shown.

import { describe, expect, it } from 'vitest'
import { loadTermReader } from '../../src/text-index/words/load-term-reader.js'
import { bestWindow, matchPassage } from '../../src/text-index/words/word-hits.js'
import { headingOf } from '../../src/text-index/words/word-index.js'
import type { WordQuery } from '../../src/text-index/words/word-query.js'

const { readTerms } = await loadTermReader()

/** A question of two words with these weights. Stems match the word with this number, by a factor, in this order. */
function queryOf(
  weights: readonly number[],
  stems: Readonly<Record<string, readonly [number, number, number]>>,
) {
  const terms = readTerms('first second')
  const byStem = new Map(
    Object.entries(stems).map(([stem, [word, factor, order]]) => [
      stem,
      [{ word, factor, order, similarity: factor }],
    ]),
  )
  const words = weights.map((weight, i) => ({ term: terms[i]!, weight, factors: new Map() }))
  return { words, byStem, missing: [], meanLength: 1 } satisfies WordQuery
}

const documentsOf = (text: string, query: WordQuery) =>
  matchPassage({ text, payload: {} }, query, readTerms).matches.map(({ document }) => document)

describe('the matches of a passage', () => {
  it('have the highest contribution first', () => {
    const stems = { wolf: [0, 1, 0], fox: [1, 1, 0] } as const
    expect(documentsOf('wolf fox', queryOf([0.3, 0.7], stems))).toEqual(['fox', 'wolf'])
    expect(documentsOf('wolf fox', queryOf([0.7, 0.3], stems))).toEqual(['wolf', 'fox'])
  })

  it('are of equally similar words the one that comes first in the question, wherever it is in the passage', () => {
    const query = queryOf([1], { wolf: [0, 0.4, 1], fox: [0, 0.4, 0], bear: [0, 0.3, 2] })
    expect(documentsOf('wolf bear fox', query)).toEqual(['fox'])
    expect(documentsOf('fox wolf', query)).toEqual(['fox'])
    expect(documentsOf('bear wolf', query)).toEqual(['wolf'])
  })
})

describe('the shown part of a passage', () => {
  const mark = (start: number, query: string, contribution = 0.3, length = 4) => ({
    ...{ start, end: start + length, query, contribution },
  })
  const shown = (text: string, marks: readonly ReturnType<typeof mark>[], size: number) => {
    const { start, end } = bestWindow(text, marks, size)
    return text.slice(start, end)
  }

  it('begins with the sentence of its first match, or else with a word', () => {
    const words = 'word '.repeat(60)
    const text = `${words}end. Begin here word ${words}`
    const at = text.indexOf('here')
    expect(shown(text, [mark(at, 'a')], 100)).toMatch(/^Begin here word /)
    const other = text.replace('end.', 'end,')
    expect(shown(other, [mark(at, 'a')], 100)).toMatch(/^(?:word )+end, Begin here word /)
  })

  it('ends with a word, with the text, or within a word that is longer than the part', () => {
    const text = `${'word '.repeat(60)}last`
    expect(shown(text, [mark(250, 'a')], 100)).toMatch(/^(?:word )+last$/)
    expect(shown(text, [mark(100, 'a')], 99)).toMatch(/^(?:word )+word$/)
    const long = `${'word '.repeat(20)}${'x'.repeat(300)} end`
    expect(shown(long, [mark(100, 'a')], 50)).toMatch(/^(?:word )*x+$/)
    expect(shown(long, [mark(100, 'a')], 50).length).toBeGreaterThan(40)
  })

  it('counts a match only if all of it is shown', () => {
    const text = 'x '.repeat(1000)
    // 80 units are shown from a match on
    const marks = [mark(200, 'a'), mark(276, 'b', 0.3, 5), mark(1000, 'a'), mark(1076, 'b')]
    expect(bestWindow(text, marks, 100).start).toBe(982)
  })

  it('is the first of equal ones, although their sums are rounded', () => {
    const text = 'x '.repeat(1000)
    expect(0.1 + 0.2).toBeGreaterThan(0.3)
    const marks = [mark(200, 'a', 0.3), mark(1000, 'b', 0.1), mark(1010, 'c', 0.2)]
    expect(bestWindow(text, marks, 100).start).toBe(182)
  })
})

it('the heading of a passage is its heading, or else its title, if that is a text', () => {
  const of = (payload: object, text = 'text') => headingOf({ text, payload: { ...payload } })
  expect(of({ heading: 'Part', title: 'Book' })).toBe('Part')
  expect(of({ title: 'Book' })).toBe('Book')
  for (const payload of [{}, { title: 1984 }, { title: null }, { title: ['Book'] }])
    expect(of(payload)).toBeUndefined()
  expect([of({ heading: 'Part' }, '## Part'), of({ heading: 'Part' }, 'Parts')]).toEqual([undefined, 'Part'])
})

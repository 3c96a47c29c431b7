// Notices of unknown words, and queries with the suggested words.

import { describe, expect, it } from 'vitest'
import type { Answer, Entry, UnknownWord } from '../../demo/dictionary.js'
import { answerCorrected, replaceWord, unknownText } from '../../demo/unknown-text.js'

const entries = [{ words: ['word'], part: 'noun', text: 'text', index: 0, score: 1 }] satisfies Entry[]
const hieghts = { word: 'hieghts', suggestion: 'heights', isOnly: true }
const hoese = { word: 'hoese', suggestion: 'horse', isOnly: false }

describe('replaceWord', () => {
  it.each([
    ['fear of hieghts', 'fear of heights'],
    ['Hieghts, and hieghts!', 'heights, and heights!'],
    ['(hieghts)', '(heights)'],
    ['xhieghts hieghtsö', 'xhieghts hieghtsö'],
  ])('of "%s" returns "%s"', (text, replaced) => {
    expect(replaceWord(text, hieghts)).toBe(replaced)
  })

  it('takes both words literally', () => {
    expect(replaceWord('a.b axb', { word: 'a.b', suggestion: '$&' })).toBe('$& axb')
  })
})

describe('answerCorrected', () => {
  const dictionaryOf = (words: readonly UnknownWord[]) => {
    const queries: [string, number | undefined][] = []
    const answer = (query: string, { limit }: { limit?: number } = {}): Answer => {
      queries.push([query, limit])
      const unknown = words.filter(({ word }) => query.toLowerCase().includes(word))
      return { query, entries, matches: [], unknown, rows: 1, milliseconds: 1, kernel: 'simd' }
    }
    return { queries, answer }
  }

  it('searches again with the only close suggestion, and says so', () => {
    const dictionary = dictionaryOf([hieghts, hoese, { word: 'zzyzx' }])
    const answer = answerCorrected(dictionary, 'Hieghts of a hoese, zzyzx', { limit: 3 })
    expect(dictionary.queries.at(-1)).toEqual(['heights of a hoese, zzyzx', 3])
    expect(unknownText(answer)).toBe(
      'Unknown word: "hieghts". Searched for "heights of a hoese, zzyzx" instead. ' +
        'Ignored unknown words: "hoese" (did you mean "horse"?), "zzyzx"',
    )
  })

  it('names each word that it replaced', () => {
    const pedels = { word: 'pedels', suggestion: 'pedals', isOnly: true }
    const answer = answerCorrected(dictionaryOf([hieghts, pedels]), 'hieghts pedels')
    expect(unknownText(answer)).toBe(
      'Unknown words: "hieghts", "pedels". Searched for "heights pedals" instead.',
    )
  })

  it.each([
    ['a hoese', [hoese], 'Ignored unknown word: "hoese" (did you mean "horse"?)'],
    ['a zzyzx', [{ word: 'zzyzx' }], 'Ignored unknown word: "zzyzx"'],
    ['a word', [], undefined],
  ])('answers "%s" once, as it is', (query, unknown, notice) => {
    const dictionary = dictionaryOf(unknown)
    expect(unknownText(answerCorrected(dictionary, query))).toBe(notice)
    expect(dictionary.queries).toEqual([[query, undefined]])
  })

  it('changes nothing if the text does not have the word as it was read', () => {
    const dictionary = dictionaryOf([{ ...hieghts, word: 'hie' }])
    expect(answerCorrected(dictionary, 'hieghts')).not.toHaveProperty('replaced')
    expect(dictionary.queries).toHaveLength(1)
  })
})

// Answers of the dictionary as text.

import { describe, expect, it } from 'vitest'
import type { Answer } from '../../demo/dictionary.js'
import { answerText, readyText, wrapText } from '../../demo/print.js'
import { createStyle } from '../../src/cli/output/style.js'
import { textWidth } from '../../src/cli/output/text-width.js'

const answer: Answer = {
  query: 'a big qwxz cat',
  entries: [
    {
      index: 7,
      words: ['tiger', 'Panthera tigris'],
      part: 'noun',
      text: 'large feline of forests',
      score: 9,
    },
    { index: 3, words: ['to', 'a', 'b', 'c'], part: 'verb', text: 'be '.repeat(40).trim(), score: 3 },
  ],
  matches: [
    {
      query: 'cat',
      document: 'feline',
      start: 6,
      end: 12,
      similarity: 0.8125,
      weight: 9.85,
      contribution: 8,
    },
    { query: 'big', document: 'large', start: 0, end: 5, similarity: 0.5, weight: 4, contribution: 2 },
    { query: 'x', document: 'large', start: 0, end: 5, similarity: 0.39, weight: 3.2, contribution: 1.25 },
    { query: 'qwx', document: 'of', start: 13, end: 15, similarity: 0.7, weight: 1.43, contribution: 1 },
  ],
  unknown: [{ word: 'qwxz' }],
  rows: 1_064_077,
  milliseconds: 34.4,
  kernel: 'simd',
}
const plain = createStyle(false)

describe('answerText', () => {
  it('shows unknown words first, then the words, their definitions, the matches of the first entry, and the cost', () => {
    expect(answerText(answer, plain, 80).split('\n')).toEqual([
      'Ignored unknown word: "qwxz"',
      '',
      '  1 tiger, Panthera tigris n.  large feline of forests',
      '  2 to, a, b v.  be be be be be be be be be be be be be be be be be be be be be',
      '    be be be be be be be be be be be be be be be be be be be',
      '',
      'tiger: large feline of forests',
      '    cat → feline  ████████████████████   8.00  similarity 0.81, weight 9.85',
      '    big → large   █████                  2.00  similarity 0.50, weight 4.00',
      '    2 other matches, not shown: 2.25',
      '    score 9.00: the sum of these lines. Each is the similarity of two words',
      '    (cosine) times the weight of your word, which is higher for rare words',
      '',
      'compared with 1,064,077 words in 34 ms (kernel simd)',
      '',
    ])
  })

  it('cuts and wraps nothing if the width is not known', () => {
    expect(answerText(answer, plain)).toContain(`2 to, a, b v.  ${answer.entries[1]!.text}\n`)
  })

  it.each([20, 30, 34, 35, 36, 58, 59, 60, 74, 75, 200])('fits %i columns and keeps every word', columns => {
    const style = createStyle(true)
    const [wide, narrow] = [Number.POSITIVE_INFINITY, columns].map(width => {
      const text = answerText(answer, style, width)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
      return text.replace(/\x1b\[\d+m/g, '')
    })
    for (const line of narrow!.split('\n')) expect(textWidth(line), line).toBeLessThanOrEqual(columns)
    const wordsOf = (text: string) => text.replace(/█/g, '').split(/\s+/)
    expect(wordsOf(narrow!)).toEqual(wordsOf(wide!))
  })

  it('shortens the bars on a narrow terminal, then leaves them out', () => {
    const barsAt = (columns: number) =>
      [...answerText(answer, plain, columns).matchAll(/█+/g)].map(([bar]) => bar.length)
    // 18 columns for the words, 37 for the figures
    expect([75, 74, 59, 58].map(barsAt)).toEqual([[20, 5], [19, 5], [4, 1], []])
  })

  it('colours each matched word of the definition by its strongest match', () => {
    const lines = answerText(answer, createStyle(true)).split('\n')
    expect(lines[5]).toBe('\x1b[1mtiger\x1b[22m: \x1b[33mlarge\x1b[39m \x1b[32mfeline\x1b[39m of forests')
  })

  it.each([0, 1])('takes the strongest of two matches of a word, also if it is number %i', strongest => {
    const [match] = answer.matches
    const matches = [0, 1].map(i => ({ ...match!, similarity: i === strongest ? 0.9 : 0.5 }))
    const text = answerText({ ...answer, matches }, createStyle(true))
    expect(text).toContain('large \x1b[32mfeline\x1b[39m of')
  })

  it.each([
    [
      [{ word: 'spidars', suggestion: 'spiders' }, { word: 'zzyzx' }],
      'Unknown words: "spidars" (did you mean "spiders"?), "zzyzx". Describe a thing in a few plain English words.\n',
    ],
    [[], 'There are no words to look up. Describe a thing in a few plain English words.\n'],
  ])('says how to go on if only the words %j were typed, all unknown', (unknown, text) => {
    expect(answerText({ ...answer, entries: [], matches: [], unknown }, plain)).toBe(text)
  })

  it('lists no match with a function word, unless it is the same word', () => {
    const match = { ...answer.matches[0]!, similarity: 1 }
    const shown = (query: string, document: string) =>
      answerText({ ...answer, matches: [{ ...match, query, document }] }, plain).includes(
        `${query} → ${document}`,
      )
    expect(shown('makes', 'or')).toBe(false)
    expect(shown('of', 'of')).toBe(true)
    expect(shown('through', 'during')).toBe(false)
    expect(shown('of', 'fear')).toBe(false)
    expect(shown('makes', 'bakes')).toBe(true)
  })

  it('lists a match from a cosine of 0.4', () => {
    const shown = (similarity: number) =>
      answerText({ ...answer, matches: [{ ...answer.matches[0]!, similarity }] }, plain).includes('→')
    expect([shown(0.4), shown(0.399)]).toEqual([true, false])
  })

  it('shows an answer of which no match is worth listing', () => {
    const matches = [answer.matches[2]!]
    expect(answerText({ ...answer, matches }, plain)).toContain(
      'tiger: large feline of forests\n    1 other match, not shown: 1.25\n',
    )
  })
})

describe('wrapText', () => {
  it('breaks between words, with an indent, and leaves a longer word whole', () => {
    expect(wrapText('one two incomprehensible three', 9, '> ')).toBe('> one two\n  incomprehensible\n  three')
  })
})

describe('readyText', () => {
  it('shows the size of the dictionary, the time and the memory', () => {
    const dictionary = { definitions: 113_802, rows: 1_064_077, byteLength: 428e6 }
    expect(readyText(dictionary, 2.04, 665.4e6)).toBe(
      'ready: 113,802 definitions with 1,064,077 words, in 2.0 s; 428 MB for their vectors, 665 MB for the process',
    )
  })
})

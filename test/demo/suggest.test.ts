// Suggestions for misspelt words.

import { describe, expect, it } from 'vitest'
import { countEdits, suggestWords } from '../../demo/suggest.js'

describe('countEdits', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['spiders', 'spiders', 0],
    ['spidars', 'spiders', 1],
    ['spider', 'spiders', 1],
    ['spiiders', 'spiders', 1],
    ['sipders', 'spiders', 1],
    ['heigths', 'heights', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('turns "%s" into "%s" with %i edits, in both directions', (from, to, edits) => {
    expect([countEdits(from, to), countEdits(to, from)]).toEqual([edits, edits])
  })
})

describe('suggestWords', () => {
  const known = new Map(
    Object.entries({ warning: 90, varying: 5, spider: 9, spiders: 3, cat: 7, of: 99, house: 4, horse: 40 }),
  )
  it.each<[string, readonly string[], string]>([
    ['spidars', ['spiders'], 'the nearest word'],
    ['varning', ['varying', 'warning'], 'the same first letter before the more frequent word'],
    ['hoese', ['horse', 'house'], 'the more frequent of two near words first'],
    ['spidrsx', ['spiders'], 'a word two edits away'],
    ['spxxxrs', [], 'nothing three edits away'],
    ['hoxxe', [], 'nothing two edits away for a short word'],
    ['cas', [], 'nothing for three letters'],
    ['off', [], 'no word of two letters'],
    ['zzyzx', [], 'nothing for a word like no other'],
  ])('suggests for "%s" the words %j: %s', (word, suggestions, _rule) => {
    expect(suggestWords(word, known)).toEqual(suggestions)
  })

  it('does not depend on the order of the known words', () => {
    const reversed = new Map([...known].reverse())
    for (const word of ['spidars', 'varning', 'hoese', 'spidrs']) {
      expect(suggestWords(word, reversed), word).toEqual(suggestWords(word, known))
    }
  })
})

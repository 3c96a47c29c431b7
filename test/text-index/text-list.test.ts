// Sorted lists of texts, of strings or of bytes.

import { describe, expect, it } from 'vitest'
import { readTextLists, textListOf } from '../../src/text-index/words/text-list.js'

const words = ['4000', 'cafe', 'fear', 'höhe', 'spider', '天気', '𝛼']
const stems = ['caf', 'fear']
const bytesOf = (...texts: string[]) => new TextEncoder().encode(texts.map(text => `${text}\n`).join(''))

describe.each([
  ['strings', textListOf(words)],
  ['bytes', readTextLists(bytesOf(...words, ...stems), [7, 2])![0]!],
  ['bytes after others', readTextLists(bytesOf(...stems, ...words), [2, 7])![1]!],
])('a list of %s', (_, list) => {
  it('has each text at its number, and the number of each text', () => {
    expect(list.length).toBe(words.length)
    expect(words.map((__, number) => list.at(number))).toEqual(words)
    expect(words.map(word => list.numberOf(word))).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(list.all()).toEqual(words)
  })

  it('has no number for other texts', () => {
    for (const text of ['', '3', 'caf', 'cafes', 'fea', 'zebra', '𝛽'])
      expect(list.numberOf(text), text).toBe(-1)
  })
})

it('an empty list has no text', () => {
  for (const list of [textListOf([]), ...readTextLists(new Uint8Array(0), [0, 0])!]) {
    expect([list.length, list.numberOf('fear'), list.numberOf(''), list.all()]).toEqual([0, -1, -1, []])
  }
})

it('bytes with another number of texts, or without a line end at their end, are no list', () => {
  expect(readTextLists(bytesOf('a', 'b'), [1])).toBeUndefined()
  expect(readTextLists(bytesOf('a', 'b'), [2, 1])).toBeUndefined()
  expect(readTextLists(new TextEncoder().encode('a\nb'), [2])).toBeUndefined()
  expect(readTextLists(new TextEncoder().encode('a\nb'), [1])).toBeUndefined()
  expect(readTextLists(bytesOf('a'), [0])).toBeUndefined()
})

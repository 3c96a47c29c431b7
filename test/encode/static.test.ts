import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { smallRows, smallWords, wordFile } from './word-file.js'

const encoder = createStaticEncoder(wordFile())
const english = createStaticEncoder(readFileSync(new URL('../../data/words.bin', import.meta.url)))

/** The row by hand: what the file has for a word, divided by its length. */
function rowOf(word: string): number[] {
  const row = smallRows[smallWords.indexOf(word)]!
  return row.map(value => Math.fround(value / Math.hypot(...row)))
}

const rowsOf = ({ data, dim }: { data: Float32Array; dim: number }) =>
  Array.from({ length: data.length / dim }, (_, i) => data.subarray(i * dim, (i + 1) * dim))

describe('createStaticEncoder', () => {
  it('says what it has', () => {
    expect([encoder.dim, encoder.size, english.dim, english.size]).toEqual([3, 10, 100, 50_000])
  })

  it('gives one row for each known word, as decoded by hand', () => {
    const encoded = encoder.query('The tiger: the DOG')
    expect(encoded.dim).toBe(3)
    expect(encoded.tokens.map(token => token.text)).toEqual(['the', 'tiger', 'the', 'dog'])
    const expected = encoded.tokens.flatMap(token => rowOf(token.text))
    expect(encoded.data).toHaveLength(expected.length)
    encoded.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 7)
    })
  })

  it('gives rows of unit length, to within 1e-7, for every word it ships with', () => {
    const words = readFileSync(new URL('../../data/words.bin', import.meta.url))
    const length = words.readUInt32LE(20)
    const all = english.query(words.toString('utf8', 24, 24 + length))
    expect(all.unknown).toEqual([])
    expect(all.tokens).toHaveLength(50_000)
    const worst = rowsOf(all).reduce(
      (most, row) =>
        Math.max(most, Math.abs(Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) - 1)),
      0,
    )
    expect(worst).toBeLessThan(1e-7)
  })

  it.each<[string, string, string[], string[]]>([
    ['a compound in its parts', 'two-wheeled', ['two', 'wheeled'], []],
    ['a compound as a whole where it can', 'Mother-in-Law', ['mother-in-law'], []],
    ['a possessive', "tiger's mother-in-law’s", ['tiger', 'mother-in-law'], []],
    ['a negation', "don't can't", ['do', 'not', 'can', 'not'], []],
    ['accents', 'Café', ['cafe'], []],
    ['half a compound', 'two-horned', ['two'], ['horned']],
    ['words it does not know', 'xyzzy the Foo-Bar xyzzy', ['the'], ['xyzzy', 'foo-bar', 'xyzzy']],
    ['names of what every object has', 'constructor __proto__ the', ['the'], ['constructor', 'proto']],
    ['no word at all', '…', [], []],
  ])('looks up %s', (_, text, known, unknown) => {
    const encoded = encoder.query(text)
    expect(encoded.tokens.map(token => token.text)).toEqual(known)
    expect(encoded.unknown).toEqual(unknown)
    expect(encoded.data).toHaveLength(known.length * 3)
  })

  it('says where each row comes from', () => {
    const text = 'the 🐅 two-wheeled'
    const slices = encoder.query(text).tokens.map(({ start, end }) => text.slice(start, end))
    expect(slices).toEqual(['the', 'two', 'wheeled'])
  })

  it('encodes documents as it encodes queries, one for each text, with memory of its own', () => {
    const texts = ['the tiger', '', 'a dog']
    const documents = encoder.documents(texts)
    expect(documents).toEqual(texts.map(text => encoder.query(text)))
    expect(new Set(documents.map(({ data }) => data.buffer)).size).toBe(3)
  })

  it.each<[string, () => unknown, string]>([
    ['a query that is no string', () => encoder.query(7 as never), '"text" expected a string, got number'],
    ['no query', () => encoder.query(undefined as never), '"text" expected a string, got undefined'],
    [
      'one text for documents',
      () => encoder.documents('a' as never),
      '"texts" expected an array of strings, got string',
    ],
    [
      'a text that is no string',
      () => encoder.documents(['a', 'b', 'c', 4 as never]),
      '"texts[3]" expected a string, got number',
    ],
    [
      'a hole among texts',
      () => encoder.documents(Array(2) as string[]),
      '"texts[0]" expected a string, got undefined',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(new TypeError(message))
  })

  it('knows what is alike', () => {
    const cosine = (a: string, b: string) => {
      const [left, right] = [english.query(a).data, english.query(b).data]
      return left.reduce((sum, value, d) => sum + value * right[d]!, 0)
    }
    expect(cosine('bicycle', 'bike')).toBeGreaterThan(0.8)
    expect(cosine('bicycle', 'tiger')).toBeLessThan(0.3)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { smallRows, smallWords, wordFile } from './small-word-file.js'

const encoder = createStaticEncoder(wordFile())
const english = createStaticEncoder(readFileSync(new URL('../../data/words.bin', import.meta.url)))

/** The expected row of a word: its numbers in the file, divided by their length. */
function rowOf(word: string): number[] {
  const row = smallRows[smallWords.indexOf(word)]!
  return row.map(value => Math.fround(value / Math.hypot(...row)))
}

const rowsOf = ({ data, dim }: { data: Float32Array; dim: number }) =>
  Array.from({ length: data.length / dim }, (_, i) => data.subarray(i * dim, (i + 1) * dim))

describe('createStaticEncoder', () => {
  it('reports its dim and the size of its vocabulary', () => {
    expect([encoder.dim, encoder.size, english.dim, english.size]).toEqual([3, 10, 100, 50_000])
  })

  it('returns a row for each known word', () => {
    const encoded = encoder.query('The tiger: the DOG')
    expect(encoded.dim).toBe(3)
    expect(encoded.tokens.map(token => token.text)).toEqual(['the', 'tiger', 'the', 'dog'])
    const expected = encoded.tokens.flatMap(token => rowOf(token.text))
    expect(encoded.data).toHaveLength(expected.length)
    encoded.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 7)
    })
  })

  it('names itself, so that a text for another model is refused', () => {
    expect(encoder.model).toBe('static')
  })

  it.each([
    ['connections', 'connection'],
    ['prevents', 'prevent'],
    ['boxes', 'box'],
    ['cities', 'city'],
    ["Planes'", 'plane'],
  ])('gives %s the row of %s, and keeps its text', (form, word) => {
    const [inflected, base] = [english.query(form), english.query(word)]
    expect(inflected.data).toEqual(base.data)
    expect(inflected.tokens[0]!.text).toBe(form.toLowerCase().replace("'", ''))
  })

  it.each([
    ['news', 'new'],
    ['goods', 'good'],
    ['jeans', 'jean'],
    ['customs', 'custom'],
    ['does', 'doe'],
    ['prevented', 'prevent'],
  ])('keeps the row of %s apart from that of %s', (word, other) => {
    expect(english.query(word).data).not.toEqual(english.query(other).data)
  })

  it('returns rows of unit length to within 1e-7 for every word of data/words.bin', () => {
    const words = readFileSync(new URL('../../data/words.bin', import.meta.url))
    const length = words.readUInt32LE(20)
    const all = english.query(words.toString('utf8', 24, 24 + length))
    expect(all.unknown).toEqual([])
    expect(all.tokens).toHaveLength(50_000)
    const worst = rowsOf(all).reduce(
      (max, row) =>
        Math.max(max, Math.abs(Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) - 1)),
      0,
    )
    expect(worst).toBeLessThan(1e-7)
  })

  it.each<[string, string, string[], string[]]>([
    ['the parts of a compound', 'two-wheeled', ['two', 'wheeled'], []],
    ['a compound as a whole if it is known', 'Mother-in-Law', ['mother-in-law'], []],
    ['a possessive', "tiger's mother-in-law’s", ['tiger', 'mother-in-law'], []],
    ['a negation', "don't can't", ['do', 'not', 'can', 'not'], []],
    ['accents', 'Café', ['cafe'], []],
    ['half a compound', 'two-horned', ['two'], ['horned']],
    ['unknown words', 'xyzzy the Foo-Bar xyzzy', ['the'], ['xyzzy', 'foo-bar', 'xyzzy']],
    [
      'names of properties that every object has',
      'constructor __proto__ the',
      ['the'],
      ['constructor', 'proto'],
    ],
    ['a text without words', '…', [], []],
  ])('looks up %s', (_, text, known, unknown) => {
    const encoded = encoder.query(text)
    expect(encoded.tokens.map(token => token.text)).toEqual(known)
    expect(encoded.unknown).toEqual(unknown)
    expect(encoded.data).toHaveLength(known.length * 3)
  })

  it('reports the position of the word of each row', () => {
    const text = 'the 🐅 two-wheeled'
    const slices = encoder.query(text).tokens.map(({ start, end }) => text.slice(start, end))
    expect(slices).toEqual(['the', 'two', 'wheeled'])
  })

  it('encodes each document like a query, into its own array', () => {
    const texts = ['the tiger', '', 'a dog']
    const documents = encoder.documents(texts)
    expect(documents).toEqual(texts.map(text => encoder.query(text)))
    expect(encoder.documentTokens(texts)).toEqual(documents.map(({ tokens }) => tokens))
    expect(new Set(documents.map(({ data }) => data.buffer)).size).toBe(3)
  })

  it.each<[string, () => unknown, string]>([
    ['a query that is not a string', () => encoder.query(7 as never), '"text" expected a string, got number'],
    ['a missing query', () => encoder.query(undefined as never), '"text" expected a string, got undefined'],
    [
      'a single text for documents',
      () => encoder.documents('a' as never),
      '"texts" expected an array of strings, got string',
    ],
    [
      'a text that is not a string',
      () => encoder.documents(['a', 'b', 'c', 4 as never]),
      '"texts[3]" expected a string, got number',
    ],
    [
      'a hole in the texts',
      () => encoder.documents(Array(2) as string[]),
      '"texts[0]" expected a string, got undefined',
    ],
    [
      'a single text for the tokens of documents',
      () => encoder.documentTokens('a' as never),
      '"texts" expected an array of strings, got string',
    ],
    [
      'a signal of another type',
      () => encoder.documents([], { signal: 5 as never }),
      '"signal" expected an AbortSignal, got number',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(new TypeError(message))
  })

  it('refuses unknown options and throws the reason of an aborted signal', () => {
    expect(() => encoder.query('a', { sginal: undefined } as object)).toThrow(
      new RangeError('unknown option "options.sginal"; valid options of query: signal'),
    )
    expect(() => encoder.documents(['a'], { onProgress: () => undefined } as object)).toThrow(
      new RangeError('unknown option "options.onProgress"; valid options of documents: signal'),
    )
    const signal = AbortSignal.abort(new Error('enough'))
    expect(() => encoder.query('a', { signal })).toThrow('enough')
    expect(() => encoder.documents(['a'], { signal })).toThrow('enough')
  })

  it('returns similar rows for words of similar meaning', () => {
    const cosine = (a: string, b: string) => {
      const [left, right] = [english.query(a).data, english.query(b).data]
      return left.reduce((sum, value, d) => sum + value * right[d]!, 0)
    }
    expect(cosine('bicycle', 'bike')).toBeGreaterThan(0.8)
    expect(cosine('bicycle', 'tiger')).toBeLessThan(0.3)
  })
})

// Splits texts that are hard to split: each window fits, the windows cover the text, and few calls of the tokenizer are
// needed.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cutWindows } from '../../src/encode/model/text-windows.js'
import { planWindows } from '../../src/encode/model/token-windows.js'
import { readTokenizer } from '../../src/encode/tokenizer/tokenizer.js'
import { models, shapes } from './models/fixtures.js'

const many = 6_000

describe.each(shapes)('windows for the shape %s', shape => {
  const path = `${models}/${shape}/tokenizer.json`
  const tokenizer = readTokenizer(JSON.parse(readFileSync(path, 'utf8')), path)

  it.each<[string, string]>([
    ['words', 'The pool of connections is exhausted. '.repeat(many / 30)],
    ['one word', 'connection'.repeat(many / 10)],
    ['one letter with marks', `a${'\u0301\u0316'.repeat(many / 2)}`],
    ['ideographs', '数据库'.repeat(many / 3)],
    ['characters of several tokens', '👨‍👩‍👧‍👦'.repeat(many / 11)],
    ['syllables in parts', '\u1100\u1161\u11a8'.repeat(many / 3)],
    ['halfwidth syllables', '\uffa1\uffc2'.repeat(many / 2)],
    ['punctuation', '.'.repeat(many)],
    ['NUL characters', '\0'.repeat(many)],
  ])('cover 6,000 units of %s', (_, text) => {
    let calls = 0
    const piecesOf = (part: string) => {
      calls++
      return tokenizer.pieces(part)
    }
    const windows = cutWindows(text, piecesOf, 61, 7)
    expect(calls).toBeLessThanOrEqual(1 + 4 * windows.length)
    expect([windows[0]!.start, windows.at(-1)!.end]).toEqual([0, text.length])
    for (const [i, { text: part, start, end }] of windows.entries()) {
      expect(part).toBe(text.slice(start, end))
      expect(tokenizer.pieces(part).length).toBeLessThanOrEqual(61)
      expect(/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(part)).toBe(false)
      if (i === 0) continue
      const before = windows[i - 1]!
      expect(end).toBeGreaterThan(before.end)
      expect(text.slice(before.end, start).trim()).toBe('')
    }
  })
})

describe.each(shapes)('windows of tokens for the shape %s', shape => {
  const path = `${models}/${shape}/tokenizer.json`
  const tokenizer = readTokenizer(JSON.parse(readFileSync(path, 'utf8')), path)

  it.each<[string, string]>([
    ['words', 'The pool of connections is exhausted. '.repeat(many / 30)],
    ['one word', 'connection'.repeat(many / 10)],
    ['a short word before a long one', `a ${'connection'.repeat(many / 10)} b`],
    ['ideographs', '数据库'.repeat(many / 3)],
    ['stacked marks', `a${'\u0301\u0316'.repeat(many / 2)}`],
  ])('give each token of %s to one window, away from its edges', (_, text) => {
    const pieces = tokenizer.pieces(text)
    for (const [length, overlap] of [
      [61, 7],
      [40, 0],
      [5, 0],
      [1, 0],
    ] as const) {
      const windows = planWindows(text, pieces, length, overlap)
      expect(windows.length).toBeLessThanOrEqual(1 + (4 * pieces.length) / length)
      expect([windows[0]!.keptStart, windows.at(-1)!.keptEnd]).toEqual([0, pieces.length])
      const margin = Math.floor(overlap / 2)
      const firstWrong = windows.findIndex(({ start, end, keptStart, keptEnd }, i) => {
        const isFirst = i === 0
        const isLast = i + 1 === windows.length
        const isSound = end - start <= length && keptEnd > keptStart
        const follows = isFirst || keptStart === windows[i - 1]!.keptEnd
        const hasMargins = (isFirst || keptStart - start >= margin) && (isLast || end - keptEnd >= margin)
        return !isSound || !follows || !hasMargins
      })
      const place = `windows of ${length} tokens, ${overlap} shared: window ${firstWrong} of ${JSON.stringify(windows.slice(Math.max(0, firstWrong - 1), firstWrong + 2))}`
      expect(firstWrong, place).toBe(-1)
    }
  })

  it('begin and end between words', () => {
    const text = 'The pool of connections is exhausted. '.repeat(20)
    const pieces = tokenizer.pieces(text)
    for (const { start, end } of planWindows(text, pieces, 61, 7)) {
      if (start > 0) expect(text.slice(pieces[start - 1]!.end, pieces[start]!.start)).toBe(' ')
      if (end < pieces.length) expect(text.slice(pieces[end - 1]!.end, pieces[end]!.start)).toBe(' ')
    }
  })
})

it.each([1, 2, 3])(
  'a character of more tokens than a window is never cut, for windows of %i tokens',
  length => {
    // three tokens for each letter of two units, one for others
    const piecesOf = (text: string) =>
      [...text.matchAll(/./gu)].flatMap(({ 0: letter, index: start }) =>
        Array.from({ length: letter.length === 2 ? 3 : 1 }, (_, id) => ({
          id,
          text: letter,
          start,
          end: start + letter.length,
          isUnknown: false,
        })),
      )
    const text = '😀a😀😀b😀'
    const windows = cutWindows(text, piecesOf, length, 0)
    expect(windows.map(({ text }) => text).join('')).toBe(text)
    for (const { text } of windows)
      expect(text, JSON.stringify(windows)).toMatch(/^(?:[\ud800-\udbff][\udc00-\udfff]|a|b)+$/)
  },
)

it('cutWindows splits a text whose parts have more tokens alone than inside of it', () => {
  const text = 'abcdefgh'.repeat(5)
  // a token for each four letters of the whole text, and for each letter of a part
  const piecesOf = (part: string) => {
    const size = part === text ? 4 : 1
    return Array.from({ length: part.length / size }, (_, id) => {
      const [start, end] = [id * size, (id + 1) * size]
      return { id, text: part.slice(start, end), start, end, isUnknown: false }
    })
  }
  const windows = cutWindows(text, piecesOf, 3, 0)
  expect(windows.map(({ text }) => text).join('')).toBe(text)
  for (const { text } of windows) expect(text.length).toBeLessThanOrEqual(3)
})

it('cutWindows splits a text whose tokens all have the position of the whole text', () => {
  // this happens if characters of a text compose across clusters
  const piecesOf = (text: string) =>
    Array.from(text, (letter, id) => ({ id, text: letter, start: 0, end: text.length, isUnknown: false }))
  const text = 'abcdefgh'.repeat(20)
  const windows = cutWindows(text, piecesOf, 10, 2)
  expect(windows.map(({ text }) => text).join('')).toBe(text)
  for (const { text } of windows) expect(text.length).toBeLessThanOrEqual(10)
})

describe('a text of words with one or two tokens', () => {
  const text = 'aabb cc ddee ff gghh'
  const piecesOf = (part: string) =>
    [...part.matchAll(/[a-z]{2}/g)].map(({ 0: token, index: start }, id) => ({
      ...{ id, text: token, start, end: start + 2 },
      isUnknown: false,
    }))

  it('is cut between words, and each window begins with the end of the one before', () => {
    const textsOf = (length: number, overlap: number) =>
      cutWindows(text, piecesOf, length, overlap).map(({ text }) => text)
    expect(textsOf(8, 0)).toEqual([text])
    expect(textsOf(7, 0)).toEqual(['aabb cc ddee ff', ' gghh'])
    expect(textsOf(3, 0)).toEqual(['aabb cc', ' ddee ff', ' gghh'])
    expect(textsOf(3, 1)).toEqual(['aabb cc', 'cc ddee', 'ddee ff', 'ff gghh'])
    expect(textsOf(5, 3)).toEqual(['aabb cc ddee', 'cc ddee ff', 'ddee ff gghh'])
    expect(cutWindows(text, piecesOf, 3, 1)[1]).toEqual({ text: 'cc ddee', start: 5, end: 12 })
  })

  it('is planned in windows between words, which meet in the middle of what they share', () => {
    const plan = (length: number, overlap: number) =>
      planWindows(text, piecesOf(text), length, overlap).map(({ start, end, keptStart, keptEnd }) =>
        [start, end, keptStart, keptEnd].join(),
      )
    expect(plan(8, 1)).toEqual(['0,8,0,8'])
    expect(plan(7, 0)).toEqual(['0,6,0,6', '6,8,6,8'])
    expect(plan(3, 1)).toEqual(['0,3,0,2', '2,5,2,4', '4,6,4,5', '5,8,5,8'])
  })
})

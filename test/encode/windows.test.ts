// Windows of texts that have no good place for a cut: each fits, together they have everything, and finding them takes few
// looks at the text.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cutWindows } from '../../src/encode/model/text-windows.js'
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
    ['letters that are several tokens', '👨‍👩‍👧‍👦'.repeat(many / 11)],
    ['syllables in pieces', '\u1100\u1161\u11a8'.repeat(many / 3)],
    ['syllables in half width', '\uffa1\uffc2'.repeat(many / 2)],
    ['punctuation', '.'.repeat(many)],
    ['nothing', '\0'.repeat(many)],
  ])('of %s', (_, text) => {
    let looks = 0
    const piecesOf = (part: string) => {
      looks++
      return tokenizer.pieces(part)
    }
    const windows = cutWindows(text, piecesOf, 61, 7)
    expect(looks).toBeLessThanOrEqual(1 + 4 * windows.length)
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

it('cuts a text of which every token stands for all of it', () => {
  // as where the letters of a text were composed across each other
  const piecesOf = (text: string) =>
    Array.from(text, (letter, id) => ({ id, text: letter, start: 0, end: text.length, isUnknown: false }))
  const text = 'abcdefgh'.repeat(20)
  const windows = cutWindows(text, piecesOf, 10, 2)
  expect(windows.map(({ text }) => text).join('')).toBe(text)
  for (const { text } of windows) expect(text.length).toBeLessThanOrEqual(10)
})

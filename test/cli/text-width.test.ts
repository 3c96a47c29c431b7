// The width of texts on a terminal, and texts that are cut at their start.

import { describe, expect, it } from 'vitest'
import { cutStart, textWidth } from '../../src/cli/output/text-width.js'

describe('the width of a text', () => {
  it.each<[string, string, number]>([
    ['letters', 'naïve', 5],
    ['a letter and a mark', 'e\u0301', 1],
    ['Chinese and fullwidth characters', '日本ＦＷ', 8],
    ['an emoji beyond 16 bits', '🕷', 2],
    // file names of macOS have kana in this form
    ['kana and a voiced sound mark', 'か\u3099は\u309a', 4],
    ['Chinese characters and tone marks', '中\u302a文\u302d', 4],
    ['a heart and a variation selector', '❤\ufe0f', 1],
    ['two emoji and a joiner', '👩\u200d🚀', 4],
    ['nothing', '', 0],
  ])('of %s', (_, text, width) => {
    expect(textWidth(text)).toBe(width)
  })
})

describe('a text that is cut', () => {
  it.each<[string, number, string]>([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, '…cdef'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, ''],
    // a wide character that does not fit leaves a column free
    ['日本語', 4, '…語'],
    ['xか\u3099き\u3099', 4, '…き\u3099'],
    ['xか\u3099き\u3099', 5, 'xか\u3099き\u3099'],
    ['abe\u0301', 2, '…e\u0301'],
  ])('%j to %d columns', (text, width, expected) => {
    expect(cutStart(text, width)).toBe(expected)
  })
})

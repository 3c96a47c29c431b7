import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alternatives, tokenize } from '../../src/encode/static/words.js'

const texts = (text: string) => tokenize(text).map(token => token.text)

describe('tokenize', () => {
  it.each<[string, string, string[]]>([
    ['an empty text', '', []],
    ['white space and punctuation', ' \t\n … -- \' "!?" ', []],
    ['plain words in lower case', 'Fear of Spiders.', ['fear', 'of', 'spiders']],
    ['digits, also next to letters', '3 wheels, mp3, 1,000', ['3', 'wheels', 'mp3', '1', '000']],
    ['inner hyphens and apostrophes', "two-wheeled don't", ['two-wheeled', "don't"]],
    ['no hyphens and apostrophes around words', "-er 'tis dogs' pre- --", ['er', 'tis', 'dogs', 'pre']],
    ['no double hyphens and apostrophes', "well--known rock''roll", ['well', 'known', 'rock', 'roll']],
    [
      'typographic hyphens and apostrophes as ASCII',
      'don’t donʼt don＇t two‐wheeled two‑wheeled two－wheeled',
      ["don't", "don't", "don't", 'two-wheeled', 'two-wheeled', 'two-wheeled'],
    ],
    ['composed and decomposed accents', 'café cafe\u0301', ['café', 'café']],
    ['fullwidth letters and ligatures', 'Ｔｉｇｅｒ ﬁn', ['tiger', 'fin']],
    ['no soft hyphens', 'co\u00adoperate', ['cooperate']],
    ['other scripts', 'Жук 虎 nước', ['жук', '虎', 'nước']],
    ['no emoji', 'a 🐅 b 👩‍🚀 c', ['a', 'b', 'c']],
    ['no halves of surrogate pairs', '\ud83d x \udc05', ['x']],
  ])('reads %s', (_, text, expected) => {
    expect(texts(text)).toEqual(expected)
  })

  it('reports the position of each word in UTF-16 units of the original text', () => {
    expect(tokenize('🐅 Big, CAT’s')).toEqual([
      { text: 'big', start: 3, end: 6 },
      { text: "cat's", start: 8, end: 13 },
    ])
  })

  it('accepts any string; its offsets are ascending and each contains one word', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom("'", '’', '-', 'a', 'É', 'e\u0301', '\ud800', 'n', 't', ' ', '\u00ad', '🐅'))
        .map(units => units.join('')),
    )
    fc.assert(
      fc.property(anything, text => {
        let end = 0
        for (const token of tokenize(text)) {
          const parts = alternatives(text, token).flat()
          const written = text.slice(token.start, token.end)
          // one expectation per word: they take longer than the words
          const isRight =
            token.start >= end &&
            token.end > token.start &&
            texts(written).join('|') === token.text &&
            parts.every(part => part.start >= token.start && part.end <= token.end && part.end > part.start)
          if (!isRight) expect.fail(`wrong: ${JSON.stringify({ token, written, parts })}`)
          end = token.end
        }
      }),
      { seed: 7, numRuns: 2000 },
    )
  })

  it.each(['x', 'x-', "'", '-a', 'é', '\u{1d4b3}', 'x\u0301', '\u0301', '🐅'])(
    'reads three million repetitions of %j and cuts words that are too long',
    unit => {
      const longest = tokenize(unit.repeat(3_000_000)).reduce(
        (max, { text }) => Math.max(max, text.length),
        0,
      )
      expect(longest).toBeLessThan(256 * 513)
    },
  )
})

describe('alternatives', () => {
  it.each<[string, string, string[][]]>([
    ['a plain word', 'tiger', []],
    ['accents', 'Café', [['cafe']]],
    ['a possessive', 'dog’s', [['dog']]],
    ['a clitic', "they'll", [['they']]],
    ['a clitic with -d', "they'd", [['they']]],
    ['a clitic with -re', "they're", [['they']]],
    ['a clitic with -ve', "they've", [['they']]],
    ['a clitic with -m', "I'm", [['i']]],
    ['a negation of shall', "shan't", [['shall', 'not']]],
    ['a compound with a hyphen that does not break', 'two‑wheeled', [['two', 'wheeled']]],
    ['a compound with a fullwidth hyphen', 'two－wheeled', [['two', 'wheeled']]],
    ['a possessive with a fullwidth apostrophe', 'dog＇s', [['dog']]],
    ['accents beside letters of other scripts', '한é', [['한e']]],
    ['a negation', "don't", [['do', 'not']]],
    ['an irregular negation', "Won't", [['will', 'not']]],
    ['an inner apostrophe', "o'clock", [['oclock'], ['o', 'clock']]],
    ['a compound', 'two-wheeled', [['two', 'wheeled']]],
    ["a compound's possessive", "mother-in-law's", [['mother-in-law'], ['mother', 'in', 'law']]],
    ['accents in a compound', 'café-bar', [['cafe-bar'], ['café', 'bar']]],
  ])('returns the other spellings of %s', (_, text, expected) => {
    const [token] = tokenize(text)
    expect(alternatives(text, token!).map(way => way.map(part => part.text))).toEqual(expected)
  })

  it('returns the offsets of each part', () => {
    const text = "I don't"
    expect(alternatives(text, tokenize(text)[1]!)).toEqual([
      [
        { text: 'do', start: 2, end: 4 },
        { text: 'not', start: 4, end: 7 },
      ],
    ])
  })
})

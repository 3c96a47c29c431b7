// Splitting texts into passages.

import { describe, expect, it } from 'vitest'
import { passagesOf } from '../../src/text-index/index.js'

describe('passagesOf', () => {
  const many = (count: number, word = 'word') => Array(count).fill(word).join(' ')

  it.each<[string, string, [number, string, string?][]]>([
    [
      'splits paragraphs',
      'one\ntwo\n\n\nthree\n',
      [
        [1, 'one\ntwo'],
        [5, 'three'],
      ],
    ],
    ['finds no passage in a text without words', '\n \n\t\n', []],
    [
      'keeps the last heading of each passage',
      'a\n# Title #\nb\n\n## Sub\n\nc',
      [
        [1, 'a'],
        [2, '# Title #', 'Title'],
        [3, 'b', 'Title'],
        [5, '## Sub', 'Sub'],
        [7, 'c', 'Sub'],
      ],
    ],
    [
      'accepts a byte order mark and all line ends',
      '\ufeffa\r\n\r\nb\rc',
      [
        [1, 'a'],
        [3, 'b\nc'],
      ],
    ],
    [
      'splits a long paragraph between lines',
      `${many(100)}\n${many(30, 'x')}\n${many(80, 'y')}`,
      [
        [1, many(100)],
        [2, `${many(30, 'x')}\n${many(80, 'y')}`],
      ],
    ],
    [
      'splits a long line between sentences',
      `${many(70)}. ${many(70, 'x')}.`,
      [
        [1, `${many(70)}.`],
        [1, `${many(70, 'x')}.`],
      ],
    ],
    [
      'splits a long sentence between words',
      many(250),
      [
        [1, many(120)],
        [1, many(120)],
        [1, many(10)],
      ],
    ],
  ])('%s', (_, text, passages) => {
    expect(passagesOf(text)).toEqual(passages.map(([line, each, heading]) => ({ line, text: each, heading })))
  })

  it('joins lines of 120 words together, and no more', () => {
    const counts = (text: string) => passagesOf(text).map(({ text: passage }) => passage.split(/\s+/).length)
    expect(counts(`${many(60)}\n${many(60)}`)).toEqual([120])
    expect(counts(`${many(60)}\n${many(61)}`)).toEqual([60, 61])
    expect(counts(`${many(60)}\n${many(30)}\n${many(30)}\n${many(1)}`)).toEqual([120, 1])
    expect(counts(many(120))).toEqual([120])
    expect(counts(many(121))).toEqual([120, 1])
  })

  it.each([
    ['# a', 'a'],
    ['###### a ##', 'a'],
    ['====== a', 'a'],
    ['*** a', 'a'],
    ['####### a', undefined],
    ['#a', undefined],
    [' # a', undefined],
  ])('takes %j as the heading %j', (line, heading) => {
    expect(passagesOf(`${line}\n\nb`).at(-1)).toEqual({ line: 3, text: 'b', heading })
  })

  it('reads a heading of 400,000 characters in linear time', () => {
    const text = `# ${'= '.repeat(200_000)}x`
    expect(passagesOf(text)[0]).toMatchObject({ line: 1, heading: text.slice(2) })
  })

  it('counts two characters of a script without spaces as a word, and splits after their sentences', () => {
    const sentence = `${'東京'.repeat(30)}。`
    const texts = passagesOf(sentence.repeat(9)).map(({ text }) => text)
    const part = [sentence, sentence, sentence].join('\n')
    expect(texts).toEqual([part, part, part])
    const quoted = `「${'天気'.repeat(60)}。」`
    expect(passagesOf(`${quoted}${quoted}晴れ。`).map(({ text }) => text)).toEqual([
      quoted,
      `${quoted}\n晴れ。`,
    ])
  })

  it('splits what has no spaces after 4,000 characters, and no character in two', () => {
    const lengths = (text: string) => passagesOf(text).map(({ text: passage }) => passage.length)
    expect(lengths('x'.repeat(4000))).toEqual([4000])
    expect(lengths('x'.repeat(10_000))).toEqual([4000, 4000, 2000])
    // lines with a line end between them
    expect(lengths(`${'x'.repeat(1999)}\n${'y'.repeat(2000)}`)).toEqual([4000])
    expect(lengths(`${'x'.repeat(2000)}\n${'y'.repeat(2000)}`)).toEqual([2000, 2000])
    // half of a pair of surrogates, as JSON can have it
    expect(lengths(`${'x'.repeat(4001)}\ud83d`)).toEqual([4000, 2])
    const emoji = `x${'👍'.repeat(3000)}`
    expect(lengths(emoji)).toEqual([3999, 2002])
    expect(
      passagesOf(emoji)
        .map(({ text }) => text)
        .join(''),
    ).toBe(emoji)
  })

  it('splits lines with lines: true', () => {
    expect(passagesOf('a\nb\n\nc', { lines: true }).map(({ line, text }) => [line, text])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [4, 'c'],
    ])
  })

  it('refuses unknown options', () => {
    expect(() => passagesOf('a', { line: true } as object)).toThrow(
      new RangeError('unknown option "options.line"; valid options of passagesOf: lines'),
    )
  })
})

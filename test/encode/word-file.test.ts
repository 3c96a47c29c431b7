import { describe, expect, it } from 'vitest'
import { readWordFile } from '../../src/encode/static/word-file.js'
import { smallRows, smallWords, wordFile } from './small-word-file.js'

const error = (make: () => unknown) => {
  try {
    make()
  } catch (thrown) {
    return `${(thrown as Error).name}: ${(thrown as Error).message}`
  }
  return 'no error'
}
const changed = (change: (bytes: Uint8Array) => void) => {
  const bytes = wordFile()
  change(bytes)
  return bytes
}

describe('readWordFile', () => {
  it.each<[string, (file: Uint8Array<ArrayBuffer>) => ArrayBuffer | Uint8Array]>([
    ['an ArrayBuffer', file => file.buffer],
    ['a Uint8Array', file => file],
    ['a Buffer', file => Buffer.from(file)],
    [
      'a view at an odd offset of a longer buffer',
      file => {
        const longer = new Uint8Array(file.length + 9)
        longer.set(file, 5)
        return longer.subarray(5, 5 + file.length)
      },
    ],
  ])('reads words and rows from %s', (_, from) => {
    const { dim, rows, values, inverseLength } = readWordFile(from(wordFile()))
    expect(dim).toBe(3)
    expect([...rows.keys()].map(word => [word, rows.get(word)])).toEqual(
      smallWords.map((word, i) => [word, i]),
    )
    expect([...values]).toEqual(smallRows.flat())
    expect(inverseLength(2)).toBe(1 / Math.sqrt(3 * 3 + 3 * 3 + 125 * 125))
  })

  it('keeps a mark of byte order, which is part of the first word', () => {
    const rows = smallRows.slice(0, 2)
    expect([...readWordFile(wordFile({ words: ['\ufeffa', 'a'], rows })).rows.keys()]).toEqual([
      '\ufeffa',
      'a',
    ])
  })

  it('finds each of many words, and no other', () => {
    const words = Array.from({ length: 3000 }, (_, i) => `${i % 7 ? 'wörd' : 'w'}${i}`)
    const { rows } = readWordFile(wordFile({ words, rows: words.map((_, i) => [i % 100, 1, 1]) }))
    expect(words.map(word => rows.get(word))).toEqual(words.map((_, i) => i))
    for (const other of ['', 'w', 'w3000', 'w1', 'wörd7', `w0\n${words[1]}`, ' w0']) {
      expect(rows.get(other), other).toBeUndefined()
    }
  })

  it('keeps two words with the same hash apart, and does not find a third one with it', () => {
    // words with one hash keep one hash after the same letters
    const same = ['rinudi', 'sudica']
    const words = [...same, ...same.map(word => `${word}s`)]
    const { rows } = readWordFile(wordFile({ words, rows: smallRows.slice(0, 4) }))
    expect(words.map(word => rows.get(word))).toEqual([0, 1, 2, 3])
    const one = readWordFile(wordFile({ words: ['rinudi'], rows: smallRows.slice(0, 1) }))
    expect([one.rows.get('rinudi'), one.rows.get('sudica')]).toEqual([0, undefined])
  })

  it('keeps no reference to the bytes', () => {
    const bytes = wordFile()
    const { values } = readWordFile(bytes)
    bytes.fill(0)
    expect([...values]).toEqual(smallRows.flat())
  })

  const remedy =
    'pass the contents of a word file, for example words.bin of the package maxsimd-words (npm install maxsimd-words)'
  it.each<[string, unknown, string]>([
    [
      'the URL of a word file',
      new URL('file:///words.bin'),
      `TypeError: "bytes" expected an ArrayBuffer or a Uint8Array, got URL; ${remedy}`,
    ],
    [
      'a string',
      'words.bin',
      `TypeError: "bytes" expected an ArrayBuffer or a Uint8Array, got string; ${remedy}`,
    ],
    ['null', null, `TypeError: "bytes" expected an ArrayBuffer or a Uint8Array, got null; ${remedy}`],
    ['an array', [1], `TypeError: "bytes" expected an ArrayBuffer or a Uint8Array, got array; ${remedy}`],
    [
      'a Float32Array',
      new Float32Array(9),
      `TypeError: "bytes" expected an ArrayBuffer or a Uint8Array, got Float32Array; ${remedy}`,
    ],
    [
      'an empty file',
      new Uint8Array(0),
      'RangeError: "bytes" expected a header of 24 bytes, got a file of 0 bytes',
    ],
    [
      'half a header',
      wordFile().subarray(0, 23),
      'RangeError: "bytes" expected a header of 24 bytes, got a file of 23 bytes',
    ],
    [
      'a header alone, without words',
      wordFile({ dim: 0, count: 0 }).subarray(0, 24),
      'RangeError: "bytes" expected at least 1 word of dim 1, got 0 words of dim 0',
    ],
    [
      'a file of another format',
      new Uint8Array(99),
      `RangeError: "bytes" expected a word file, which begins with "MAXWORDS"; ${remedy}`,
    ],
    ['a file of another version', wordFile({ version: 2 }), 'RangeError: "bytes" expected version 1, got 2'],
    [
      'dim 0',
      wordFile({ dim: 0 }),
      'RangeError: "bytes" expected at least 1 word of dim 1, got 10 words of dim 0',
    ],
    [
      'a file without words',
      wordFile({ count: 0 }),
      'RangeError: "bytes" expected at least 1 word of dim 1, got 0 words of dim 3',
    ],
    [
      'a file that is cut short',
      wordFile().subarray(0, -1),
      'RangeError: "bytes" expected 110 bytes, got 109: the file is cut short',
    ],
    [
      'trailing bytes',
      new Uint8Array([...wordFile(), 0]),
      'RangeError: "bytes" expected 110 bytes, got 111: the file is longer than its header says',
    ],
    [
      'a count that exceeds any memory',
      wordFile({ count: 2 ** 32 - 1 }),
      'RangeError: "bytes" expected 12884901965 bytes, got 110: the file is cut short',
    ],
    [
      'fewer words than rows',
      wordFile({ words: ['a', 'b'], count: 10 }),
      'RangeError: "bytes" expected 10 words, got 2',
    ],
    [
      'an empty word',
      wordFile({ words: ['a', ''], rows: smallRows.slice(0, 2) }),
      'RangeError: "bytes" has no word for row 1',
    ],
    [
      'a word twice',
      wordFile({ words: ['a', 'b', 'a'], rows: smallRows.slice(0, 3) }),
      'RangeError: "bytes" has "a" twice, in rows 0 and 2',
    ],
    [
      'words that are not UTF-8',
      changed(bytes => bytes.fill(0xff, 24, 25)),
      'RangeError: "bytes" expected words in UTF-8',
    ],
    [
      'a row of zeros',
      wordFile({
        words: ['a', 'b'],
        rows: [
          [1, 2, 3],
          [0, 0, 0],
        ],
      }),
      'RangeError: "bytes" has only zeros in row 1, for "b": it has no direction',
    ],
  ])('refuses %s', (_, bytes, expected) => {
    expect(error(() => readWordFile(bytes as Uint8Array))).toBe(expected)
  })
})

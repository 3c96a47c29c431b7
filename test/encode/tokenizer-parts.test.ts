// Each part of a tokenizer alone, with options that few models use. The expected values are those of the tokenizers library
// 0.23 for the same objects. An option that is missing has the default of the library's constructor.

import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { align, forEachMatch, slice, spanOf } from '../../src/encode/tokenizer/aligned.js'
import { readNormalizer } from '../../src/encode/tokenizer/normalizer.js'
import { readPreTokenizer } from '../../src/encode/tokenizer/pre-tokenizer.js'
import { readTokenizer } from '../../src/encode/tokenizer/tokenizer.js'
import {
  CONTROL,
  IDEOGRAPH,
  MARK,
  NONSPACING_MARK,
  PUNCTUATION_MARK,
  UNDECOMPOSED,
} from '../../src/encode/tokenizer/unicode.js'
import { createPairHeap, type SymbolPair } from '../../src/encode/tokenizer/vocabularies/pair-heap.js'
import { readModel } from '../../src/encode/tokenizer/vocabularies/vocabulary-model.js'
import { tableOf } from '../../src/encode/tokenizer/vocabularies/vocabulary-table.js'

const bert = (options: object) => ({
  type: 'BertNormalizer',
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
  ...options,
})
const replaceText = (text: string) => ({ type: 'Replace', pattern: { String: text }, content: '-' })
const replaceRegex = (regex: string) => ({ type: 'Replace', pattern: { Regex: regex }, content: '-' })
const strip = (strip_left: boolean, strip_right: boolean) => ({ type: 'Strip', strip_left, strip_right })

const symbols = 'x.y|z(a+b)*[q^$'
const mixed = 'ab  12\u0663 q\u00e9Q_St\u0085!'

it.each<[normalizer: Readonly<Record<string, unknown>>, text: string, expected: string]>([
  [bert({}), 'CAF\u00c9\t\u0000\u6570a', 'cafe  \u6570 a'],
  [bert({ strip_accents: false }), 'CAF\u00c9 \u03a3', 'caf\u00e9 \u03c3'],
  [bert({ strip_accents: true, lowercase: false }), 'CAF\u00c9', 'CAFE'],
  [bert({ lowercase: false }), 'CAF\u00c9\u6570\u0007', 'CAF\u00c9 \u6570 '],
  [bert({ clean_text: false }), 'a\u0007\tB', 'a\u0007\tb'],
  [bert({ handle_chinese_chars: false }), '\u6570\u636ea', '\u6570\u636ea'],
  // the defaults of the library's constructor
  [{ type: 'BertNormalizer' }, 'CAF\u00c9\t\u0000\u6570a', 'cafe  \u6570 a'],
  // a final sigma stays a sigma
  [{ type: 'Lowercase' }, '\u03a3\u0391\u03a3 \u0130A', '\u03c3\u03b1\u03c3 i\u0307a'],
  [{ type: 'Nmt' }, 'a\u0001b\u0008c\u000bd\u000ee\u001ff\u007fg\u008fh\u009fi', 'abcdefghi'],
  [
    { type: 'Nmt' },
    [...'\t\n\f\r\u1680\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd'].join('a'),
    ' a a a a a a a a a a a a a a ',
  ],
  [strip(true, true), ' \u3000a b \n', 'a b'],
  [strip(true, false), ' \u3000a b \n', 'a b \n'],
  [strip(false, true), ' \u3000a b \n', ' \u3000a b'],
  [{ type: 'Strip' }, ' \u3000a b \n', 'a b'],
  [{ type: 'Prepend', prepend: '\u2581' }, '', ''],
  [{ type: 'Prepend', prepend: '\u2581' }, 'a b', '\u2581a b'],
  [replaceText('.'), symbols, 'x-y|z(a+b)*[q^$'],
  [replaceText('|'), symbols, 'x.y-z(a+b)*[q^$'],
  [replaceText('(a+b)*'), symbols, 'x.y|z-[q^$'],
  [replaceText('['), symbols, 'x.y|z(a+b)*-q^$'],
  [replaceText('^$'), symbols, 'x.y|z(a+b)*[q-'],
  [replaceRegex(' {2,}'), mixed, 'ab-12\u0663 q\u00e9Q_St\u0085!'],
  [replaceRegex('[\\d\\s]+'), mixed, 'ab-q\u00e9Q_St-!'],
  [replaceRegex('\\D'), mixed, '----12\u0663---------'],
  [replaceRegex('[\\D]'), mixed, '----12\u0663---------'],
  [replaceRegex('[^\\S]'), mixed, 'ab--12\u0663-q\u00e9Q_St-!'],
  [replaceRegex('\\S+'), mixed, '-  - -\u0085-'],
  [replaceRegex('\\W'), mixed, 'ab--12\u0663-q\u00e9Q_St--'],
  [replaceRegex('[\\w]+'), mixed, '-  - -\u0085!'],
  [replaceRegex('(?i:q|st)+'), mixed, 'ab  12\u0663 -\u00e9-_-\u0085!'],
  [
    {
      type: 'Sequence',
      normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Lowercase' }],
    },
    'CAF\u00c9 \u0903',
    'cafe ',
  ],
  [{ type: 'StripAccents' }, 'e\u0301\u0903\u20dd', 'e'],
])('the normalizer %j changes %j to %j', (normalizer, text, expected) => {
  expect(readNormalizer(normalizer, 'a.json')(align(text)).text).toBe(expected)
})

describe('the classes of characters are those of the library, whatever version of Unicode the engine has:', () => {
  const all = Array.from({ length: 0x110000 }, (_, code) => code)
    .filter(code => code < 0xd800 || code > 0xdfff)
    .map(code => String.fromCodePoint(code))
    .join('')
  it.each<[name: string, pattern: string, count: number, sum: number]>([
    ['marks', MARK, 2097, 286_880_651],
    ['marks that take no space', NONSPACING_MARK, 1567, 262_554_314],
    ['punctuation', PUNCTUATION_MARK, 726, 20_675_981],
    // Cc but tab and line breaks, Cf, and Co
    ['controls', CONTROL, 65 - 3 + 150 + 137_468, 137_913_019_260],
    ['characters that are not taken apart', UNDECOMPOSED, 192, 19_010_803],
    ['ideographs', IDEOGRAPH, 81_264, 9_171_601_864],
  ])('%s', (_, pattern, count, sum) => {
    const found = all.match(new RegExp(pattern, 'gu'))!
    expect([found.length, found.reduce((total, text) => total + text.codePointAt(0)!, 0)]).toEqual([
      count,
      sum,
    ])
  })
})

const punctuation = (behavior: string) => ({ type: 'Punctuation', behavior })
const splitAt = (behavior: string, invert: boolean) => ({
  type: 'Split',
  pattern: { String: '-' },
  behavior,
  invert,
})
const digits = (individual_digits: boolean) => ({ type: 'Digits', individual_digits })
const metaspace = (prepend_scheme: string, split = true, replacement = '\u2581') => ({
  type: 'Metaspace',
  replacement,
  prepend_scheme,
  split,
})
const byteLevel = (add_prefix_space: boolean, use_regex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space,
  use_regex,
})
const words = "it's 12  ok\n\n x\u00e9\u00ad"

/** The pattern of OpenAI's cl100k. */
const CL100K =
  "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"
const regexSplit = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated' })

it.each<[preTokenizer: Readonly<Record<string, unknown>>, text: string, expected: string[]]>([
  [{ type: 'BertPreTokenizer' }, 'a,,b  c!\u3000d', ['a', ',', ',', 'b', 'c', '!', 'd']],
  [{ type: 'Whitespace' }, 'a-b  _c!?d \u00e9', ['a', '-', 'b', '_c', '!?', 'd', '\u00e9']],
  [{ type: 'WhitespaceSplit' }, ' a,b  c\n', ['a,b', 'c']],
  [punctuation('Removed'), ',a,,b!', ['a', 'b']],
  [punctuation('Isolated'), ',a,,b!', [',', 'a', ',', ',', 'b', '!']],
  [{ type: 'Punctuation' }, ',a,,b!', [',', 'a', ',', ',', 'b', '!']],
  [punctuation('MergedWithPrevious'), ',a,,b!', [',', 'a,', ',', 'b!']],
  [punctuation('MergedWithNext'), ',a,,b!', [',a', ',', ',b', '!']],
  [punctuation('Contiguous'), ',a,,b!', [',', 'a', ',,', 'b', '!']],
  [splitAt('Removed', false), '-a--b-', ['a', 'b']],
  [splitAt('Removed', true), '-a--b-', ['-', '-', '-', '-']],
  [splitAt('MergedWithPrevious', false), '-a--b-', ['-', 'a-', '-', 'b-']],
  [splitAt('MergedWithPrevious', true), '-a--b-', ['-a', '-', '-b', '-']],
  [splitAt('MergedWithNext', false), '-a--b-', ['-a', '-', '-b', '-']],
  [splitAt('MergedWithNext', true), '-a--b-', ['-', 'a-', '-', 'b-']],
  [splitAt('Contiguous', false), '-a--b-', ['-', 'a', '--', 'b', '-']],
  [digits(true), 'a12b3\u00bd', ['a', '1', '2', 'b', '3', '\u00bd']],
  [digits(false), 'a12b3\u00bd', ['a', '12', 'b', '3\u00bd']],
  [{ type: 'Digits' }, 'a12', ['a', '12']],
  [metaspace('always'), 'a  b', ['\u2581a', '\u2581', '\u2581b']],
  [metaspace('always'), ' a', ['\u2581a']],
  [metaspace('always'), '\u2581a', ['\u2581a']],
  [metaspace('always', false), 'a  b', ['\u2581a\u2581\u2581b']],
  [metaspace('always', true, '_'), 'a b_c', ['_a', '_b', '_c']],
  [metaspace('first', false), ' a', ['\u2581a']],
  [metaspace('never'), 'a  b', ['a', '\u2581', '\u2581b']],
  [metaspace('never', false), 'a  b', ['a\u2581\u2581b']],
  // files of early versions have a flag instead of a scheme
  [{ type: 'Metaspace', add_prefix_space: true }, 'a b', ['\u2581a', '\u2581b']],
  [{ type: 'Metaspace', add_prefix_space: false }, 'a b', ['a', '\u2581b']],
  [
    byteLevel(true, true),
    words,
    [
      '\u0120it',
      "'s",
      '\u012012',
      '\u0120',
      '\u0120ok',
      '\u010a\u010a',
      '\u0120x\u00c3\u00a9',
      '\u00c2\u0143',
    ],
  ],
  [{ type: 'ByteLevel' }, 'a b', ['\u0120a', '\u0120b']],
  [
    byteLevel(true, false),
    words,
    ["\u0120it's\u012012\u0120\u0120ok\u010a\u010a\u0120x\u00c3\u00a9\u00c2\u0143"],
  ],
  [byteLevel(false, false), words, ["it's\u012012\u0120\u0120ok\u010a\u010a\u0120x\u00c3\u00a9\u00c2\u0143"]],
  [
    byteLevel(true, true),
    " we'll  \t\u3000!?3a",
    ['\u0120we', "'ll", '\u0120\u0120\u0109', '\u00e3\u0122\u0122', '!?', '3', 'a'],
  ],
  [
    {
      type: 'Sequence',
      pretokenizers: [{ type: 'WhitespaceSplit' }, digits(true), punctuation('Isolated')],
    },
    'a1, b22',
    ['a', '1', ',', 'b', '2', '2'],
  ],
  [{ type: 'CharDelimiterSplit', delimiter: '-' }, 'a-b--c', ['a', 'b', 'c']],
  [{ type: 'FixedLength', length: 2 }, 'a\u{1f44d}bcd', ['a\u{1f44d}', 'bc', 'd']],
  [{ type: 'FixedLength' }, 'abcdefg', ['abcde', 'fg']],
  [{ type: 'FixedLength', length: 0 }, 'abcdefg', ['abcde', 'fg']],
  [{ type: 'CharDelimiterSplit', delimiter: '.' }, 'a.b', ['a', 'b']],
  [{ type: 'Split', pattern: { String: '.' } }, 'a.b', ['a', '.', 'b']],
  [{ type: 'Metaspace' }, 'a b', ['\u2581a', '\u2581b']],
  [regexSplit('^.+$'), 'ab\nab', ['ab', '\n', 'ab']],
  [regexSplit('..'), 'a\rb\u2028c', ['a\r', 'b\u2028', 'c']],
  [regexSplit('[.^$]'), 'a.b', ['a', '.', 'b']],
  [regexSplit('\\p{Han}+'), 'a\u6f22\u5b57b', ['a', '\u6f22\u5b57', 'b']],
  [
    regexSplit(CL100K),
    "It'S 12345!!\n\n we'Ll  '\u017f",
    ['It', "'S", ' ', '123', '45', '!!\n\n', ' we', "'Ll", ' ', " '", '\u017f'],
  ],
  [
    regexSplit('\\w+|[^\\w\\s]+'),
    'a\u200cb \u00b2x\u00bd \u24b6\u2460',
    ['a', '\u200c', 'b', ' ', '\u00b2x\u00bd', ' ', '\u24b6', '\u2460'],
  ],
  [regexSplit('\\b'), 'na\u00efve x', ['na\u00efve', ' ', 'x']],
  [regexSplit('\\B.'), 'abc d', ['a', 'b', 'c', ' d']],
  [regexSplit('a*+a|b'), 'aab', ['aa', 'b']],
  [regexSplit('[a\\]+]++'), '+]ab', ['+]a', 'b']],
  [regexSplit(CL100K), "it\u2019s it'\u017f", ['it', '\u2019s', ' it', "'\u017f"]],
  [regexSplit('(?i:[g-m]+)'), 'GhK\u212aS', ['GhK\u212a', 'S']],
])('the pre-tokenizer %j splits %j into %j', (preTokenizer, text, expected) => {
  const pieces = readPreTokenizer(preTokenizer, 'a.json')(align(text))
  expect(pieces.map(piece => piece.text)).toEqual(expected)
})

// what JavaScript cannot compile, or would match something else
it.each([
  '(ab)++',
  '[a&&b]',
  '[^\\W]',
  '(?i)a',
  '(?i:(a))',
  '(?i:\u00df)',
  '[[a]b]',
  '[[:alpha:]]',
  '\\h',
  '\\R',
  '\\A',
  '(?>a)',
  '(a)\\1b++',
])('the pattern %s is refused', pattern => {
  expect(() => readPreTokenizer(regexSplit(pattern), 'a.json')).toThrow(
    new RangeError(`a.json has a pattern that JavaScript does not support: ${pattern}`),
  )
})

const numbered = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]))
const pairs = (tokens: string, merges: string[], options: object = {}) => ({
  type: 'BPE',
  vocab: numbered(tokens.split(' ')),
  merges,
  ...options,
})
const pieces = (vocab: readonly (readonly [string, number])[], options: object = {}) => ({
  type: 'Unigram',
  vocab: [['<unk>', 0], ...vocab],
  unk_id: 0,
  ...options,
})
const wordPiece = (tokens: string, options: object = {}) => ({
  type: 'WordPiece',
  vocab: numbered(tokens.split(' ')),
  continuing_subword_prefix: '##',
  ...options,
})
const unknown = { unk_token: '<unk>' }
const byteNames = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
)
const withBytes = `<unk> a ${byteNames.join(' ')}`
const thumb = '\u{1f44d}'

it.each<[name: string, model: object, text: string, ids: number[]]>([
  [
    'BPE merges a merged pair with the next one',
    pairs('a b c d e bc de bcde', ['b c', 'd e', 'bc de']),
    'abcde',
    [0, 7],
  ],
  [
    'BPE merges a merged pair with the one before',
    pairs('a b c d e bc de bcde', ['b c', 'd e', 'bc de']),
    'bcdea',
    [7, 0],
  ],
  [
    'BPE merges the first character with a merged pair',
    pairs('a b c bc abc', ['b c', 'a bc']),
    'babc',
    [1, 4],
  ],
  ['BPE reads merges that are arrays', { ...pairs('a b ab', []), merges: [['a', 'b']] }, 'aab', [0, 2]],
  ['BPE merges the pair of the lowest rank first', pairs('a b c ab bc', ['b c', 'a b']), 'abc', [0, 4]],
  [
    'BPE has an unknown token for each unknown character',
    pairs('<unk> a', [], unknown),
    'axyaz',
    [1, 0, 0, 1, 0],
  ],
  [
    'BPE fuses unknown characters',
    pairs('<unk> a', [], { ...unknown, fuse_unk: true }),
    'axyaz',
    [1, 0, 1, 0],
  ],
  ['BPE drops unknown characters without an unknown token', pairs('a b', []), 'axb', [0, 1]],
  ['BPE keeps a whole word', pairs('a b c ab abc', ['a b'], { ignore_merges: true }), 'abc', [4]],
  ['BPE splits a whole word', pairs('a b c ab abc', ['a b']), 'abc', [3, 2]],
  [
    'BPE removes the prefix when it merges',
    pairs('a b ##b ##c ab ##bc abc', ['a ##b', '##b ##c'], { continuing_subword_prefix: '##' }),
    'abc',
    [4, 3],
  ],
  [
    'BPE keeps the prefix of the left part',
    pairs('a b ##b ##c ab ##bc abc', ['a ##b', '##b ##c'], { continuing_subword_prefix: '##' }),
    'bbc',
    [1, 5],
  ],
  [
    'BPE puts a suffix on the last character only',
    pairs('a b a</w> b</w> ab</w> ab', ['a b</w>', 'a b'], { end_of_word_suffix: '</w>' }),
    'aba',
    [5, 2],
  ],
  [
    'BPE falls back to bytes',
    pairs(withBytes, [], { ...unknown, byte_fallback: true }),
    'a\n\u00e9',
    [1, 12, 197, 171],
  ],
  [
    'BPE falls back to bytes only if it has all of them',
    pairs('<unk> a <0xC3>', [], { ...unknown, byte_fallback: true }),
    'a\u00e9',
    [1, 0],
  ],
  [
    'Unigram charges ten for an unknown character',
    pieces([
      ['ax', -8],
      ['y', -8],
      ['xy', -1],
    ]),
    'axy',
    [1, 2],
  ],
  ['Unigram joins a written unknown token with unknown characters', pieces([['a', -1]]), '<unk>xa', [0, 1]],
  [
    'Unigram falls back to bytes',
    pieces([['a', -1], ...byteNames.map(name => [name, -5] as const)], { byte_fallback: true }),
    'a\n\u00e9x',
    [1, 12, 197, 171, 122],
  ],
  ...(
    [
      ['the unknown token in a text', 'a<unk>a', [1, 0, 1]],
      ['it after an unknown character', '\u00e9<unk>', [197, 171, 62, 119, 112, 109, 64]],
      ['it twice', '<unk><unk>', [62, 119, 112, 109, 64, 62, 119, 112, 109, 64]],
    ] as const
  ).map(([what, text, ids]): [string, object, string, number[]] => [
    `Unigram falls back to bytes, ${what}`,
    pieces([['a', -1], ...byteNames.map(name => [name, -5] as const)], { byte_fallback: true }),
    text,
    [...ids],
  ]),
  [
    'Unigram finds the best split',
    pieces([
      ['a', -1],
      ['b', -1],
      ['ab', -1.5],
      ['abc', -9],
      ['c', -2],
    ]),
    'abcaab',
    [3, 5, 1, 3],
  ],
  [
    // the library reads -12.130167007446289 one unit in the last place too low; read exactly, `- --- ---` is more likely
    'Unigram breaks ties as the library does, which reads scores inexactly',
    pieces([
      ['\u2581', -2.0122928619384766],
      ['-', -5.129043102264404],
      ['---', -12.130167007446289],
    ]),
    '\u2581-------',
    [1, 3, 3, 2],
  ],
  [
    'Unigram reads scores with exponents',
    pieces([
      ['a', -1e-7],
      ['b', -1.5e-7],
      ['ab', -2.4e-7],
    ]),
    'abb',
    [3, 2],
  ],
  [
    'WordLevel takes whole words',
    { type: 'WordLevel', vocab: { a: 0, ab: 1, '<unk>': 2 }, ...unknown },
    'ab',
    [1],
  ],
  [
    'WordLevel has an unknown token',
    { type: 'WordLevel', vocab: { a: 0, '<unk>': 1 }, ...unknown },
    'ab',
    [1],
  ],
  ['WordLevel drops unknown words without one', { type: 'WordLevel', vocab: { a: 0 } }, 'ab', []],
  [
    'WordPiece counts characters',
    wordPiece(`[UNK] ${thumb} ##${thumb}`, { max_input_chars_per_word: 3 }),
    thumb.repeat(3),
    [1, 2, 2],
  ],
  ['WordPiece takes the longest beginning', wordPiece('[UNK] a ab ##b ##c ##bc'), 'abbc', [2, 5]],
  ['WordPiece makes the whole word unknown', wordPiece('[UNK] a ab ##b ##c ##bc'), 'abx', [0]],
  [
    'WordPiece has another prefix',
    wordPiece('[UNK] a @b ##b', { continuing_subword_prefix: '@' }),
    'abb',
    [1, 2, 2],
  ],
  [
    'WordPiece splits 100 characters by default',
    wordPiece('[UNK] a ##a'),
    'a'.repeat(100),
    [1, ...Array(99).fill(2)],
  ],
  ['WordPiece does not split 101 characters by default', wordPiece('[UNK] a ##a'), 'a'.repeat(101), [0]],
])('%s', (_, model, text, ids) => {
  expect(
    readTokenizer({ model }, 'a.json')
      .pieces(text)
      .map(({ id }) => id),
  ).toEqual(ids)
})

it.each<[type: string, model: object]>([
  ['Unigram', pieces([['ab', -1]])],
  ['BPE', pairs('a b ab', ['a b'])],
  ['WordPiece', wordPiece('[UNK] ab')],
])('a model without a type is recognized as %s', (_, { type: __, ...model }: { type?: string }) => {
  const [piece, ...others] = readTokenizer({ model }, 'a.json').pieces('ab')
  expect([piece!.text, piece!.isUnknown, others.length]).toEqual(['ab', false, 0])
})

describe('a normalization table with the key A and the replacement b', () => {
  // a trie with one key: one unit marks its end, the unit beside it has the position of its replacement
  const table = new Uint32Array(1 + 512)
  table[0] = 4 * 512
  table[1 + 0x41] = (1 << 10) | (1 << 8) | 0x41
  table[1 + 0x40] = 0x8000_0000
  const bytes = Buffer.concat([Buffer.from(table.buffer), Buffer.from('b\0')])
  const normalize = readNormalizer(
    { type: 'Precompiled', precompiled_charsmap: bytes.toString('base64') },
    'a.json',
  )

  it.each<[string, string, string]>([
    ['the whole of a grapheme of 5 bytes', 'xA\u0301\u0301y', 'xby'],
    ['only the letter of a grapheme of 6 bytes', 'A\u0301\u20d0', 'b\u0301\u20d0'],
    ['a letter before a line break of two characters', 'A\r\nA', 'b\r\nb'],
    ['a letter in a text of printable ASCII', 'xAyA', 'xbyb'],
    ['a grapheme that is longer than a stretch', `A${'\u0301'.repeat(5000)}A`, `b${'\u0301'.repeat(5000)}b`],
    // texts are segmented 4,096 units at a time
    [
      'a grapheme that is cut by the end of a stretch',
      `${'x'.repeat(4095)}A\u0301y`,
      `${'x'.repeat(4095)}by`,
    ],
  ])('replaces %s', (_, text, expected) => {
    expect(normalize(align(text)).text).toBe(expected)
  })

  it('remembers the replacements of 10,000 graphemes, and no more', () => {
    const encode = vi.spyOn(TextEncoder.prototype, 'encode')
    onTestFinished(() => encode.mockRestore())
    const { text } = align(String.fromCharCode(...Array.from({ length: 10_000 }, (_, i) => 0x4e00 + i)))
    const normalize = readNormalizer(
      { type: 'Precompiled', precompiled_charsmap: bytes.toString('base64') },
      'a.json',
    )
    const encodedIn = (text: string) => {
      encode.mockClear()
      expect(normalize(align(text)).text).toBe(text)
      return encode.mock.calls.length
    }
    expect(encodedIn(text)).toBeGreaterThanOrEqual(10_000)
    expect(encodedIn(text)).toBe(0)
    for (const _ of [1, 2]) expect(encodedIn('\uac00')).toBeGreaterThan(0)
  })

  it('may lack the 0 after its last replacement', () => {
    const open = bytes.subarray(0, -1).toString('base64')
    const normalize = readNormalizer({ type: 'Precompiled', precompiled_charsmap: open }, 'a.json')
    expect(normalize(align('xA')).text).toBe('xb')
  })
})

const added = (id: number, content: string, options: object = {}) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: false,
  ...options,
})
const small = wordPiece('[UNK] a b foo [m]')
const withAdded = (added_tokens: object[], options: object = {}, map?: Record<string, unknown>) =>
  readTokenizer(
    { model: small, added_tokens, pre_tokenizer: { type: 'WhitespaceSplit' }, ...options },
    'a.json',
    map,
  )
const idsIn = (tokenizer: ReturnType<typeof readTokenizer>, text: string) =>
  tokenizer.pieces(text).map(({ id }) => id)

describe('added tokens', () => {
  it.each<[name: string, tokens: object[], text: string, ids: number[]]>([
    ['the longest of several is matched', [added(5, '[M]'), added(6, '[M]x')], '[M][M]x', [5, 6]],
    [
      'a single word is not matched inside a word',
      [added(3, 'foo', { single_word: true })],
      'foo afoo foob a_foo foo! \u00e9foo foo',
      [3, 0, 0, 0, 3, 0, 0, 3],
    ],
    [
      'a single word is not matched beside a letter of two UTF-16 units, and is beside an emoji',
      [added(3, 'foo', { single_word: true })],
      '\u{1d4b9}foo foo\u{1d4b9} \u{1f600}foo',
      [0, 0, 0, 3],
    ],
    ['whitespace on both sides', [added(5, '[L]', { lstrip: true })], 'a \t[L] b', [1, 5, 2]],
  ])('%s', (_, tokens, text, ids) => {
    expect(idsIn(withAdded(tokens), text)).toEqual(ids)
  })

  it('include the whitespace of their own side, and none that another token includes', () => {
    // whitespace is a token of this model, so that it shows which spaces are left
    const model = wordPiece('[UNK] a b \u00a0')
    const tokens = [added(4, '[R]', { rstrip: true }), added(5, '[L]', { lstrip: true })]
    const tokenizer = readTokenizer({ model, added_tokens: tokens }, 'a.json')
    const space = '\u00a0'
    expect(idsIn(tokenizer, `a${space}[R]${space}[L]${space}b`)).toEqual([0, 4, 5, 0])
    expect(idsIn(tokenizer, `[R]${space}[L]${space}[R]${space}`)).toEqual([4, 5, 3, 4])
    expect(idsIn(tokenizer, `${space}[L]`)).toEqual([5])
  })

  it('are normalized together with the text, unless the file says that they are matched as written', () => {
    const normalizer = { type: 'Lowercase' }
    const tokenizer = withAdded(
      [
        added(5, 'FOO', { normalized: true }),
        added(6, 'BAR'),
        { id: 7, content: 'BAZ' },
        { id: 8, content: 'QUX', special: true },
      ],
      { normalizer },
    )
    expect(idsIn(tokenizer, 'foo FOO bar BAR')).toEqual([5, 5, 0, 6])
    // without the property, special tokens are matched as written
    expect(idsIn(tokenizer, 'baz BAZ qux QUX')).toEqual([7, 7, 0, 8])
  })

  it('have precedence over the vocabulary', () => {
    const tokenizer = withAdded([added(5, '[new]'), added(6, '[m')])
    expect(idsIn(tokenizer, '[m]')).toEqual([6, 0])
    expect(['[new]', '[m', '[m]', 'a', '?'].map(tokenizer.idOf)).toEqual([5, 6, 4, 1, undefined])
    expect([5, 6, 1, 99].map(tokenizer.textOf)).toEqual(['[new]', '[m', 'a', undefined])
    expect(tokenizer.maxId).toBe(4)
  })

  it.each<[name: string, model: object, tokens: [text: string, id: number][], ids: number[]]>([
    ['follow the vocabulary', { a: 0, b: 1 }, [['<x>', 9], ['<y>', 3]], [2, 3]], // biome-ignore format: one line each
    ['have the id of the vocabulary if they are in it', { a: 0, b: 1 }, [['<y>', 3], ['a', 7], ['<z>', 4]], [2, 0, 3]], // biome-ignore format: one line each
    ['follow the number of tokens, not the largest id', { a: 0, b: 5 }, [['b', 5], ['<x>', 6]], [5, 2]], // biome-ignore format: one line each
    ['are counted once', { a: 0, b: 1 }, [['', 2], ['<x>', 3], ['<x>', 8], ['<y>', 9]], [2, 2, 3]], // biome-ignore format: one line each
  ])('%s, whatever ids the file has', (_, vocab, tokens, ids) => {
    const file = {
      model: { type: 'BPE', vocab, merges: [] },
      added_tokens: tokens.map(([text, id]) => added(id, text)),
    }
    const tokenizer = readTokenizer(file, 'a.json')
    expect(tokens.flatMap(([text]) => idsIn(tokenizer, text))).toEqual(ids)
  })

  it('of special_tokens_map.json replace those of tokenizer.json, and unknown ones are ignored', () => {
    const map = {
      mask_token: { content: '[M]', lstrip: true, normalized: false },
      pad_token: 'foo',
      additional_special_tokens: ['b', { content: '[none]' }],
    }
    const tokenizer = withAdded(
      [added(5, '[M]', { rstrip: true, normalized: true })],
      {
        normalizer: { type: 'Replace', pattern: { String: '[M]' }, content: 'a' },
      },
      map,
    )
    expect(idsIn(tokenizer, '[M]afooab[none]')).toEqual([5, 1, 3, 1, 2, 0])
    // a string is matched as written
    const upper = withAdded([], { normalizer: { type: 'Lowercase' } }, { a: 'foo', b: { content: 'b' } })
    expect(idsIn(upper, 'FOO afooa AbA')).toEqual([3, 1, 3, 1, 1, 2, 1])
    expect(idsIn(upper, 'aFOOa')).toEqual([0])
  })
})

it.each<[string, object, before: number[], after: number[]]>([
  [
    'TemplateProcessing',
    {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: 'X', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: 'Y', type_id: 0 } },
      ],
      special_tokens: { X: { id: 'X', ids: [7, 8] }, Y: { id: 'Y', ids: [9] } },
    },
    [7, 8],
    [9],
  ],
  ['BertProcessing', { type: 'BertProcessing', cls: ['C', 2], sep: ['S', 3] }, [2], [3]],
  ['RobertaProcessing', { type: 'RobertaProcessing', cls: ['C', 2], sep: ['S', 3] }, [2], [3]],
  [
    'Sequence, of which the later one is outside',
    {
      type: 'Sequence',
      processors: [
        { type: 'ByteLevel' },
        { type: 'BertProcessing', cls: ['C', 2], sep: ['S', 3] },
        { type: 'RobertaProcessing', cls: ['D', 4], sep: ['T', 5] },
      ],
    },
    [4, 2],
    [3, 5],
  ],
])('the post-processor %s puts its tokens around a text', (_, post_processor, before, after) => {
  const tokenizer = readTokenizer({ model: small, post_processor }, 'a.json')
  expect([tokenizer.before, tokenizer.after]).toEqual([before, after])
})

it.each<[string, object[], before: number[], after: number[]]>([
  ['only before', [{ SpecialToken: { id: 'X' } }, { Sequence: {} }], [7, 8], []],
  ['only after', [{ Sequence: {} }, { SpecialToken: { id: 'X' } }], [], [7, 8]],
  [
    'several on a side',
    [
      { SpecialToken: { id: 'X' } },
      { SpecialToken: { id: 'Y' } },
      { Sequence: {} },
      { SpecialToken: { id: 'Y' } },
    ],
    [7, 8, 9],
    [9],
  ],
  ['nothing', [{ Sequence: {} }], [], []],
])('a template may have tokens %s', (_, single, before, after) => {
  const special_tokens = { X: { ids: [7, 8] }, Y: { ids: [9] } }
  const post_processor = { type: 'TemplateProcessing', single, special_tokens }
  const tokenizer = readTokenizer({ model: small, post_processor }, 'a.json')
  expect([tokenizer.before, tokenizer.after]).toEqual([before, after])
})

it.each([
  ['Left', 'left'],
  ['Right', 'right'],
  ['left', undefined],
  [undefined, undefined],
])('padding in the direction %s is on the side %s', (direction, side) => {
  const padding = { pad_id: 0, ...(direction && { direction }) }
  expect(readTokenizer({ model: small, padding }, 'a.json').paddingSide).toBe(side)
})

it('a padding token or a maximum length of another type is ignored', () => {
  const file = { padding: { pad_id: '3' }, truncation: { max_length: '77' } }
  expect(readTokenizer({ model: small, ...file }, 'a.json')).toMatchObject({
    padId: undefined,
    maxLength: undefined,
  })
})

it.each([
  [
    'words',
    ' a  b ',
    [
      [1, 2],
      [4, 5],
    ],
  ],
  [
    'marks that follow',
    'a\u0301\u0302 b',
    [
      [0, 3],
      [4, 5],
    ],
  ],
  [
    'a token of whitespace, which is not trimmed',
    'a\u3000b',
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
  ],
])('tokens have positions without the whitespace around them: %s', (_, text, places) => {
  const model = pieces([
    ['a', -1],
    ['b', -1],
    ['\u2581', -1],
    ['\u2581a', -1],
    ['\u2581b', -1],
    ['\u3000', -1],
  ])
  const tokenizer = readTokenizer(
    {
      model,
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }] },
      pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Metaspace', prepend_scheme: 'never' }] },
    },
    'a.json',
  )
  const found = tokenizer.pieces(text).filter(piece => piece.text !== '\u2581')
  expect(found.map(({ start, end }) => [start, end])).toEqual(places)
})

it('tokens have positions without ASCII whitespace of any kind, and with other controls', () => {
  const around = [...'\t\n\v\f\r \b\x0e!'].map(character => `${character}a${character}`)
  const model = { type: 'WordLevel', vocab: Object.fromEntries(around.map((text, id) => [text, id])) }
  const tokenizer = readTokenizer({ model }, 'a.json')
  const spans = around.map(text => tokenizer.pieces(text).map(({ start, end }) => [start, end].join()))
  expect(spans.flat()).toEqual([...Array(6).fill('1,2'), ...Array(3).fill('0,3')])
})

it('a tokenizer has the padding and the maximum length of its file', () => {
  const file = { padding: { pad_id: 3, pad_type_id: 1 }, truncation: { max_length: 77, stride: 5 } }
  expect(readTokenizer({ model: small, ...file }, 'a.json')).toMatchObject({ padId: 3, maxLength: 77 })
  expect(readTokenizer({ model: small }, 'a.json')).toMatchObject({ padId: undefined, maxLength: undefined })
})

it('the largest id of a vocabulary does not depend on the order of its tokens', () => {
  expect(
    tableOf(
      [
        ['a', 1],
        ['b', 7],
        ['c', 3],
      ],
      'a.json',
    ).maxId,
  ).toBe(7)
})

it('each token of a text with a prepended mark has a position in the text', () => {
  const model = pieces([
    ['\u2581', -1],
    ['a', -1],
    ['b', -1],
  ])
  const tokenizer = readTokenizer(
    { model, pre_tokenizer: { type: 'Metaspace', replacement: '\u2581' }, added_tokens: [added(4, '[M]')] },
    'a.json',
  )
  expect(tokenizer.pieces('b[M]ab').map(({ id, start, end }) => [id, start, end])).toEqual([
    [1, 0, 1],
    [3, 0, 1],
    [4, 1, 4],
    [1, 4, 5],
    [2, 4, 5],
    [3, 5, 6],
  ])
})

it.each(['', 'a', 'aab', '\ud83d\ude00', 'x\ud83d\ude00\ud83d\ude00a', '\ude00\ud83da'])(
  'the matches of patterns in %j are those of matchAll, empty ones included',
  text => {
    for (const pattern of [/a*/gu, /(?=a)/gu, /a/gu, /\p{Any}/gu, /$/gu, /^|$/gu]) {
      // a search that was not finished leaves its index
      pattern.lastIndex = 1
      const found: number[][] = []
      forEachMatch(text, pattern, (from, to) => void found.push([from, to]))
      expect(found).toEqual(
        [...text.matchAll(new RegExp(pattern, 'gu'))].map(({ 0: match, index }) => [
          index,
          index + match.length,
        ]),
      )
    }
  },
)

it('BPE without an unknown token gives dropped characters to the token before, those at the beginning to the first', () => {
  const tokenizer = readTokenizer({ model: pairs('a b ab', ['a b']) }, 'a.json')
  const spans = (text: string) => tokenizer.pieces(text).map(({ id, start, end }) => [id, start, end])
  expect(spans(`x${thumb}ayb`)).toEqual([[2, 0, 6]])
  expect(spans('xbyza')).toEqual([[1, 0, 4], [0, 4, 5]]) // biome-ignore format: one line
  expect(spans('xyz')).toEqual([])
})

it('slices of slices keep the positions of their units', () => {
  const whole = readNormalizer({ type: 'NFD' }, 'a.json')(align('x\u00e9y\ud83d\ude00z'))
  const inner = slice(slice(whole, 1, 6), 1, 4)
  expect(inner.text).toBe('\u0301y\ud83d')
  expect([0, 1, 2].map(unit => spanOf(inner, unit, unit + 1))).toEqual([
    { start: 1, end: 2 },
    { start: 2, end: 3 },
    { start: 3, end: 5 },
  ])
  expect(spanOf(inner, 3, 3)).toEqual({ start: 5, end: 5 })
  expect(spanOf(slice(whole, 2, 2), 0, 0)).toEqual({ start: 0, end: 0 })
  expect(readNormalizer({ type: 'Prepend', prepend: '-' }, 'a.json')(inner)).toMatchObject({
    text: '-\u0301y\ud83d',
    start: [1, 1, 2, 3],
    end: [2, 2, 3, 5],
  })
})

it('the pieces of words are the same after more words than are cached', () => {
  const model = wordPiece('[UNK] 1 2 10 ##2 ##02 ##3')
  const tokenizer = readTokenizer({ model, pre_tokenizer: { type: 'WhitespaceSplit' } }, 'a.json')
  const spell = () => tokenizer.pieces('1023 2').map(({ text, start, end }) => `${text} ${start}-${end}`)
  const expected = ['10 0-2', '##2 2-3', '##3 3-4', '2 5-6']
  expect(spell()).toEqual(expected)
  tokenizer.pieces(Array.from({ length: 10_001 }, (_, i) => i).join(' '))
  expect(spell()).toEqual(expected)
})

it('the pieces of at most 10,000 words of up to 12 units are kept', () => {
  const model = readModel(wordPiece('[UNK] a ##a 1 ##1'), 'a.json')
  const first = model.pieces('aaaaaaaaaaaa')
  expect(model.pieces('aaaaaaaaaaaa')).toBe(first)
  for (let word = 1; word < 10_000; word++) model.pieces(String(word))
  expect(model.pieces('aaaaaaaaaaaa')).toBe(first)
  model.pieces('one more')
  expect(model.pieces('aaaaaaaaaaaa')).not.toBe(first)
  expect(model.pieces('aaaaaaaaaaaa')).toEqual(first)
  const long = 'aaaaaaaaaaaaa'
  expect(model.pieces(long)).not.toBe(model.pieces(long))
})

it('a heap of pairs returns them by rank, and those of equal rank from left to right', () => {
  const pair = fc.record({ rank: fc.nat(5), left: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 40 }), found => {
      const heap = createPairHeap()
      for (const one of found) heap.push({ ...one, right: 0, leftText: '', rightText: '' })
      const popped: SymbolPair[] = []
      for (let next = heap.pop(); next; next = heap.pop()) popped.push(next)
      expect(popped.map(({ rank, left }) => ({ rank, left }))).toEqual(
        [...found].sort((a, b) => a.rank - b.rank || a.left - b.left),
      )
    }),
    { seed: 1 },
  )
})

// Compares the tokenizer with the tokenizers library, with which models are trained. The fixtures of test/encode/models
// have the library's ids and positions for every tenth of 500 texts.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { align } from '../../src/encode/tokenizer/aligned.js'
import { readNormalizer } from '../../src/encode/tokenizer/normalizer.js'
import { readTokenizer } from '../../src/encode/tokenizer/tokenizer.js'
import { models, readRows, shapes, tokensOf } from './models/fixtures.js'

const rows = readRows()
const loaded = new Map<string, ReturnType<typeof readTokenizer>>()
function load(shape: string) {
  const read = () =>
    readTokenizer(JSON.parse(readFileSync(`${models}/${shape}/tokenizer.json`, 'utf8')), 'tokenizer.json')
  const tokenizer = loaded.get(shape) ?? read()
  loaded.set(shape, tokenizer)
  return tokenizer
}

describe.each(shapes)('the tokenizer of the shape %s', shape => {
  const tokenizer = load(shape)
  const cases = rows.texts.flatMap((text, i) => {
    const tokens = tokensOf(rows, shape, i)
    return tokens ? [{ text, ids: tokens[0], spans: tokens[1] }] : []
  })

  it('returns the ids of the tokenizers library', () => {
    expect(cases.length).toBeGreaterThanOrEqual(50)
    for (const { text, ids } of cases) {
      expect(
        tokenizer.pieces(text).map(({ id }) => id),
        JSON.stringify(text),
      ).toEqual(ids)
    }
  })

  it('returns the positions of the tokenizers library, or those of the whole characters around them', () => {
    let [whole, wider] = [0, 0]
    for (const { text, spans } of cases) {
      // after a control that SentencePiece's table drops, the library's positions are off by one
      if (shape === 'jina' && /\p{Cc}/u.test(text)) continue
      for (const [i, { start, end }] of tokenizer.pieces(text).entries()) {
        const [from, to] = trimmed(text, spans[i]!)
        if (start === from && end === to) whole++
        else if (start <= from && end >= to) wider++
        // a mark, which the library assigns to the character before
        else expect(text.slice(from, end), `${JSON.stringify(text)} ${start} ${end}`).toMatch(/\p{M}/u)
      }
    }
    // here a letter and its marks have one position
    expect(wider).toBeLessThan(whole / 10)
  })
})

function trimmed(text: string, [start, end]: readonly [number, number]): readonly [number, number] {
  let [from, to] = [start, end]
  while (from < to && /\s/.test(text[from]!)) from++
  while (to > from && /\s/.test(text[to - 1]!)) to--
  return from < to ? [from, to] : [start, end]
}

describe('the positions of tokens', () => {
  const word = load('colbert')
  const sentence = load('jina')
  const bytes = load('lateon')
  const written = (tokenizer: ReturnType<typeof load>, text: string) =>
    tokenizer.pieces(text).map(({ start, end }) => text.slice(start, end))

  it.each<[string, string, string[]]>([
    ['letters whose accents are dropped', 'CAFÉ, Dvořák', ['CAFÉ', ',', 'Dvořák']],
    ['accents that are separate characters', 'cafe\u0301 the', ['cafe\u0301', 'the']],
    ['ideographs', '数据the库', ['数', '据', 'the', '库']],
    ['unknown emoji', 'the 👍🏽 pool', ['the', '👍🏽', 'pool']],
    ['a letter that becomes two characters', 'İstanbul', ['İstanbul']],
    ['added tokens in a text', 'pool[MASK] pool', ['pool', '[MASK]', 'pool']],
    ['words with controls', 'po\u0000ol\u0007 pool', ['po\u0000ol', 'pool']],
  ])('cover %s', (_, text, expected) => {
    // a word may have several tokens
    const found = written(word, text)
    expect(found.join('')).toBe(expected.join(''))
    expect(found[0]!.length).toBeGreaterThan(0)
    for (const piece of found)
      expect(
        expected.some(whole => whole.includes(piece)),
        piece,
      ).toBe(true)
  })

  it('are inside the text and ascending for any text', () => {
    const odd = [
      '\ud83d',
      'a\udc4d b',
      'ﾊﾟ ㌔ ½',
      'ﬁ',
      '\u1100\u1161\u11a8',
      '👨‍👩‍👧‍👦',
      '\u0301',
      ' \u00a0\u3000',
    ]
    for (const text of [...rows.texts, ...odd]) {
      for (const tokenizer of [word, sentence, bytes]) {
        let last = 0
        // one expectation per text: there are 100,000 pieces
        const wrong = tokenizer.pieces(text).find(({ start, end }) => {
          const isRight = start >= last && end >= start && end <= text.length
          last = start
          return !isRight
        })
        expect(wrong, JSON.stringify(text)).toBeUndefined()
      }
    }
  })

  it('cover every character with a byte-level vocabulary', () => {
    for (const text of rows.texts.filter(text => !/\p{Surrogate}/u.test(text))) {
      const covered = new Set<number>()
      for (const { start, end } of bytes.pieces(text)) for (let i = start; i < end; i++) covered.add(i)
      const lost = [...Array(text.length).keys()].find(i => !covered.has(i) && !/\s/.test(text[i]!))
      expect(lost, `the first unit without a token in ${JSON.stringify(text)}`).toBeUndefined()
    }
  })
})

it('Unigram prefers a rare piece to an unknown one, and makes adjacent unknown characters one piece', () => {
  // the most likely split counts; the ids are those of the tokenizers library
  const vocab = [
    ['<unk>', 0],
    ['b', 0.5],
    ['ab', -13],
  ]
  const tokenizer = readTokenizer({ model: { type: 'Unigram', vocab, unk_id: 0 } }, 'a.json')
  const idsOf = (text: string) => tokenizer.pieces(text).map(({ id }) => id)
  expect(['ab', 'bab', 'xab', 'xyb', 'aab'].map(idsOf)).toEqual([[2], [1, 2], [0, 2], [0, 1], [0, 2]])
})

it.each([
  [9.5, [2]],
  [10.5, [0, 1]],
])('an unknown character of Unigram has the least score minus 10, beside %d', (score, ids) => {
  const vocab = [
    ['<unk>', 0],
    ['b', score],
    ['ab', -13],
  ]
  const tokenizer = readTokenizer({ model: { type: 'Unigram', vocab, unk_id: 0 } }, 'a.json')
  expect(tokenizer.pieces('ab').map(({ id }) => id)).toEqual(ids)
})

it.each<[string, string, string]>([
  ['NFKC', '½ ㋿ \ua7f4', '1⁄2 ㋿ \ua7f4'],
  ['NFKC', 'ㄱㅏ ﾡￂ ㋾', '가 가 ヲ'],
  // a circled letter composes with the next one
  ['NFKC', '㉠ㅏb', '가b'],
  ['NFD', 'é \u{105c9}', 'e\u0301 \u{105c9}'],
  ['StripAccents', 'e\u0301 a\u1cf2 b\u1ac1 c\u09fe', 'e a b\u1ac1 c\u09fe'],
])('%s uses the older Unicode version of the tokenizers library for %s', (type, text, expected) => {
  const normalize = readNormalizer({ type }, 'a.json')
  expect(normalize(align(text)).text).toBe(expected)
})

it('every byte token of a character has the position of the character', () => {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  )
  const model = {
    type: 'BPE',
    vocab: Object.fromEntries(['<unk>', 'a', ...bytes].map((token, id) => [token, id])),
    merges: [],
    unk_token: '<unk>',
    byte_fallback: true,
  }
  const tokenizer = readTokenizer({ model }, 'a.json')
  expect(tokenizer.pieces('aé👍a').map(({ start, end }) => [start, end])).toEqual([
    [0, 1],
    ...[1, 1].map(() => [1, 2]),
    ...[1, 1, 1, 1].map(() => [2, 4]),
    [4, 5],
  ])
})

it.each([
  ['a letter', 'A', 'aAa'],
  ['a line break alone', '\n', 'a\na'],
])('a normalization table can change ASCII: %s', (_, key, text) => {
  // a trie with one key: one unit marks its end, the unit beside it has the position of its replacement
  const table = new Uint32Array(1 + 128)
  const code = key.charCodeAt(0)
  table[0] = 4 * 128
  table[1 + code] = (1 << 10) | (1 << 8) | code
  table[1 + (code ^ 1)] = 0x8000_0000
  const precompiled_charsmap = Buffer.concat([Buffer.from(table.buffer), Buffer.from('b\0')]).toString(
    'base64',
  )
  const vocab = ['<unk>', 'a', 'b'].map(token => [token, 0])
  const tokenizer = readTokenizer(
    {
      model: { type: 'Unigram', vocab, unk_id: 0 },
      normalizer: { type: 'Precompiled', precompiled_charsmap },
    },
    'a.json',
  )
  expect(tokenizer.pieces(text).map(({ text }) => text)).toEqual(['a', 'b', 'a'])
})

describe('the tokenizer', () => {
  const many = 30_000
  it.each<[string, string]>([
    ['one word', 'connection'.repeat(many / 10)],
    ['one letter with marks', `a${'\u0301'.repeat(many)}`],
    ['ideographs', '数'.repeat(many)],
    ['halves of syllables', '\u1100\u1161'.repeat(many / 2)],
    ['spaces before added tokens', `${' '.repeat(many)}a[MASK]<mask>`],
    ['NUL characters', '\0'.repeat(many)],
  ])('splits 30,000 units of %s', (_, text) => {
    for (const shape of ['colbert', 'jina', 'lateon']) {
      const pieces = load(shape).pieces(text)
      const isAscending = pieces.every(
        ({ start, end }, i) => end <= text.length && start >= (pieces[i - 1]?.start ?? 0),
      )
      expect(isAscending).toBe(true)
    }
  })

  it('splits more characters into bytes than a call can have arguments', () => {
    const vocab = [
      '<unk>',
      ...Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`),
    ]
    const model = { type: 'Unigram', vocab: vocab.map(token => [token, -1]), unk_id: 0, byte_fallback: true }
    expect(readTokenizer({ model }, 'a.json').pieces('数'.repeat(100_000))).toHaveLength(300_000)
  })
})

describe('readTokenizer', () => {
  const whole = JSON.parse(readFileSync(`${models}/colbert/tokenizer.json`, 'utf8'))
  it.each<[string, unknown, string]>([
    ['null', null, 'a.json is not a tokenizer: it has no "model"'],
    [
      'a model of an unsupported type',
      { ...whole, model: { type: 'CharLevel', vocab: { a: 0 } } },
      'a.json has a model of type "CharLevel"; supported types: BPE, Unigram, WordLevel, WordPiece; use another model',
    ],
    [
      'an empty vocabulary',
      { ...whole, model: { ...whole.model, vocab: {} } },
      'a.json has an empty vocabulary',
    ],
    [
      'a missing unknown token',
      { ...whole, model: { ...whole.model, unk_token: '<?>' } },
      'a.json lacks its unknown token, "<?>"',
    ],
    [
      'a pattern that JavaScript does not support',
      { ...whole, pre_tokenizer: { type: 'Split', pattern: { Regex: '(?<a' }, behavior: 'Isolated' } },
      'a.json has a pattern that JavaScript does not support: (?<a',
    ],
    [
      'a split behavior that does not exist',
      { ...whole, pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Dropped' } },
      'a.json has a split behavior of type "Dropped"; supported types: Removed, Isolated, MergedWithPrevious, ' +
        'MergedWithNext, Contiguous; use another model',
    ],
    [
      'a normalizer of an unsupported type',
      { ...whole, normalizer: { type: 'Reverse' } },
      'a.json has a normalizer of type "Reverse"; supported types: BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, ' +
        'NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip, StripAccents; use another model',
    ],
    [
      'a pre-tokenizer of an unsupported type',
      { ...whole, pre_tokenizer: { type: 'UnicodeScripts' } },
      'a.json has a pre-tokenizer of type "UnicodeScripts"; supported types: BertPreTokenizer, ByteLevel, ' +
        'CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit; ' +
        'use another model',
    ],
    ...(['normalizer', 'pre_tokenizer'] as const).map((part): [string, unknown, string] => [
      `a step of an unsupported type in a sequence of the ${part}`,
      { ...whole, [part]: { type: 'Sequence', [`${part}s`.replace('_', '')]: [{ type: 'Reverse' }] } },
      `a.json has a ${part.replace('_', '-')} of type "Reverse"; `,
    ]),
    [
      'a post-processor of an unsupported type',
      { ...whole, post_processor: { type: 'Reverse' } },
      'a.json has a post-processor of type "Reverse"; supported types: BertProcessing, ByteLevel, RobertaProcessing, ' +
        'Sequence, TemplateProcessing; use another model',
    ],
    [
      'a model without a type whose type does not follow from its members',
      { ...whole, model: { vocab: { a: 0 } } },
      'a.json has a model of type undefined; supported types: BPE, Unigram, WordLevel, WordPiece; use another model',
    ],
    ['an array', [], 'a.json expected an object'],
    ['a model that is an array', { model: [] }, 'a.json expected an object'],
    ['a normalizer that is a string', { ...whole, normalizer: 'NFC' }, 'a.json expected an object'],
    [
      'steps that are an object',
      { ...whole, normalizer: { type: 'Sequence', normalizers: {} } },
      'a.json expected an array',
    ],
    ['added tokens that are an object', { ...whole, added_tokens: {} }, 'a.json expected an array'],
    [
      'an added token that is a string',
      { ...whole, added_tokens: [{ id: 0, content: '[PAD]' }, '[MASK]'] },
      'a.json[1] expected an object',
    ],
    ...['WordPiece', 'WordLevel', 'BPE'].map((type): [string, unknown, string] => [
      `a vocabulary of ${type} that is an array`,
      { model: { type, vocab: ['a'] } },
      'a.json expected an object "vocab" from token to id',
    ]),
    [
      'a vocabulary of Unigram that is an object',
      { model: { type: 'Unigram', vocab: { a: 0 } } },
      'a.json expected an array "vocab" of pieces and scores',
    ],
    [
      'a vocabulary of Unigram without pieces',
      { model: { type: 'Unigram', vocab: [] } },
      'a.json has an empty vocabulary',
    ],
    ...[-1, 1.5, '1', null].map((id): [string, unknown, string] => [
      `the id ${JSON.stringify(id)}`,
      { model: { type: 'WordLevel', vocab: { a: 0, b: id } } },
      `a.json expected a whole number as the id of "b", got ${id}`,
    ]),
    ...['BertProcessing', 'RobertaProcessing'].flatMap(type =>
      [{ cls: ['[CLS]', 2] }, { sep: ['[SEP]', 3] }, { cls: ['[CLS]'], sep: ['[SEP]', 3] }].map(
        (post_processor): [string, unknown, string] => [
          `${type} with only ${JSON.stringify(post_processor)}`,
          { ...whole, post_processor: { type, ...post_processor } },
          'a.json has a post-processor without the id of a token',
        ],
      ),
    ),
    [
      'a template with a token that it does not define',
      {
        ...whole,
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: 'X' } }, { Sequence: { id: 'A' } }],
          special_tokens: { Y: { ids: [1] } },
        },
      },
      'a.json has a post-processor with the token "X", but no ids for it',
    ],
    [
      'a normalization table that is not base64',
      { ...whole, normalizer: { type: 'Precompiled', precompiled_charsmap: 'é' } },
      'a.json has a precompiled_charsmap that is not valid base64',
    ],
    [
      'a normalization table without a trie',
      { ...whole, normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAAAAAA' } },
      'a.json has a precompiled_charsmap that is cut short',
    ],
    [
      'a normalization table that is cut short',
      { ...whole, normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAQAAAAA' } },
      'a.json has a precompiled_charsmap that is cut short',
    ],
  ])('refuses %s', (_, json, message) => {
    const refused = expect(() => readTokenizer(json, 'a.json'))
    if (message.endsWith(' ')) refused.toThrow(message)
    else refused.toThrow(new RangeError(message))
  })
})

describe('a text for which the vocabulary has no token', () => {
  const read = (model: object) => readTokenizer({ model }, 'a.json')

  it.each<[type: string, model: object, unknown: boolean[]]>([
    ['WordLevel', { type: 'WordLevel', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' }, [true]],
    ['WordPiece', { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 } }, [true]],
    ['BPE', { type: 'BPE', vocab: { '[UNK]': 0, a: 1 }, merges: [], unk_token: '[UNK]' }, [false, true]],
    [
      'Unigram',
      {
        type: 'Unigram',
        vocab: [
          ['[UNK]', 0],
          ['a', -1],
        ],
        unk_id: 0,
      },
      [false, true],
    ],
  ])('is marked as unknown, and no other: %s', (_, model, unknown) => {
    const tokenizer = read(model)
    expect(tokenizer.pieces('ax').map(({ isUnknown }) => isUnknown)).toEqual(unknown)
    expect(tokenizer.pieces('ax').at(-1)!.text).toBe('[UNK]')
    expect(tokenizer.pieces('a').map(({ isUnknown, text }) => [isUnknown, text])).toEqual([[false, 'a']])
  })

  it('is not unknown if it becomes bytes, or a token that was added', () => {
    const names = Array.from(
      { length: 256 },
      (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`,
    )
    const model = { type: 'Unigram', vocab: ['<unk>', ...names].map(name => [name, -1]), unk_id: 0 }
    const tokenizer = readTokenizer(
      { model: { ...model, byte_fallback: true }, added_tokens: [{ id: 257, content: '[M]' }] },
      'a.json',
    )
    expect(tokenizer.pieces('\u00e9[M]').map(({ isUnknown }) => isUnknown)).toEqual([false, false, false])
  })

  it('is an error if the vocabulary of Unigram has no unknown token', () => {
    const tokenizer = read({ type: 'Unigram', vocab: [['a', -1]] })
    expect(tokenizer.pieces('a')).toHaveLength(1)
    expect(() => tokenizer.pieces('axya')).toThrow(
      new RangeError('a.json has no unknown token ("unk_id"), and "xy" is not in its vocabulary'),
    )
  })

  it('is dropped if the unknown token of BPE is not in its vocabulary', () => {
    const tokenizer = read({ type: 'BPE', vocab: { a: 0 }, merges: [], unk_token: '<unk>' })
    expect(tokenizer.pieces('axa').map(({ id }) => id)).toEqual([0, 0])
  })
})

it('BPE names a merge whose result is not in the vocabulary', () => {
  const tokenizer = readTokenizer(
    { model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: ['a b'] } },
    'a.json',
  )
  expect(tokenizer.pieces('ba')).toHaveLength(2)
  expect(() => tokenizer.pieces('ab')).toThrow(
    new RangeError('a.json merges two tokens into "ab", which is not in its vocabulary'),
  )
})

describe('vocabulary models at their edges', () => {
  const idsOf = (json: object, text: string) =>
    readTokenizer(json as never, 'a.json')
      .pieces(text)
      .map(({ id }) => id)

  it('Unigram takes the longer piece of two cuts with equal scores', () => {
    const vocab = [
      ['<unk>', 0],
      ['a', -1],
      ['b', -1],
      ['ab', -2],
    ]
    expect(idsOf({ model: { type: 'Unigram', vocab, unk_id: 0 } }, 'ab')).toEqual([3])
  })

  it.each([
    [
      'axb',
      [
        [0, 2],
        [2, 3],
      ],
    ],
    [
      'xab',
      [
        [0, 2],
        [2, 3],
      ],
    ],
    [
      'a😀xb',
      [
        [0, 4],
        [4, 5],
      ],
    ],
    ['😀xa x', [[0, 4]]],
    ['xx', []],
  ])('a token of BPE without an unknown one covers the dropped characters beside it: %s', (text, places) => {
    const model = { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] }
    const tokenizer = readTokenizer({ model, pre_tokenizer: { type: 'WhitespaceSplit' } }, 'a.json')
    expect(tokenizer.pieces(text).map(({ start, end }) => [start, end])).toEqual(places)
  })

  it('BPE merges the leftmost of equal pairs first', () => {
    const model = { type: 'BPE', vocab: { a: 0, aa: 1 }, merges: ['a a'] }
    expect(idsOf({ model }, 'aaaaaaaaaaa')).toEqual([1, 1, 1, 1, 1, 0])
  })

  it('WordPiece knows a word of exactly max_input_chars_per_word characters', () => {
    const vocab = { '[UNK]': 0, a: 1, '##a': 2 }
    const model = { type: 'WordPiece', vocab, unk_token: '[UNK]', max_input_chars_per_word: 5 }
    expect(idsOf({ model }, 'aaaaa')).toEqual([1, 2, 2, 2, 2])
    expect(idsOf({ model }, 'aaaaaa')).toEqual([0])
  })

  it('Metaspace with prepend_scheme first prefixes only the first part', () => {
    const vocab = [
      ['<unk>', 0],
      ['a', -1],
      ['▁', -1],
      ['1', -1],
    ]
    const pretokenizers = [
      { type: 'Digits' },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
    ]
    const json = {
      model: { type: 'Unigram', vocab, unk_id: 0 },
      pre_tokenizer: { type: 'Sequence', pretokenizers },
    }
    expect(idsOf(json, 'a1a')).toEqual([2, 1, 3, 1])
  })
})

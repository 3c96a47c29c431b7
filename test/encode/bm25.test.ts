// The BM25 encoder: fixed vectors that Qdrant 1.19.0 returned, and what its options do. The engine suite compares it with
// Qdrant on many more texts (test/qdrant/engine/bm25.test.ts).

import { expect, it, onTestFinished, vi } from 'vitest'
import { foldToAscii } from '../../src/encode/bm25/ascii-folding.js'
import { languageName, loadStopWords, STOP_WORD_LANGUAGES } from '../../src/encode/bm25/languages.js'
import { multiplyAdd } from '../../src/encode/bm25/multiply-add.js'
import { tokenIndex } from '../../src/encode/bm25/token-index.js'
import { type Bm25Options, createBm25Encoder } from '../../src/encode/index.js'
import { bm25Texts } from './bm25-texts.js'

const DOCUMENT = {
  indices: [180558330, 264741300, 542201014, 640124220, 1716054445, 1749031367, 2059428356],
  values: [
    1.0538922548294067, 1.0538922548294067, 1.0538922548294067, 1.0538922548294067, 1.0538922548294067,
    1.0538922548294067, 1.0538922548294067,
  ],
}

const QUERY = { indices: [243905464, 1312749093, 1621867415], values: [1, 1, 1] }

// the smallest and the usual lengths of a tail, and characters of one to four bytes
const HASHES = {
  '': 0,
  a: 0x3c2569b2,
  ab: 0x100000000 - 0x9bbfd75f,
  abc: 0x100000000 - 0xb3dd93fa,
  abcd: 0x43ed676a,
  hello: 0x248bfa47,
  über: 1610176724,
  日本: 992347838,
  𝐀: 2082684014,
}

const LANGUAGES: readonly (readonly [language: string, text: string, tokens: readonly string[]])[] = [
  ['arabic', 'كان الأطفال يركضون', ['اطفال', 'يركض']],
  ['armenian', 'Երեխաները արագ', ['երեխ', 'արագ']],
  ['danish', 'Børnene løb og spiste', ['børn', 'løb', 'spist']],
  ['dutch', 'De kinderen liepen; ëxen aĳen', ['kinder', 'liep', 'exen', 'aĳ']],
  ['english', "The generously running children's dogs", ['generous', 'run', 'children', 'dog']],
  ['finnish', 'Lapset juoksivat ja söivät 𐐨𐐨', ['laps', 'juoksiv', 'söivä', '𐐨']],
  ['french', "L'été dernier, les élèves chantaient", ['derni', 'élev', 'chant']],
  ['german', 'Die schönsten Häuser und Straßen', ['schon', 'haus', 'strass']],
  ['greek', 'Τα παιδιά έτρεχαν και έτρωγαν', ['πα', 'ετρεχ', 'ετρωγ']],
  ['hungarian', 'A gyerekek futottak és ettek', ['gyerek', 'futott', 'ett']],
  ['italian', 'Le città più antiche', ['citt', 'antic']],
  ['norwegian', 'Barna løp og spiste', ['barn', 'løp', 'spist']],
  ['portuguese', 'As canções e brasileiras', ['cançõ', 'brasileir']],
  ['romanian', 'Copiii alergau și mâncau', ['copii', 'alerg', 'și', 'mânc']],
  ['russian', 'Дети бежали и ели', ['дет', 'бежа', 'ел']],
  ['spanish', 'Los niños jugaban y comían 𐐀io', ['niñ', 'jug', 'com', '𐐨io']],
  ['swedish', 'Barnen sprang och åt', ['barn', 'sprang']],
  ['tamil', 'குழந்தைகள் தெருக்களில்', ['குழந', 'தைகள', 'தெரு', 'களில']],
  ['turkish', 'Çocuklar ve evlerimizden', ['çocuk', 'ev']],
  ['chinese', '的 孩子', ['孩子']],
  ['indonesian', 'Anak dan roti', ['anak', 'roti']],
  ['hinglish', 'Bachche aur bade', ['bachche', 'bade']],
]

const tokensOf = async (text: string, options: Bm25Options = {}) =>
  (await createBm25Encoder(options)).tokens(text).map(({ token }) => token)

it('returns the vectors that Qdrant stores for the same texts', async () => {
  const encoder = await createBm25Encoder({ avgLen: 8 })
  expect(encoder.document("Don't use FetchContent_Declare(googletest) with CMake 3.14; it isn't.")).toEqual(
    DOCUMENT,
  )
  expect(encoder.query('The running dogs, the running foxes')).toEqual(QUERY)
  for (const text of ['', ' ', '...', 'the of and', '😀']) {
    expect(encoder.document(text), text).toEqual({ indices: [], values: [] })
    expect(encoder.query(text), text).toEqual({ indices: [], values: [] })
  }
})

it('gives a token the absolute value of its MurmurHash3 as dimension', () => {
  const hashes = Object.fromEntries(
    ['', 'a', 'ab', 'abc', 'abcd', 'hello', 'über', '日本', '𝐀'].map(token => [token, tokenIndex(token)]),
  )
  expect(hashes).toEqual(HASHES)
})

it.each(LANGUAGES)('stems words and drops stop words of %s', async (language, text, tokens) => {
  expect(await tokensOf(text, { language })).toEqual(tokens)
})

it('takes the code of a language for its name', async () => {
  const codes = 'ar hy da nl en fi fr de el hu it no pt ro ru es sv ta tr zh id hi-en'.split(' ')
  for (const [index, [language, text, tokens]] of LANGUAGES.entries()) {
    expect(await tokensOf(text, { language: codes[index]! }), language).toEqual(tokens)
  }
  const other = ['az', 'bn', 'ca', 'eu', 'he', 'jp', 'kk', 'ne', 'sl', 'tg']
  for (const language of other) {
    const stopwords = { languages: [language] }
    expect(await tokensOf('xyz', { language, stopwords }), language).toEqual(['xyz'])
  }
})

it('has the stop words of Qdrant for each language', async () => {
  const counts = await Promise.all(
    STOP_WORD_LANGUAGES.map(async language => {
      const words = await loadStopWords(language)
      return [language, words.length, words[0]]
    }),
  )
  expect(counts.map(entry => entry.join(' '))).toEqual([
    ...['arabic 696 إذ', 'azerbaijani 164 a', 'basque 231 ahala', 'bengali 398 অতএব', 'catalan 277 a'],
    ...[
      'chinese 841 一',
      'danish 94 og',
      'dutch 101 de',
      'english 179 i',
      'finnish 229 olla',
      'french 157 au',
    ],
    ...['german 232 aber', 'greek 265 αλλα', 'hebrew 185 אני', 'hinglish 1036 a', 'hungarian 198 a'],
    ...['indonesian 757 ada', 'italian 279 ad', 'japanese 149 あそこ', 'kazakh 275 ах', 'nepali 253 छ'],
    ...['norwegian 172 og', 'portuguese 207 a', 'romanian 356 a', 'russian 151 и', 'slovene 1784 ali'],
    ...['spanish 313 de', 'swedish 114 och', 'tajik 104 аз', 'turkish 53 acaba'],
  ])
})

it('knows the languages without a stemmer by their codes, too', () => {
  const codes = ['az', 'bn', 'ca', 'eu', 'he', 'jp', 'kk', 'ne', 'sl', 'tg', 'xx', 'constructor']
  expect(codes.map(languageName)).toEqual([
    ...['azerbaijani', 'bengali', 'catalan', 'basque', 'hebrew', 'japanese', 'kazakh', 'nepali', 'slovene'],
    ...['tajik', 'xx', 'constructor'],
  ])
})

it('leaves out stop words and stemming with the language none', async () => {
  expect(await tokensOf('The running of DOGS', { language: 'none' })).toEqual([
    'the',
    'running',
    'of',
    'dogs',
  ])
})

it('takes stop words and the stemmer from other languages, and words of the caller', async () => {
  const text = 'The foxes und die Häuser'
  expect(await tokensOf(text, { stopwords: 'german' })).toEqual(['the', 'fox', 'häuser'])
  expect(await tokensOf(text, { stopwords: {} })).toEqual(['the', 'fox', 'und', 'die', 'häuser'])
  const stopwords = { languages: ['en', 'german'], custom: ['HÄUSER'] }
  expect(await tokensOf(text, { stopwords })).toEqual(['fox'])
  expect(await tokensOf(text, { stopwords, lowercase: false })).toEqual(['The', 'fox', 'Häuser'])
  expect(await tokensOf(text, { stemmer: { type: 'snowball', language: 'de' } })).toEqual([
    'fox',
    'und',
    'die',
    'haus',
  ])
  expect(await tokensOf(text, { stemmer: { type: 'none' } })).toEqual(['foxes', 'und', 'die', 'häuser'])
})

it('folds letters to ASCII before it looks for stop words, and not by default', async () => {
  const options = { language: 'none', asciiFolding: true } as const
  expect(await tokensOf('Œuvre ação Straße ２⒊ Łódź 日本 ǥ', options)).toEqual([
    'oeuvre',
    'acao',
    'strasse',
    '23.',
    'lodz',
    '日本',
    'g',
  ])
  expect(await tokensOf('thé', { asciiFolding: true, stopwords: { custom: ['the'] } })).toEqual([])
  expect(await tokensOf('thé')).toEqual(['thé'])
})

it('folds the letters that Qdrant folds, and none of them otherwise than Unicode takes it apart', () => {
  const folded = Array.from({ length: 0x10000 - 0x80 }, (_, i) => String.fromCharCode(0x80 + i)).filter(
    letter => foldToAscii(letter) !== letter,
  )
  const sum = folded.reduce((total, letter) => total + letter.charCodeAt(0), 0)
  expect([folded.length, sum]).toEqual([1241, 15_133_307])
  const baseOf = (letter: string) => letter.normalize('NFKD').replace(/\p{M}/gu, '')
  const decomposed = folded.filter(letter => /^[ -~]+$/.test(baseOf(letter)))
  expect(decomposed.length).toBe(784)
  // only Qdrant takes a long s for an f
  expect(decomposed.filter(letter => foldToAscii(letter) !== baseOf(letter))).toEqual(['ẛ'])
})

it('keeps tokens whose number of characters after stemming is in range', async () => {
  const text = 'a ab abc abcd running 𐐨𐐨𐐨 𐐨𐐨𐐨𐐨'
  const options = { stopwords: {}, minTokenLen: 2, maxTokenLen: 3 }
  expect(await tokensOf(text, options)).toEqual(['ab', 'abc', 'run', '𐐨𐐨𐐨'])
  expect(await tokensOf(text, { ...options, maxTokenLen: 0 })).toEqual([])
})

it('splits at white space alone with the tokenizer whitespace', async () => {
  const text = " node.js\u0085C++\u00a0it's\ufeff!\u200bx\n3.14 "
  expect(await tokensOf(text, { tokenizer: 'whitespace', language: 'none' })).toEqual([
    'node.js',
    'c++',
    "it's\ufeff!\u200bx",
    '3.14',
  ])
})

it('encodes all prefixes of the words of a document, and the longest of a query, with the tokenizer prefix', async () => {
  const encoder = await createBm25Encoder({ tokenizer: 'prefix', minTokenLen: 2, maxTokenLen: 4 })
  expect(encoder.tokens('Hello a the 𐐨𐐨𐐨').map(({ token }) => token)).toEqual([
    'he',
    'hel',
    'hell',
    '𐐨𐐨',
    '𐐨𐐨𐐨',
  ])
  const indices = (tokens: readonly string[]) => tokens.map(tokenIndex).sort((a, b) => a - b)
  expect(encoder.query('Hello a the he').indices).toEqual(indices(['hell', 'the', 'he']))
  const { indices: all } = (await createBm25Encoder({ tokenizer: 'prefix' })).document('abc')
  expect(all).toEqual(indices(['a', 'ab', 'abc']))
})

it('returns the place of each token in the text', async () => {
  const { tokens } = await createBm25Encoder()
  const text = '😀 Dogs😀𐐀x, the (Cats) é'
  expect(tokens(text).map(({ token, start, end }) => [token, text.slice(start, end)])).toEqual([
    ['dog', 'Dogs'],
    ['𐐨x', '𐐀x'],
    ['cat', 'Cats'],
    ['é', 'é'],
  ])
  expect(tokens('dogs')).toEqual([{ token: 'dog', index: tokenIndex('dog'), start: 0, end: 4 }])
})

it('weights a token by how often it occurs and by the length of the document', async () => {
  const options = { k: 0.9, b: 0.4, avgLen: 4, language: 'none' } as const
  const weights = async (text: string, more: Bm25Options = {}) =>
    Object.fromEntries(await weightsOf(text, { ...options, ...more }))
  const expected = (count: number, length: number, k = 0.9, b = 0.4) =>
    Math.fround((count * (k + 1)) / (count + k * (1 - b + (b * length) / 4)))
  expect(await weights('x y x z x')).toEqual({ x: expected(3, 5), y: expected(1, 5), z: expected(1, 5) })
  expect(await weights('x y x z x', { k: 0 })).toEqual({ x: 1, y: 1, z: 1 })
  expect(await weights('x y x z x', { b: 0 })).toEqual({
    x: expected(3, 5, 0.9, 0),
    y: expected(1, 5, 0.9, 0),
    z: expected(1, 5, 0.9, 0),
  })
  expect(await weights('x', { b: 1 })).toEqual({ x: expected(1, 1, 0.9, 1) })
})

async function weightsOf(text: string, options: Bm25Options): Promise<(readonly [string, number])[]> {
  const encoder = await createBm25Encoder(options)
  const { indices, values } = encoder.document(text)
  const names = new Map(encoder.tokens(text).map(({ token, index }) => [index, token]))
  return indices.map((index, i) => [names.get(index)!, values[i]!])
}

it('has the defaults of Qdrant', async () => {
  const plain = await createBm25Encoder()
  const same = { language: 'english', k: 1.2, b: 0.75, avgLen: 256, tokenizer: 'word' } as const
  const explicit = await createBm25Encoder({ ...same, lowercase: true, asciiFolding: false, minTokenLen: 0 })
  const text = 'The running dogs, the café and 3 DOGS'
  expect(plain.document(text)).toEqual(explicit.document(text))
  expect(plain.query(text)).toEqual(explicit.query(text))
})

it('ignores the mark between the texts of an array in a query', async () => {
  const encoder = await createBm25Encoder({ tokenizer: 'whitespace' })
  expect(encoder.query('dogs \0 cats')).toEqual(encoder.query('dogs cats'))
})

it('multiplies and adds with one rounding', () => {
  const x = 1 + 2 ** -30
  expect(x * x - 1).toBe(2 ** -29)
  expect(multiplyAdd(x, x, -1)).toBe(2 ** -29 + 2 ** -60)
  expect(multiplyAdd(1 + 2 ** -52, 3, 2 ** -60)).toBe(3 + 2 ** -50)
  expect(multiplyAdd(2, 3, 4)).toBe(10)
  expect(multiplyAdd(1e200, 1, 1)).toBe(1e200)
})

it('returns the same vectors when words have been seen before, and ascending indices', async () => {
  const encoder = await createBm25Encoder()
  const first = bm25Texts.map(text => [encoder.document(text), encoder.query(text)])
  expect(bm25Texts.map(text => [encoder.document(text), encoder.query(text)])).toEqual(first)
  for (const [document, query] of first) {
    expect(document!.indices).toEqual([...new Set(document!.indices)].sort((a, b) => a - b))
    expect(query!.indices).toEqual([...new Set(query!.indices)].sort((a, b) => a - b))
  }
})

it('remembers words, and forgets them after 100,000 others', async () => {
  const { tokens } = await createBm25Encoder({ language: 'none' })
  const encode = vi.spyOn(TextEncoder.prototype, 'encodeInto')
  onTestFinished(() => encode.mockRestore())
  const hashedIn = (text: string) => {
    encode.mockClear()
    tokens(text)
    return encode.mock.calls.length
  }
  expect([hashedIn('dogs and dogs'), hashedIn('dogs')]).toEqual([2, 0])
  expect(hashedIn(Array.from({ length: 100_000 }, (_, i) => i).join(' '))).toBe(100_000)
  expect(hashedIn('dogs')).toBe(1)
})

const wrong: readonly (readonly [options: unknown, error: string])[] = [
  [7, '"options" expected an object, got number'],
  [{ lang: 'english' }, 'unknown option "options.lang"'],
  [{ avg_len: 7 }, 'unknown option "options.avg_len"'],
  [{ language: 'English' }, '"language" expected one of arabic, armenian, azerbaijani,'],
  [{ language: 7 }, '"language" expected one of'],
  [{ language: 'constructor' }, '"language" expected one of'],
  [{ k: -0.1 }, '"k" expected a number of at least 0, got -0.1'],
  [{ k: '1' }, '"k" expected a number, got string'],
  [{ k: Number.NaN }, '"k" expected a number of at least 0, got NaN'],
  [{ b: 1.1 }, '"b" expected a number from 0 to 1, got 1.1'],
  [{ b: -0.1 }, '"b" expected a number from 0 to 1, got -0.1'],
  [{ avgLen: 0 }, '"avgLen" expected a number above 0, got 0'],
  [{ avgLen: Infinity }, '"avgLen" expected a number above 0, got Infinity'],
  [{ tokenizer: 'multilingual' }, 'its models exist only in a Qdrant server'],
  [{ tokenizer: 'words' }, '"tokenizer" expected one of word, whitespace, prefix, got "words"'],
  [{ lowercase: 1 }, '"lowercase" expected true or false, got number'],
  [{ asciiFolding: 'no' }, '"asciiFolding" expected true or false, got string'],
  [{ stopwords: 'tamil' }, '"stopwords" expected one of'],
  [{ stopwords: ['the'] }, '"stopwords" expected an object, got array'],
  [{ stopwords: { language: 'english' } }, 'unknown option "stopwords.language"'],
  [{ stopwords: { languages: 'english' } }, '"stopwords.languages" expected an array of strings, got string'],
  [{ stopwords: { languages: ['xx'] } }, '"stopwords.languages[0]" expected one of'],
  [{ stopwords: { custom: ['a', 7] } }, '"stopwords.custom[1]" expected a string, got number'],
  [{ stemmer: 'english' }, '"stemmer" expected an object, got string'],
  [{ stemmer: { type: 'porter' } }, '"stemmer.type" expected one of snowball, none, got "porter"'],
  [{ stemmer: { type: 'snowball' } }, '"stemmer.language" expected one of'],
  [{ stemmer: { type: 'snowball', language: 'chinese' } }, '"stemmer.language" expected one of'],
  [{ minTokenLen: -1 }, '"minTokenLen" expected a whole number of at least 0, got -1'],
  [{ maxTokenLen: 1.5 }, '"maxTokenLen" expected a whole number of at least 0, got 1.5'],
]

it.each(wrong)('refuses the options %j', async (options, error) => {
  await expect(createBm25Encoder(options as Bm25Options)).rejects.toThrow(error)
})

it('refuses texts that are not strings', async () => {
  const encoder = await createBm25Encoder()
  for (const method of ['document', 'query', 'tokens'] as const) {
    expect(() => encoder[method](7 as unknown as string)).toThrow('"text" expected a string, got number')
  }
})

it('hashes all bytes of a long token beyond ASCII', () => {
  const long = 'é'.repeat(900)
  expect(tokenIndex(long)).not.toBe(tokenIndex(`${long.slice(0, -1)}x`))
  expect(tokenIndex(`${long.slice(0, -1)}x`)).not.toBe(tokenIndex(`${long.slice(0, -1)}y`))
  // more bytes than the token before it, and fewer units
  const wide = '日'.repeat(800)
  expect(tokenIndex(wide)).not.toBe(tokenIndex(`${wide.slice(0, -1)}本`))
})

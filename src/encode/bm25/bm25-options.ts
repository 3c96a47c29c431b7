// Options of the BM25 encoder: Qdrant's, with their checks and defaults.

import { checkBoolean, checkKnownOptions, oneOf, wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import type { AnalyzerOptions } from './analyzer.js'
import {
  languageName,
  STEMMER_LANGUAGES,
  STOP_WORD_LANGUAGES,
  type StemmerLanguage,
  type StopWordLanguage,
} from './languages.js'

/** Options of `createBm25Encoder`. Names and defaults are those of Qdrant's model `qdrant/bm25`. */
export interface Bm25Options {
  /**
   * Sets the stemmer and the stop words: a name such as `'german'`, or its code (`'de'`). `'none'` has neither. Some
   * languages have only stop words, and Armenian and Tamil only a stemmer. Default: `'english'`.
   */
  readonly language?: Bm25Language | undefined
  /** How much repetitions of a token count. 0: not at all. At least 0. Default: 1.2. */
  readonly k?: number | undefined
  /** How much the length of a document counts, from 0 (not at all) to 1. Default: 0.75. */
  readonly b?: number | undefined
  /** The average number of tokens in a document, above 0. Default: 256. */
  readonly avgLen?: number | undefined
  /**
   * Where words end. `'word'`: at every character that is neither a letter nor a number. `'whitespace'`: at white space.
   * `'prefix'`: as `'word'`, and a document has all prefixes of its words. Qdrant's `'multilingual'` is not available:
   * it needs models that only the server has. Default: `'word'`.
   */
  readonly tokenizer?: 'word' | 'whitespace' | 'prefix' | undefined
  /** Whether case does not count. Stemmers and stop words expect lower case. Default: `true`. */
  readonly lowercase?: boolean | undefined
  /** Whether letters with marks become ASCII: `ação` becomes `acao`. Default: `false`. */
  readonly asciiFolding?: boolean | undefined
  /**
   * The words that are dropped: those of a language, or those of several and some of your own. `{}` drops none.
   * Default: those of `language`.
   */
  readonly stopwords?: StopWordLanguage | Bm25StopWords | undefined
  /** The Snowball stemmer of another language, or none. Default: that of `language`. */
  readonly stemmer?: Bm25Stemmer | undefined
  /** Characters of the shortest token that is kept, after stemming. Default: no limit. */
  readonly minTokenLen?: number | undefined
  /** Characters of the longest token that is kept, after stemming. With `'prefix'`, of the longest prefix. Default: no limit. */
  readonly maxTokenLen?: number | undefined
}

/** A language of `createBm25Encoder`, or its code, or none. */
export type Bm25Language = StopWordLanguage | StemmerLanguage | 'none' | (string & {})

/** Stop words of languages, and other words. */
export interface Bm25StopWords {
  readonly languages?: readonly (StopWordLanguage | (string & {}))[] | undefined
  readonly custom?: readonly string[] | undefined
}

/** A stemmer. */
export type Bm25Stemmer =
  | { readonly type: 'snowball'; readonly language: StemmerLanguage | (string & {}) }
  | { readonly type: 'none' }

/** Options with their defaults. */
export interface ResolvedBm25Options extends AnalyzerOptions {
  readonly k: number
  readonly b: number
  readonly avgLen: number
}

const KNOWN = [
  'language',
  'k',
  'b',
  'avgLen',
  'tokenizer',
  'lowercase',
  'asciiFolding',
  'stopwords',
  'stemmer',
  'minTokenLen',
  'maxTokenLen',
] as const

/**
 * Checks options, and adds the defaults.
 *
 * @throws TypeError for a value of a wrong type
 * @throws RangeError for an unknown option, an unknown language, or a number out of range
 */
export function resolveBm25Options(options: Bm25Options): ResolvedBm25Options {
  checkKnownOptions(options, KNOWN, 'createBm25Encoder')
  const { k = 1.2, b = 0.75, avgLen = 256, lowercase = true, asciiFolding = false } = options
  const { minTokenLen, maxTokenLen } = options
  const language = checkLanguage(options.language ?? 'english')
  return {
    k: checkNumber(k, 'k', 'of at least 0', k >= 0),
    b: checkNumber(b, 'b', 'from 0 to 1', b >= 0 && b <= 1),
    avgLen: checkNumber(avgLen, 'avgLen', 'above 0', avgLen > 0),
    tokenizer: checkTokenizer(options.tokenizer ?? 'word'),
    lowercase: checkBoolean(lowercase, 'lowercase'),
    asciiFolding: checkBoolean(asciiFolding, 'asciiFolding'),
    ...checkStopWords(options.stopwords, language),
    stemmer: checkStemmer(options.stemmer, language),
    minTokenLen: minTokenLen === undefined ? undefined : wholeNumber(minTokenLen, 'minTokenLen', 0),
    maxTokenLen: maxTokenLen === undefined ? Infinity : wholeNumber(maxTokenLen, 'maxTokenLen', 0),
  }
}

function checkNumber(value: unknown, path: string, range: string, isInRange: boolean): number {
  if (typeof value !== 'number') throw new TypeError(`"${path}" expected a number, got ${typeName(value)}`)
  if (Number.isFinite(value) && isInRange) return value
  throw new RangeError(`"${path}" expected a number ${range}, got ${value}`)
}

function checkTokenizer(value: unknown): AnalyzerOptions['tokenizer'] {
  if (value === 'multilingual') {
    throw new RangeError(
      '"tokenizer" expected word, whitespace or prefix, got "multilingual"; its models exist only in a Qdrant server',
    )
  }
  return oneOf(value, ['word', 'whitespace', 'prefix'], 'tokenizer')
}

const LANGUAGES: readonly string[] = [
  ...new Set([...STOP_WORD_LANGUAGES, ...STEMMER_LANGUAGES, 'none']),
].sort()

const checkLanguage = (value: unknown): string => oneOf(languageName(value), LANGUAGES, 'language')

const checkStopWordLanguage = (value: unknown, path: string): StopWordLanguage =>
  oneOf(languageName(value), STOP_WORD_LANGUAGES, path)

function checkStopWords(
  value: unknown,
  language: string,
): Pick<AnalyzerOptions, 'stopWordLanguages' | 'stopWords'> {
  if (value === undefined) {
    return { stopWordLanguages: STOP_WORD_LANGUAGES.filter(name => name === language), stopWords: [] }
  }
  if (typeof value === 'string') {
    return { stopWordLanguages: [checkStopWordLanguage(value, 'stopwords')], stopWords: [] }
  }
  checkKnownOptions(value, ['languages', 'custom'], 'createBm25Encoder', 'stopwords')
  const { languages = [], custom = [] } = value as { languages?: unknown; custom?: unknown }
  return {
    stopWordLanguages: checkArray(languages, 'stopwords.languages').map((name, i) =>
      checkStopWordLanguage(name, `stopwords.languages[${i}]`),
    ),
    stopWords: checkArray(custom, 'stopwords.custom').map((word, i) => {
      if (typeof word === 'string') return word
      throw new TypeError(`"stopwords.custom[${i}]" expected a string, got ${typeName(word)}`)
    }),
  }
}

function checkArray(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError(`"${path}" expected an array of strings, got ${typeName(value)}`)
}

function checkStemmer(value: unknown, language: string): StemmerLanguage | undefined {
  if (value === undefined) return STEMMER_LANGUAGES.find(name => name === language)
  checkKnownOptions(value, ['type', 'language'], 'createBm25Encoder', 'stemmer')
  const stemmer = value as { type?: unknown; language?: unknown }
  if (oneOf(stemmer.type, ['snowball', 'none'], 'stemmer.type') === 'none') return undefined
  return oneOf(languageName(stemmer.language), STEMMER_LANGUAGES, 'stemmer.language')
}

// The languages of the BM25 encoder, by the names that Qdrant gives them: those with stop words, those with a stemmer, and
// their codes. The stop words of a language are loaded when an encoder needs them.

const LISTS = {
  arabic: async () => (await import('./stop-words/arabic.js')).ARABIC,
  azerbaijani: async () => (await import('./stop-words/azerbaijani.js')).AZERBAIJANI,
  basque: async () => (await import('./stop-words/basque.js')).BASQUE,
  bengali: async () => (await import('./stop-words/bengali.js')).BENGALI,
  catalan: async () => (await import('./stop-words/catalan.js')).CATALAN,
  chinese: async () => (await import('./stop-words/chinese.js')).CHINESE,
  danish: async () => (await import('./stop-words/danish.js')).DANISH,
  dutch: async () => (await import('./stop-words/dutch.js')).DUTCH,
  english: async () => (await import('./stop-words/english.js')).ENGLISH,
  finnish: async () => (await import('./stop-words/finnish.js')).FINNISH,
  french: async () => (await import('./stop-words/french.js')).FRENCH,
  german: async () => (await import('./stop-words/german.js')).GERMAN,
  greek: async () => (await import('./stop-words/greek.js')).GREEK,
  hebrew: async () => (await import('./stop-words/hebrew.js')).HEBREW,
  hinglish: async () => (await import('./stop-words/hinglish.js')).HINGLISH,
  hungarian: async () => (await import('./stop-words/hungarian.js')).HUNGARIAN,
  indonesian: async () => (await import('./stop-words/indonesian.js')).INDONESIAN,
  italian: async () => (await import('./stop-words/italian.js')).ITALIAN,
  japanese: async () => (await import('./stop-words/japanese.js')).JAPANESE,
  kazakh: async () => (await import('./stop-words/kazakh.js')).KAZAKH,
  nepali: async () => (await import('./stop-words/nepali.js')).NEPALI,
  norwegian: async () => (await import('./stop-words/norwegian.js')).NORWEGIAN,
  portuguese: async () => (await import('./stop-words/portuguese.js')).PORTUGUESE,
  romanian: async () => (await import('./stop-words/romanian.js')).ROMANIAN,
  russian: async () => (await import('./stop-words/russian.js')).RUSSIAN,
  slovene: async () => (await import('./stop-words/slovene.js')).SLOVENE,
  spanish: async () => (await import('./stop-words/spanish.js')).SPANISH,
  swedish: async () => (await import('./stop-words/swedish.js')).SWEDISH,
  tajik: async () => (await import('./stop-words/tajik.js')).TAJIK,
  turkish: async () => (await import('./stop-words/turkish.js')).TURKISH,
} as const

/** A language with stop words. */
export type StopWordLanguage = keyof typeof LISTS

export const STOP_WORD_LANGUAGES = Object.keys(LISTS) as StopWordLanguage[]

export const STEMMER_LANGUAGES = [
  'arabic',
  'armenian',
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'greek',
  'hungarian',
  'italian',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'spanish',
  'swedish',
  'tamil',
  'turkish',
] as const

/** A language with a Snowball stemmer. */
export type StemmerLanguage = (typeof STEMMER_LANGUAGES)[number]

/** Codes that may stand for a language. They are Qdrant's: `jp` is Japanese. */
const CODES: Readonly<Record<string, StopWordLanguage | StemmerLanguage>> = {
  ar: 'arabic',
  az: 'azerbaijani',
  bn: 'bengali',
  ca: 'catalan',
  da: 'danish',
  de: 'german',
  el: 'greek',
  en: 'english',
  es: 'spanish',
  eu: 'basque',
  fi: 'finnish',
  fr: 'french',
  he: 'hebrew',
  'hi-en': 'hinglish',
  hu: 'hungarian',
  hy: 'armenian',
  id: 'indonesian',
  it: 'italian',
  jp: 'japanese',
  kk: 'kazakh',
  ne: 'nepali',
  nl: 'dutch',
  no: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sl: 'slovene',
  sv: 'swedish',
  ta: 'tamil',
  tg: 'tajik',
  tr: 'turkish',
  zh: 'chinese',
}

/** The name of the language that a name or a code stands for; anything else is returned unchanged. */
export const languageName = (name: unknown): unknown =>
  typeof name === 'string' && Object.hasOwn(CODES, name) ? CODES[name] : name

/** The stop words of a language. */
export const loadStopWords = async (language: StopWordLanguage): Promise<readonly string[]> =>
  (await LISTS[language]()).split(' ')

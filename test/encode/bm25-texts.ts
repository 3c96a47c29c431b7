// Texts for the tests of the BM25 encoder, with options: real sentences of many languages, and what tokenizers stumble over.

import type { Bm25Options, StopWordLanguage } from '../../src/encode/index.js'

/** Texts that are encoded with the same options. */
export interface Bm25Case {
  readonly name: string
  readonly options: Bm25Options
  readonly texts: readonly string[]
  /** Whether the engine in process has no such option. */
  readonly serverOnly?: boolean
}

const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  english: [
    'The quick brown foxes were jumping over the lazy dogs, happily and generously.',
    "Don't use FetchContent_Declare(googletest) with CMake 3.14; it isn't available before 3.11.",
    "The children's books weren't there, they'd been moved to o'clock lane 4000.",
    'Precompiled headers, pre-compiled headers and precompilation: communism, communities, generalizations.',
  ],
  german: [
    'Die schönsten Häuser standen außerhalb der Stadt, größer und älter als die übrigen.',
    'Donaudampfschifffahrtsgesellschaftskapitäne über Übungen, Maßnahmen und Straßen.',
  ],
  french: [
    "L'été dernier, nous étions allés à l'hôpital où les élèves français chantaient.",
    'Généralement, les œuvres complètes n’étaient pas disponibles aujourd’hui.',
  ],
  spanish: ['Los niños jugaban rápidamente en los jardines más bonitos de España, ¿verdad?'],
  portuguese: ['As canções brasileiras não são facilmente traduzíveis para outras línguas.'],
  italian: ['Le città italiane più antiche erano già state abbandonate dagli abitanti.'],
  dutch: ['De kinderen liepen voorzichtig door de geïsoleerde straten; zoëven één ĳsje, aĳen èten.'],
  danish: ['Børnene løb hurtigt gennem gaderne, mens de ældre spiste smørrebrød på øen.'],
  swedish: ['Barnen sprang snabbt genom gatorna när de äldre åt smörgåsar på ön.'],
  norwegian: ['Barna løp raskt gjennom gatene mens de eldre spiste brødskiver på øya.'],
  finnish: ['Lapset juoksivat nopeasti katujen läpi, kun vanhemmat söivät leipää saaressa.'],
  hungarian: ['A gyerekek gyorsan futottak az utcákon, miközben az idősebbek kenyeret ettek.'],
  romanian: ['Copiii alergau repede pe străzile orașului, în timp ce bătrânii mâncau pâine.'],
  russian: ['Дети быстро бежали по улицам города, пока старшие ели хлеб на острове.'],
  turkish: ['Çocuklar IŞIKLI sokaklarda hızla koşuyorlardı; İstanbul’daki evlerimizden geldiler.'],
  arabic: ['كان الأطفال يركضون بسرعة في الشوارع بينما كان الكبار يأكلون الخبز والكتاب'],
  greek: ['Τα παιδιά έτρεχαν γρήγορα στους ΔΡΟΜΟΥΣ της πόλης, ενώ οι μεγαλύτεροι έτρωγαν ψωμί.'],
  armenian: ['Երեխաները արագ վազում էին փողոցներով, մինչ մեծերը հաց էին ուտում։'],
  tamil: ['குழந்தைகள் தெருக்களில் வேகமாக ஓடிக்கொண்டிருந்தார்கள், பெரியவர்கள் ரொட்டி சாப்பிட்டார்கள்.'],
  hebrew: ['הילדים רצו מהר ברחובות בזמן שהמבוגרים אכלו לחם באי'],
  chinese: ['孩子们在街上飞快地奔跑，而大人们在岛上吃面包。'],
  japanese: ['子供たちは通りを速く走り、大人たちは島でパンを食べました。カタカナ'],
  hinglish: ['Bachche gali mein tez daud rahe the aur bade log roti kha rahe the.'],
  nepali: ['बच्चाहरू सडकमा छिटो दौडिरहेका थिए र ठूलाहरू रोटी खाँदै थिए।'],
  bengali: ['শিশুরা রাস্তায় দ্রুত দৌড়াচ্ছিল এবং বড়রা রুটি খাচ্ছিল।'],
  kazakh: ['Балалар көшеде жылдам жүгіріп, үлкендер нан жеп отырды.'],
  tajik: ['Кӯдакон дар кӯчаҳо зуд медавиданд ва калонсолон нон мехӯрданд.'],
  azerbaijani: ['Uşaqlar küçələrdə sürətlə qaçırdılar və böyüklər çörək yeyirdilər.'],
  basque: ['Umeak azkar zebiltzan kaleetan zehar, eta helduek ogia jaten zuten.'],
  catalan: ["Els nens corrien ràpidament pels carrers mentre els grans menjaven pa a l'illa."],
  indonesian: ['Anak-anak berlari cepat di jalanan sementara orang dewasa memakan roti.'],
  slovene: ['Otroci so hitro tekli po ulicah, medtem ko so starejši jedli kruh na otoku.'],
}

const ODD_TEXTS = [
  '',
  ' ',
  '\t\n\r\u00a0\u2003\u3000\u0085\u2028',
  '... --- !!! ???',
  'the of and',
  'a',
  'A A a a A',
  "'",
  "'s '' ''' it's rock'n'roll",
  'snake_case camelCase PascalCase kebab-case SCREAMING_SNAKE __init__ $var @param #tag',
  'https://example.com/path?query=1&b=2#fragment user@example.com 192.168.0.1 ::1',
  '3.14159 1,000,000 0x7fff 1e-9 -42 +1 50% v1.2.3-beta.4 ½ ² Ⅷ ① ٣٤ 一二三',
  'C++ C# F# .NET node.js std::vector<int> foo() => bar[0]',
  '😀 😀😀 👨‍👩‍👧‍👦 🇩🇪 emoji😀inside ❤️ ☃',
  '𝐀𝐁𝐂 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐐀𐐨 𐐀𐐨 letters beyond the basic plane 𝟙𝟚𝟛',
  'e\u0301te\u0301 cafe\u0301 naïve co\u00adoperate zero\u200bwidth joined\u200dnot',
  'ﬁne ﬂow ｆｕｌｌｗｉｄｔｈ ＡＢＣ ǅ ǆ Ǆ ß ẞ ſ K Å',
  'ΣΑΣ ΣΊΣΥΦΟΣ ς σ İstanbul ISPARTA ıI',
  'ĳsvrĳ ĳĳen aĳen eĳs oñen èten èèn aßen',
  'x'.repeat(3_000),
  `${'word '.repeat(2_000)}once`,
  'null\0byte \0 \ufffd \ue000private\uf8ff \ue000𝐀running',
  'running runs ran runner; generously generous; skies dying news',
  'ـتطويلـ العَرَبِيَّة', // codespell:ignore
  'हिन्दी में कुछ शब्द ภาษาไทย ไม่มีช่องว่าง 한국어 문장입니다 Tiếng Việt có dấu',
]

/** Sentences of all languages, and odd texts. */
export const bm25Texts: readonly string[] = [...Object.values(SENTENCES).flat(), ...ODD_TEXTS]

/** Each language with its sentences, once in upper case, and all that stumbling blocks. */
const languageCases = Object.entries(SENTENCES).map(([language, sentences]): Bm25Case => {
  const texts = [...sentences, ...sentences.map(text => text.toUpperCase()), ...ODD_TEXTS]
  const serverOnly = language === 'armenian' || language === 'tamil'
  return { name: language, options: { language, avgLen: 8 }, texts, serverOnly }
})

const stopWords: StopWordLanguage = 'french'

export const bm25Cases: readonly Bm25Case[] = [
  { name: 'no options', options: {}, texts: bm25Texts },
  ...languageCases,
  { name: 'k, b and avgLen', options: { k: 0.9, b: 0.4, avgLen: 12.5 }, texts: bm25Texts },
  { name: 'k of 0', options: { k: 0 }, texts: bm25Texts },
  { name: 'b of 0', options: { b: 0, k: 2.5 }, texts: bm25Texts },
  { name: 'b of 1', options: { b: 1, avgLen: 3 }, texts: bm25Texts },
  { name: 'case counts', options: { lowercase: false }, texts: bm25Texts },
  { name: 'ASCII folding', options: { asciiFolding: true }, texts: bm25Texts },
  {
    name: 'ASCII folding of French without lower case',
    options: { asciiFolding: true, lowercase: false, language: 'french' },
    texts: bm25Texts,
  },
  { name: 'white space', options: { tokenizer: 'whitespace' }, texts: bm25Texts },
  {
    name: 'prefixes',
    options: { tokenizer: 'prefix', minTokenLen: 2, maxTokenLen: 5 },
    texts: bm25Texts.filter(text => text.length < 500),
  },
  {
    name: 'prefixes without limits',
    options: { tokenizer: 'prefix', language: 'german' },
    texts: bm25Texts.filter(text => text.length < 500),
  },
  { name: 'token lengths', options: { minTokenLen: 3, maxTokenLen: 6 }, texts: bm25Texts },
  { name: 'token lengths of none', options: { minTokenLen: 0, maxTokenLen: 0 }, texts: bm25Texts },
  { name: 'stop words of another language', options: { stopwords: stopWords }, texts: bm25Texts },
  {
    name: 'stop words of several languages and others',
    options: { stopwords: { languages: ['german', 'english'], custom: ['Foxes', 'DOGS', 'été', 'o'] } },
    texts: bm25Texts,
  },
  { name: 'no stop words', options: { stopwords: {} }, texts: bm25Texts },
  {
    name: 'the stemmer of another language',
    options: { stemmer: { type: 'snowball', language: 'german' } },
    texts: bm25Texts,
  },
  { name: 'no stemmer', options: { stemmer: { type: 'none' } }, texts: bm25Texts, serverOnly: true },
  { name: 'no language', options: { language: 'none' }, texts: bm25Texts, serverOnly: true },
  { name: 'a code', options: { language: 'sv' }, texts: bm25Texts },
]

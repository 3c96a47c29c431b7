// Snowball stemmers that return what Qdrant's do. The packages count UTF-16 units where Qdrant counts characters, or in one
// place bytes; words in which these differ are rewritten before stemming, and restored after it.

import type { StemmerLanguage } from './languages.js'

/** Returns the stem of a word in lower case. */
export type Stem = (word: string) => string

/** Loads the stemmer of a language. */
export async function loadStemmer(language: StemmerLanguage): Promise<Stem> {
  const stem = language === 'greek' ? await loadGreek() : await loadSnowball(language)
  return oneUnitPerCharacter(language === 'dutch' ? dutchOfBytes(stem) : stem)
}

async function loadSnowball(language: StemmerLanguage): Promise<Stem> {
  // the build bundles it, because bundlers without a plugin do not read CommonJS
  const loaded = await import('snowball-stemmers')
  // a bundler may keep the names of a CommonJS module, Node has them as its default
  const { newStemmer } = 'default' in loaded ? (loaded.default as typeof loaded) : loaded
  const stemmer = newStemmer(language)
  return word => stemmer.stem(word)
}

/** Greek is not in snowball-stemmers. The build bundles this one, because its package takes 4 MB. */
const loadGreek = async (): Promise<Stem> => (await import('@orama/stemmers/greek')).stemmer

/** The characters that the placeholders stand for: those that take two units, and the placeholders' own. */
const REPLACED = /[\u{e000}-\u{f8ff}\u{10000}-\u{10ffff}]/gu

/**
 * No rule of a stemmer names a character beyond U+FFFF, so one of private use can stand for each of them. Equal characters
 * have the same, because some stemmers remove a doubled letter.
 */
function oneUnitPerCharacter(stem: Stem): Stem {
  return word => {
    const found = word.match(REPLACED)
    if (!found) return stem(word)
    const replaced = [...new Set(found)]
    const plain = word.replace(REPLACED, character =>
      String.fromCharCode(0xe000 + replaced.indexOf(character)),
    )
    return stem(plain).replace(REPLACED, placeholder => replaced[placeholder.charCodeAt(0) - 0xe000]!)
  }
}

/**
 * Suffixes of Dutch words are removed after the first consonant that follows a vowel, and at least three characters from
 * the start. Qdrant counts three bytes. If the first two characters are a vowel and a consonant, and one of them takes
 * more than a byte, another vowel before them makes three characters of them.
 */
function dutchOfBytes(stem: Stem): Stem {
  return word => (DUTCH_THREE_BYTES.test(word) ? stem(`e${word}`).slice(1) : stem(word))
}

const VOWELS = 'aeiouäëïöüáéíóúè'

/** `y` is a consonant at the start and after a vowel, `i` between vowels. The other marks are removed at first. */
const DUTCH_THREE_BYTES = new RegExp(`^(?:[${VOWELS}][^\\0-\\x7f${VOWELS}]|è[^${VOWELS}]|èi[${VOWELS}])`, 'u')

// Finds the words of a text and other spellings under which to look them up.
//
// A word is a run of letters and digits of any script, with single apostrophes and hyphens inside it. Offsets are
// UTF-16 indices into the original text; the text of a word is normalized (NFKC, lower case, ASCII apostrophe and
// hyphen), so that `Ｃａｆé’s` and `café's` are the same word. No string makes these functions throw; a run of letters
// that is longer than any word is cut.
import type { Token } from '../encoder-types.js'

// A mark (accent, soft hyphen) may follow a letter but not begin a word; an apostrophe or hyphen must be between two
// runs. The repetitions are bounded, because without bounds the engine runs out of stack on five megabytes of
// `x-x-x-…`.
const RUN = '[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}\\u00ad]{0,255}'
const WORD = new RegExp(`${RUN}(?:['’ʼ＇\\-‐‑－]${RUN}){0,255}`, 'gu')
const JOINER = /['’ʼ＇\-‐‑－]/u
const CLITIC = /^(.+)['’ʼ＇](?:s|ll|d|re|ve|m)$/iu
const NEGATION = /^(.+)n['’ʼ＇]t$/iu
const IRREGULAR_VERBS: Readonly<Record<string, string>> = { ca: 'can', wo: 'will', sha: 'shall' }
const BEYOND_ASCII = /[^\0-\x7f]/

/**
 * Returns the words of a text in order, with their offsets. Everything between them is dropped.
 *
 * A word keeps its inner apostrophes and hyphens.
 *
 * @example
 * import { tokenize } from 'maxsimd/encode/static'
 *
 * tokenize('Fear of CAT’s') // [{ text: 'fear', start: 0, end: 4 }, { text: 'of', start: 5, end: 7 }, { text: "cat's", start: 8, end: 13 }]
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(WORD)) {
    tokens.push({ text: normalize(match[0]), start: match.index, end: match.index + match[0].length })
  }
  return tokens
}

/**
 * Returns other ways to look up a word that is not in the vocabulary, best first. `token` is the word, in `source`.
 *
 * Each way is a list of tokens: one for another spelling of the whole word (`café` as `cafe`, `dog's` as `dog`,
 * `o'clock` as `oclock`), several for the parts of a compound (`two-wheeled` as `two`, `wheeled`; `don't` as `do`,
 * `not`). A plain word has no variants.
 */
export function alternatives(source: string, token: Token): Token[][] {
  const ways: Token[][] = []
  const bare = withoutMarks(token.text)
  if (bare !== token.text) ways.push([{ ...token, text: bare }])

  const written = source.slice(token.start, token.end)
  if (!JOINER.test(written)) return ways
  const verb = NEGATION.exec(written)?.[1]
  if (verb !== undefined) return [...ways, splitNegation(source, token, verb)]
  const head = CLITIC.exec(written)?.[1]
  if (head !== undefined) {
    const host = tokenAt(source, token.start, token.start + head.length)
    return [...ways, [host], ...alternatives(source, host)]
  }
  if (bare.includes("'")) ways.push([{ ...token, text: bare.replaceAll("'", '') }])
  ways.push(splitCompound(source, token, written))
  return ways
}

/** The verb and the `not` of `don't` or `can't`. Their offsets are those of `do` and `n't`. */
function splitNegation(source: string, token: Token, verb: string): Token[] {
  const host = tokenAt(source, token.start, token.start + verb.length)
  return [
    { ...host, text: IRREGULAR_VERBS[host.text] ?? host.text },
    { text: 'not', start: host.end, end: token.end },
  ]
}

/** The parts of a compound. One with apostrophes and hyphens (`will-o'-the-wisp`) is split at both. */
function splitCompound(source: string, token: Token, written: string): Token[] {
  const parts: Token[] = []
  let start = token.start
  for (const part of written.split(JOINER)) {
    parts.push(tokenAt(source, start, start + part.length))
    start += part.length + 1
  }
  return parts
}

function tokenAt(source: string, start: number, end: number): Token {
  return { text: normalize(source.slice(start, end)), start, end }
}

function normalize(written: string): string {
  // nearly all words are ASCII, which NFKC does not change
  if (!BEYOND_ASCII.test(written)) return written.toLowerCase()
  return written
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’ʼ]/gu, "'")
    .replace(/[‐‑]/gu, '-')
    .replace(/\u00ad/gu, '')
}

function withoutMarks(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text
  return text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC')
}

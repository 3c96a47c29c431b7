// Text to words: what counts as a word, where it stands, and which spellings of it are worth looking up.
//
// A word is a run of letters and digits of any script, with single apostrophes and hyphens inside it. Offsets are UTF-16
// indices into the text as it came; the word's own text is normalised (NFKC, lower case, typewriter apostrophe and
// hyphen), so that `Ｃａｆé’s` and `café's` are one word. No string makes any of this throw; a run of letters that is
// longer than any word is cut.
//
// It must not know which words have vectors.

/** A word of a text: `source.slice(start, end)` is how it was written, `text` is that in normal form. */
export interface Token {
  readonly text: string
  /** UTF-16 index of the first unit in the source text. */
  readonly start: number
  /** UTF-16 index after the last unit in the source text. */
  readonly end: number
}

// a mark (accent, soft hyphen) may follow a letter but not begin a word; an apostrophe or hyphen must stand between
// the counts are bounded, because an expression without bounds runs out of stack in five megabytes of `x-x-x-…`
const run = '[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}\\u00ad]{0,255}'
const word = new RegExp(`${run}(?:['’ʼ＇\\-‐‑－]${run}){0,255}`, 'gu')
const joiner = /['’ʼ＇\-‐‑－]/u
const clitic = /^(.+)['’ʼ＇](?:s|ll|d|re|ve|m)$/iu
const negation = /^(.+)n['’ʼ＇]t$/iu
const irregular: Readonly<Record<string, string>> = { ca: 'can', wo: 'will', sha: 'shall' }
const beyondAscii = /[^\0-\x7f]/

/**
 * The words of a text, in order, each with its offsets. Everything between them is dropped.
 *
 * A word keeps its inner apostrophes and hyphens; see `alternatives` for its parts.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(word)) {
    tokens.push({ text: normalize(match[0]), start: match.index, end: match.index + match[0].length })
  }
  return tokens
}

/**
 * Other ways to look a word up that was not found as it stands, best first, for the word of `source` that `token` is.
 *
 * Each way is a list of tokens: one for another spelling of the whole (`café` as `cafe`, `dog's` as `dog`, `o'clock` as
 * `oclock`), several for the parts of a compound (`two-wheeled` as `two`, `wheeled`; `don't` as `do`, `not`). Empty for
 * a plain word.
 */
export function alternatives(source: string, token: Token): Token[][] {
  const ways: Token[][] = []
  const bare = withoutMarks(token.text)
  if (bare !== token.text) ways.push([{ ...token, text: bare }])

  const written = source.slice(token.start, token.end)
  if (!joiner.test(written)) return ways
  const verb = negation.exec(written)?.[1]
  if (verb !== undefined) return [...ways, negated(source, token, verb)]
  const head = clitic.exec(written)?.[1]
  if (head !== undefined) {
    const host = spell(source, token.start, token.start + head.length)
    return [...ways, [host], ...alternatives(source, host)]
  }
  if (bare.includes("'")) ways.push([{ ...token, text: bare.replaceAll("'", '') }])
  ways.push(parts(source, token, written))
  return ways
}

/** The verb and the `not` of `don't`, `can't`; the offsets are those of `do` and `n't`. */
function negated(source: string, token: Token, verb: string): Token[] {
  const host = spell(source, token.start, token.start + verb.length)
  return [
    { ...host, text: irregular[host.text] ?? host.text },
    { text: 'not', start: host.end, end: token.end },
  ]
}

/** The pieces of a compound. One with an apostrophe and a hyphen (`will-o'-the-wisp`) falls apart at both. */
function parts(source: string, token: Token, written: string): Token[] {
  const pieces: Token[] = []
  let start = token.start
  for (const piece of written.split(joiner)) {
    pieces.push(spell(source, start, start + piece.length))
    start += piece.length + 1
  }
  return pieces
}

function spell(source: string, start: number, end: number): Token {
  return { text: normalize(source.slice(start, end)), start, end }
}

function normalize(written: string): string {
  // nearly all words are ASCII, and there NFKC has nothing to do
  if (!beyondAscii.test(written)) return written.toLowerCase()
  return written
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’ʼ]/gu, "'")
    .replace(/[‐‑]/gu, '-')
    .replace(/\u00ad/gu, '')
}

function withoutMarks(text: string): string {
  if (!beyondAscii.test(text)) return text
  return text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC')
}

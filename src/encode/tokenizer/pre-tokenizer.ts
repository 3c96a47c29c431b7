// Splits a text before words are looked up: `pre_tokenizer` of tokenizer.json. No step joins what an earlier one split.
import { type AlignedText, forEachMatch, prepend, replace, slice, spanOf } from './aligned.js'
import { spellBytes } from './byte-level.js'
import { type JsonObject, objectAt, objectsAt, stringAt, unsupportedType } from './json.js'
import { readPattern } from './normalizer.js'
import { escapePattern, PUNCTUATION_MARK, SPACE, WORD_CHARACTERS } from './unicode.js'

/** Splits one piece into pieces, in order. Text that is dropped between them has no tokens. */
export type PreTokenizer = (piece: AlignedText) => readonly AlignedText[]

/** The treatment of the matches at which a text is split, under the names of tokenizer.json. */
const SPLIT_BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const
type SplitBehavior = (typeof SPLIT_BEHAVIORS)[number]

/** A part of a text: a match of the pattern, or the text between matches. */
interface SplitPart {
  readonly from: number
  readonly to: number
  readonly isMatch: boolean
}

const SPACES = new RegExp(`${SPACE}+`, 'gu')
const SINGLE_SPACES = new RegExp(SPACE, 'gu')
const PUNCTUATION_MARKS = new RegExp(PUNCTUATION_MARK, 'gu')
const DIGITS = /\p{N}/gu
/** The matches of the pre-tokenizer Whitespace: words, and runs of other characters. */
const WORDS = new RegExp(`[${WORD_CHARACTERS}]+|[^${WORD_CHARACTERS}${SPACE}]+`, 'gu')
/** GPT-2's pattern for words. */
const BYTE_LEVEL_WORDS = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`,
  'gu',
)

const PRE_TOKENIZER_TYPES = [
  'BertPreTokenizer',
  'ByteLevel',
  'CharDelimiterSplit',
  'Digits',
  'FixedLength',
  'Metaspace',
  'Punctuation',
  'Sequence',
  'Split',
  'Whitespace',
  'WhitespaceSplit',
]

/**
 * Reads a pre-tokenizer. Without one a text is a single piece. `path` names the file in errors.
 *
 * @throws RangeError if a step has an unsupported type or pattern
 */
export function readPreTokenizer(object: JsonObject | undefined, path: string): PreTokenizer {
  if (!object) return piece => [piece]
  switch (object.type) {
    case 'BertPreTokenizer':
      return piece =>
        split(piece, SINGLE_SPACES, 'Removed').flatMap(part => split(part, PUNCTUATION_MARKS, 'Isolated'))
    case 'Whitespace':
      return piece => split(piece, WORDS, 'Removed', true)
    case 'WhitespaceSplit':
      return piece => split(piece, SPACES, 'Removed')
    case 'Punctuation': {
      const behavior = readBehavior(object, path)
      return piece => split(piece, PUNCTUATION_MARKS, behavior)
    }
    case 'CharDelimiterSplit': {
      const delimiters = new RegExp(escapePattern(stringAt(object.delimiter)), 'gu')
      return piece => split(piece, delimiters, 'Removed')
    }
    case 'FixedLength':
      return fixedLength(object)
    case 'Digits':
      return piece => split(piece, DIGITS, object.individual_digits === true ? 'Isolated' : 'Contiguous')
    case 'Metaspace':
      return metaspace(object)
    case 'ByteLevel':
      return byteLevel(object)
    case 'Split': {
      const pattern = readPattern(objectAt(object.pattern, path), path)
      const behavior = readBehavior(object, path)
      return piece => split(piece, pattern, behavior, object.invert === true)
    }
    case 'Sequence': {
      const steps = objectsAt(object.pretokenizers, path).map(step => readPreTokenizer(step, path))
      return piece => steps.reduce<readonly AlignedText[]>((pieces, step) => pieces.flatMap(step), [piece])
    }
    default:
      throw unsupportedType(path, 'pre-tokenizer', object, PRE_TOKENIZER_TYPES)
  }
}

function readBehavior(object: JsonObject, path: string): SplitBehavior {
  const behavior = stringAt(object.behavior, 'Isolated')
  const known = SPLIT_BEHAVIORS.find(name => name === behavior)
  if (!known) throw unsupportedType(path, 'split behavior', { type: behavior }, SPLIT_BEHAVIORS)
  return known
}

/** Splits a text at each match of a global pattern; with `isInverted`, at the text between matches. */
function split(
  piece: AlignedText,
  pattern: RegExp,
  behavior: SplitBehavior,
  isInverted = false,
): AlignedText[] {
  const parts: SplitPart[] = []
  const add = (from: number, to: number, isMatch: boolean) => {
    if (to > from) parts.push({ from, to, isMatch: isMatch !== isInverted })
  }
  let done = 0
  forEachMatch(piece.text, pattern, (from, to) => {
    add(done, from, false)
    add(from, to, true)
    done = to
  })
  add(done, piece.text.length, false)
  return applyBehavior(parts, behavior).map(({ from, to }) => slice(piece, from, to))
}

/** Removes matches, or merges them with their neighbours. */
function applyBehavior(parts: readonly SplitPart[], behavior: SplitBehavior): readonly SplitPart[] {
  if (behavior === 'Isolated') return parts
  if (behavior === 'Removed') return parts.filter(({ isMatch }) => !isMatch)
  const merged: SplitPart[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    if (last && isMerged(last, part, behavior)) {
      merged.splice(-1, 1, { from: last.from, to: part.to, isMatch: part.isMatch })
    } else merged.push(part)
  }
  return merged
}

function isMerged(
  last: SplitPart,
  part: SplitPart,
  behavior: Exclude<SplitBehavior, 'Isolated' | 'Removed'>,
): boolean {
  switch (behavior) {
    case 'Contiguous':
      return last.isMatch === part.isMatch
    case 'MergedWithPrevious':
      return part.isMatch && !last.isMatch
    case 'MergedWithNext':
      return last.isMatch && !part.isMatch
    default:
      return behavior satisfies never
  }
}

/** Splits a text after every `length` characters. */
function fixedLength({ length }: JsonObject): PreTokenizer {
  const size = typeof length === 'number' && length >= 1 ? length : 5
  const parts = new RegExp(`[^]{1,${size}}`, 'gu')
  return piece => split(piece, parts, 'Isolated')
}

/** SentencePiece's split: spaces become ▁, and each word begins with one. */
function metaspace(object: JsonObject): PreTokenizer {
  const mark = stringAt(object.replacement, '▁')
  const scheme = stringAt(object.prepend_scheme, object.add_prefix_space === false ? 'never' : 'always')
  const marks = new RegExp(escapePattern(mark), 'gu')
  return piece => {
    const marked = replace(piece, / /gu, () => mark)
    const needsMark = scheme === 'always' || (scheme === 'first' && spanOf(piece, 0, 0).start === 0)
    const whole = needsMark && !marked.text.startsWith(mark) ? prepend(marked, mark) : marked
    return object.split === false ? [whole] : split(whole, marks, 'MergedWithNext')
  }
}

/** GPT-2's split: words, spelled by the bytes of their UTF-8. */
function byteLevel(object: JsonObject): PreTokenizer {
  return piece => {
    const needsSpace = object.add_prefix_space !== false && !piece.text.startsWith(' ')
    const whole = needsSpace ? prepend(piece, ' ') : piece
    const words = object.use_regex === false ? [whole] : split(whole, BYTE_LEVEL_WORDS, 'Isolated')
    return words.map(spellBytes)
  }
}

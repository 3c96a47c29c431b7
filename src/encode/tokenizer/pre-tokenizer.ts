// Where a text is cut before words are looked up: `pre_tokenizer` of tokenizer.json. A cut never joins what stood apart.
import { type Aligned, cut, prepend, replace } from './aligned.js'
import { type Node, nodeAt, nodesAt, stringAt, unsupportedType } from './json.js'
import { readPattern } from './normalizer.js'
import { letter, punctuation, space } from './unicode.js'

/** Cuts one piece into pieces, in order; what is dropped between them has no row. */
export type PreTokenizer = (piece: Aligned) => readonly Aligned[]

/** What becomes of a match when a text is split at it, in the file's words. */
type Behavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous'

/** Splits at every match of a global pattern; with `invert`, at what is between the matches. */
function split(piece: Aligned, pattern: RegExp, behavior: Behavior, invert = false): Aligned[] {
  const parts: { from: number; to: number; matched: boolean }[] = []
  let at = 0
  const note = (from: number, to: number, matched: boolean) => {
    if (to > from) parts.push({ from, to, matched: matched !== invert })
  }
  for (const { 0: found, index } of piece.text.matchAll(pattern)) {
    note(at, index, false)
    note(index, index + found.length, true)
    at = index + found.length
  }
  note(at, piece.text.length, false)
  return merge(parts, behavior).map(({ from, to }) => cut(piece, from, to))
}

function merge(
  parts: readonly { from: number; to: number; matched: boolean }[],
  behavior: Behavior,
): readonly { from: number; to: number }[] {
  if (behavior === 'Isolated') return parts
  if (behavior === 'Removed') return parts.filter(({ matched }) => !matched)
  const merged: { from: number; to: number; matched: boolean }[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    const joins =
      last !== undefined &&
      (behavior === 'Contiguous'
        ? last.matched === part.matched
        : behavior === 'MergedWithPrevious'
          ? part.matched && !last.matched
          : last.matched && !part.matched)
    if (joins) merged.splice(-1, 1, { from: last.from, to: part.to, matched: part.matched })
    else merged.push(part)
  }
  return merged
}

const spaces = new RegExp(`${space}+`, 'gu')
const oneSpace = new RegExp(space, 'gu')
const punctuations = new RegExp(punctuation, 'gu')
const words = new RegExp(`[${letter}]+|[^${letter}${space}]+`, 'gu')
const byteLevelWords = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${space}\\p{L}\\p{N}]+|${space}+(?!\\P{White_Space})|${space}+`,
  'gu',
)

function metaspace(node: Node): PreTokenizer {
  const mark = stringAt(node.replacement, '▁')
  const scheme = stringAt(node.prepend_scheme, node.add_prefix_space === false ? 'never' : 'always')
  const atMark = new RegExp(mark.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu')
  return piece => {
    const marked = replace(piece, / /gu, () => mark)
    const isFirst = scheme === 'always' || (scheme === 'first' && (piece.start[0] ?? 0) === 0)
    const whole = isFirst && !marked.text.startsWith(mark) ? prepend(marked, mark) : marked
    return node.split === false ? [whole] : split(whole, atMark, 'MergedWithNext')
  }
}

/** Each byte of UTF-8 as a visible character, as byte-level vocabularies spell it. */
const byteSigns: readonly string[] = (() => {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => {
    const isVisible = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
    return String.fromCharCode(isVisible ? byte : next++)
  })
})()

function byteLevel(node: Node): PreTokenizer {
  const utf8 = new TextEncoder()
  const signsOf = (letter: string) => Array.from(utf8.encode(letter), byte => byteSigns[byte]!).join('')
  return piece => {
    const isPrefixed = node.add_prefix_space !== false && !piece.text.startsWith(' ')
    const whole = isPrefixed ? prepend(piece, ' ') : piece
    const parts = node.use_regex === false ? [whole] : split(whole, byteLevelWords, 'Isolated')
    return parts.map(part => replace(part, /[^!-~]/gu, signsOf))
  }
}

const known = [
  'BertPreTokenizer',
  'ByteLevel',
  'Digits',
  'Metaspace',
  'Punctuation',
  'Sequence',
  'Split',
  'Whitespace',
  'WhitespaceSplit',
]

/** Reads a pre-tokenizer; where the file has none, a text stays whole. */
export function readPreTokenizer(node: Node | undefined, path: string): PreTokenizer {
  if (!node) return piece => [piece]
  switch (node.type) {
    case 'BertPreTokenizer':
      return piece => split(piece, oneSpace, 'Removed').flatMap(part => split(part, punctuations, 'Isolated'))
    case 'Whitespace':
      return piece => split(piece, words, 'Removed', true)
    case 'WhitespaceSplit':
      return piece => split(piece, spaces, 'Removed')
    case 'Punctuation':
      return piece => split(piece, punctuations, stringAt(node.behavior, 'Isolated') as Behavior)
    case 'Digits':
      return piece => split(piece, /\p{N}/gu, node.individual_digits === true ? 'Isolated' : 'Contiguous')
    case 'Metaspace':
      return metaspace(node)
    case 'ByteLevel':
      return byteLevel(node)
    case 'Split': {
      const pattern = readPattern(nodeAt(node.pattern, path), path)
      return piece =>
        split(piece, pattern, stringAt(node.behavior, 'Isolated') as Behavior, node.invert === true)
    }
    case 'Sequence': {
      const steps = nodesAt(node.pretokenizers, path).map(step => readPreTokenizer(step, path))
      return piece => steps.reduce<readonly Aligned[]>((pieces, step) => pieces.flatMap(step), [piece])
    }
    default:
      throw unsupportedType(path, 'pre-tokenizer', node, known)
  }
}

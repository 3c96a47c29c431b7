// How a text is spelled before it is cut: `normalizer` of tokenizer.json, step for step as the tokenizers library does
// it, each unit aligned to the original.
//
// Case is folded character by character, so a final sigma stays a sigma: models were trained on that.
import { type Aligned, cut, prepend, replace, rewrite } from './aligned.js'
import { type Node, nodeAt, nodesAt, stringAt, unsupportedType } from './json.js'
import { readCharsmap } from './precompiled-charsmap.js'
import { control, ideograph, mark, nonspacing, patternOf, space, undecomposed } from './unicode.js'

/** One step of spelling. */
export type Normalizer = (piece: Aligned) => Aligned

type Form = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

const unwanted = new RegExp(`[\\0\\ufffd]|${control}`, 'gu')
const anySpace = new RegExp(space, 'gu')
const marks = new RegExp(nonspacing, 'gu')
const allMarks = new RegExp(mark, 'gu')
const ideographs = new RegExp(ideograph, 'gu')
// a character with what may compose with it: marks, halfwidth voicing marks, the rest of a Hangul syllable, of whichever
// kind its letters are (NFKC makes ㄱㅏ one syllable)
const cluster =
  /(?:[\u1100-\u115f\u3131-\u318e\uffa0-\uffdc]+[\u1160-\u11ff\u3131-\u318e\uffa0-\uffdc]*|[\uac00-\ud7a3][\u1160-\u11ff\u3131-\u318e\uffa0-\uffdc]*|\P{M})[\p{M}\uff9e\uff9f]*|\p{M}+/gu
const beyondAscii = /\P{ASCII}/u
const upper = /[^\0-@[-\x7f]/gu

export function compose(piece: Aligned, form: Form): Aligned {
  if (!beyondAscii.test(piece.text)) return piece
  const whole = inForm(piece.text, form)
  const inClusters = replace(piece, cluster, found => inForm(found, form))
  if (inClusters.text === whole) return inClusters
  // something composes across clusters: the spelling is right, and aligned as a whole
  return rewrite(piece, [{ segment: piece.text, index: 0 }], () => whole)
}

const unknown = new RegExp(`(${undecomposed})`, 'u')

function inForm(text: string, form: Form): string {
  if (!unknown.test(text)) return text.normalize(form)
  return text
    .split(unknown)
    .map((part, i) => (i % 2 === 1 ? part : part.normalize(form)))
    .join('')
}

const lowercase: Normalizer = piece => replace(piece, upper, letter => letter.toLowerCase())

function bert({ clean_text, handle_chinese_chars, strip_accents, lowercase: lower }: Node): Normalizer {
  const folds = lower !== false
  return piece => {
    let now = piece
    if (clean_text !== false)
      now = replace(
        replace(now, unwanted, () => ''),
        anySpace,
        () => ' ',
      )
    if (handle_chinese_chars !== false) now = replace(now, ideographs, found => ` ${found} `)
    if (strip_accents ?? folds) now = replace(compose(now, 'NFD'), marks, () => '')
    return folds ? lowercase(now) : now
  }
}

function strip({ strip_left, strip_right }: Node): Normalizer {
  const isSpace = new RegExp(`^${space}$`, 'u')
  return piece => {
    let [from, to] = [0, piece.text.length]
    if (strip_left !== false) while (from < to && isSpace.test(piece.text[from]!)) from++
    if (strip_right !== false) while (to > from && isSpace.test(piece.text[to - 1]!)) to--
    return cut(piece, from, to)
  }
}

const known = [
  'BertNormalizer',
  'Lowercase',
  'NFC',
  'NFD',
  'NFKC',
  'NFKD',
  'Nmt',
  'Precompiled',
  'Prepend',
  'Replace',
  'Sequence',
  'Strip',
  'StripAccents',
]

/** Reads a normalizer; none where the file has none. `path` names the file in errors. */
export function readNormalizer(node: Node | undefined, path: string): Normalizer {
  if (!node) return piece => piece
  switch (node.type) {
    case 'BertNormalizer':
      return bert(node)
    case 'Lowercase':
      return lowercase
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = node.type
      return piece => compose(piece, form)
    }
    case 'StripAccents':
      return piece => replace(piece, allMarks, () => '')
    case 'Nmt':
      return nmt
    case 'Strip':
      return strip(node)
    case 'Prepend': {
      const before = stringAt(node.prepend)
      return piece => (piece.text === '' ? piece : prepend(piece, before))
    }
    case 'Replace': {
      const pattern = readPattern(nodeAt(node.pattern, path), path)
      const content = stringAt(node.content)
      return piece => replace(piece, pattern, () => content)
    }
    case 'Precompiled': {
      return readCharsmap(stringAt(node.precompiled_charsmap), path) ?? (piece => piece)
    }
    case 'Sequence': {
      const steps = nodesAt(node.normalizers, path).map(step => readNormalizer(step, path))
      return piece => steps.reduce((now, step) => step(now), piece)
    }
    default:
      throw unsupportedType(path, 'normalizer', node, known)
  }
}

const dropped = classOfCodes([
  [1, 8],
  [0xb, 0xb],
  [0xe, 0x1f],
  [0x7f, 0x7f],
  [0x8f, 0x8f],
  [0x9f, 0x9f],
])
const blank = classOfCodes([
  [9, 0xa],
  [0xc, 0xd],
  [0x1680, 0x1680],
  [0x200b, 0x200f],
  [0x2028, 0x2029],
  [0x2581, 0x2581],
  [0xfeff, 0xfeff],
  [0xfffd, 0xfffd],
])
const nmt: Normalizer = piece =>
  replace(
    replace(piece, dropped, () => ''),
    blank,
    () => ' ',
  )

function classOfCodes(ranges: readonly (readonly [number, number])[]): RegExp {
  const escaped = (code: number) => `\\u{${code.toString(16)}}`
  return new RegExp(`[${ranges.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('')}]`, 'gu')
}

/** `{ String }` or `{ Regex }`. */
export function readPattern(node: Node | undefined, path: string): RegExp {
  if (typeof node?.Regex === 'string') return patternOf(node.Regex, path)
  return new RegExp(
    stringAt(node?.String)
      .replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
      .replaceAll('\\-', '-'),
    'gu',
  )
}

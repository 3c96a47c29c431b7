// Normalizes a text before it is split: `normalizer` of tokenizer.json. Each step equals that of the tokenizers
// library, and keeps each unit aligned with the original.
//
// Lower case is formed character by character, so a final sigma stays a sigma: models were trained on such texts.
import { type AlignedText, prepend, replace, rewrite, slice } from './aligned.js'
import { spellBytes } from './byte-level.js'
import { type JsonObject, objectAt, objectsAt, stringAt, unsupportedType } from './json.js'
import { readCharsmap } from './precompiled-charsmap.js'
import {
  CONTROL,
  classOf,
  escapePattern,
  IDEOGRAPH,
  MARK,
  NONSPACING_MARK,
  SPACE,
  toPattern,
  UNDECOMPOSED,
} from './unicode.js'

/** One step of normalization. */
export type Normalizer = (piece: AlignedText) => AlignedText

type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

/** NUL, U+FFFD and controls, which BERT drops. */
const DROPPED_BY_BERT = new RegExp(`[\\0\\ufffd]|${CONTROL}`, 'gu')
const SPACES = new RegExp(SPACE, 'gu')
const IS_SPACE = new RegExp(`^${SPACE}$`, 'u')
const NONSPACING_MARKS = new RegExp(NONSPACING_MARK, 'gu')
const MARKS = new RegExp(MARK, 'gu')
const IDEOGRAPHS = new RegExp(IDEOGRAPH, 'gu')
/**
 * A character with those that may compose with it: marks, halfwidth voicing marks, and the other letters of a Hangul
 * syllable in any of their forms (NFKC composes ㄱㅏ to one syllable).
 */
const CLUSTERS =
  /(?:[\u1100-\u115f\u3131-\u318e\uffa0-\uffdc]+[\u1160-\u11ff\u3131-\u318e\uffa0-\uffdc]*|[\uac00-\ud7a3][\u1160-\u11ff\u3131-\u318e\uffa0-\uffdc]*|\P{M})[\p{M}\uff9e\uff9f]*|\p{M}+/gu
const BEYOND_ASCII = /\P{ASCII}/u
/** Every character that may have a lower case form: all but ASCII without its capitals. */
const MAYBE_UPPER_CASE = /[^\0-@[-\x7f]/gu
const UNDECOMPOSED_CHARACTER = new RegExp(`(${UNDECOMPOSED})`, 'u')
/** Controls that Nmt drops. */
const DROPPED_BY_NMT = new RegExp(classOf('1-8 b e-1f 7f 8f 9f'), 'gu')
/** Characters that Nmt replaces by a space. */
const SPACES_OF_NMT = new RegExp(classOf('9-a c-d 1680 200b-200f 2028-2029 2581 feff fffd'), 'gu')

const NORMALIZER_TYPES = [
  'BertNormalizer',
  'ByteLevel',
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

/**
 * Reads a normalizer. Without one a text is not changed. `path` names the file in errors.
 *
 * @throws RangeError if a step has an unsupported type, pattern or table
 */
export function readNormalizer(object: JsonObject | undefined, path: string): Normalizer {
  if (!object) return piece => piece
  switch (object.type) {
    case 'BertNormalizer':
      return bertNormalizer(object)
    case 'ByteLevel':
      return spellBytes
    case 'Lowercase':
      return toLowerCase
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = object.type
      return piece => toForm(piece, form)
    }
    case 'StripAccents':
      return piece => replace(piece, MARKS, () => '')
    case 'Nmt':
      return piece => toSpaces(drop(piece, DROPPED_BY_NMT), SPACES_OF_NMT)
    case 'Strip':
      return stripNormalizer(object)
    case 'Prepend': {
      const before = stringAt(object.prepend)
      return piece => (piece.text === '' ? piece : prepend(piece, before))
    }
    case 'Replace': {
      const pattern = readPattern(objectAt(object.pattern, path), path)
      const content = stringAt(object.content)
      return piece => replace(piece, pattern, () => content)
    }
    case 'Precompiled':
      return readCharsmap(stringAt(object.precompiled_charsmap), path) ?? (piece => piece)
    case 'Sequence': {
      const steps = objectsAt(object.normalizers, path).map(step => readNormalizer(step, path))
      return piece => steps.reduce((normalized, step) => step(normalized), piece)
    }
    default:
      throw unsupportedType(path, 'normalizer', object, NORMALIZER_TYPES)
  }
}

/** Reads a pattern: `{ String }` or `{ Regex }`. */
export function readPattern(object: JsonObject | undefined, path: string): RegExp {
  if (typeof object?.Regex === 'string') return toPattern(object.Regex, path)
  return new RegExp(escapePattern(stringAt(object?.String)), 'gu')
}

const drop = (piece: AlignedText, pattern: RegExp) => replace(piece, pattern, () => '')

const toSpaces = (piece: AlignedText, pattern: RegExp) => replace(piece, pattern, () => ' ')

const toLowerCase: Normalizer = piece => replace(piece, MAYBE_UPPER_CASE, letter => letter.toLowerCase())

function bertNormalizer(object: JsonObject): Normalizer {
  const cleansText = object.clean_text !== false
  const separatesIdeographs = object.handle_chinese_chars !== false
  const lowersCase = object.lowercase !== false
  const stripsAccents = object.strip_accents ?? lowersCase
  return piece => {
    let normalized = piece
    if (cleansText) normalized = toSpaces(drop(normalized, DROPPED_BY_BERT), SPACES)
    if (separatesIdeographs) normalized = replace(normalized, IDEOGRAPHS, found => ` ${found} `)
    if (stripsAccents) normalized = drop(toForm(normalized, 'NFD'), NONSPACING_MARKS)
    return lowersCase ? toLowerCase(normalized) : normalized
  }
}

function stripNormalizer({ strip_left, strip_right }: JsonObject): Normalizer {
  return piece => {
    const { text } = piece
    let [from, to] = [0, text.length]
    if (strip_left !== false) while (from < to && IS_SPACE.test(text[from]!)) from++
    if (strip_right !== false) while (to > from && IS_SPACE.test(text[to - 1]!)) to--
    return slice(piece, from, to)
  }
}

/** Brings a text into a normalization form. */
function toForm(piece: AlignedText, form: NormalizationForm): AlignedText {
  if (!BEYOND_ASCII.test(piece.text)) return piece
  const whole = formOf(piece.text, form)
  const byCluster = replace(piece, CLUSTERS, cluster => formOf(cluster, form))
  if (byCluster.text === whole) return byCluster
  // characters compose across clusters: the text is right, but aligned only as a whole
  return rewrite(piece, [{ text: piece.text, index: 0 }], () => whole)
}

function formOf(text: string, form: NormalizationForm): string {
  if (!UNDECOMPOSED_CHARACTER.test(text)) return text.normalize(form)
  // the pattern captures its match, so every second part is one
  return text
    .split(UNDECOMPOSED_CHARACTER)
    .map((part, i) => (i % 2 === 1 ? part : part.normalize(form)))
    .join('')
}

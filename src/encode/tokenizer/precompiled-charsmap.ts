// The normalization table of SentencePiece models: a trie from bytes to replacements, in base64 in tokenizer.json.
//
//   | bytes of the trie, u32 | trie, u32 units of a double array | replacements, each ended by 0 |
//
// It is used as in the tokenizers library (spm_precompiled): a grapheme of fewer than six bytes is looked up as a
// whole, otherwise each of its characters; the shortest prefix in the trie counts.
import { type AlignedText, rewrite, type TextPart } from './aligned.js'

/** UTF-16 units that are segmented at a time: early engines need quadratic time beyond some ten thousand. */
const STRETCH_UNITS = 4_096
/** Graphemes whose replacements are cached. */
const MAX_CACHED = 10_000
/** Graphemes with more bytes are looked up character by character. */
const MAX_GRAPHEME_BYTES = 5
const PRINTABLE_ASCII = /^[ -~]*$/

/** Returns the replacement of the shortest known prefix of a text; undefined if there is none. */
type Lookup = (text: string) => string | undefined

/**
 * Reads a table. Returns a function that normalizes a text, or undefined if the table is empty. `path` names the file
 * in errors.
 *
 * @throws RangeError if the table is not valid
 */
export function readCharsmap(
  base64: string,
  path: string,
): ((piece: AlignedText) => AlignedText) | undefined {
  if (base64 === '') return undefined
  const lookup = readTable(decodeBase64(base64, path), path)
  const replacementOf = createReplacer(lookup)
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const changesAscii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).some(
    character => (lookup(character) ?? character) !== character,
  )
  // other ASCII texts are segmented too, because a line break of two characters is one grapheme
  return piece =>
    !changesAscii && PRINTABLE_ASCII.test(piece.text)
      ? piece
      : rewrite(piece, graphemesOf(piece.text, segmenter), replacementOf)
}

function readTable(bytes: Uint8Array<ArrayBuffer>, path: string): Lookup {
  const view = new DataView(bytes.buffer)
  const trieBytes = bytes.length >= 4 ? view.getUint32(0, true) : 0
  if (trieBytes === 0 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw new RangeError(`${path} has a precompiled_charsmap that is cut short`)
  }
  const trie = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const replacements = bytes.subarray(4 + trieBytes)
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()]
  return text => {
    const start = findShortestPrefix(trie, encoder.encode(text))
    if (start === undefined) return undefined
    const end = replacements.indexOf(0, start)
    return decoder.decode(replacements.subarray(start, end < 0 ? replacements.length : end))
  }
}

/** Returns a function from a grapheme to its replacement, with a cache. */
function createReplacer(lookup: Lookup): (grapheme: string) => string {
  const encoder = new TextEncoder()
  const cache = new Map<string, string>()
  return grapheme => {
    const cached = cache.get(grapheme)
    if (cached !== undefined) return cached
    const isShort = encoder.encode(grapheme).length <= MAX_GRAPHEME_BYTES
    const replacement =
      (isShort ? lookup(grapheme) : undefined) ??
      Array.from(grapheme, character => lookup(character) ?? character).join('')
    if (cache.size < MAX_CACHED) cache.set(grapheme, replacement)
    return replacement
  }
}

/** The graphemes of a text. The last one of a stretch may continue after it, so the next stretch begins with it. */
function* graphemesOf(text: string, segmenter: Intl.Segmenter): Generator<TextPart> {
  let length = STRETCH_UNITS
  for (let from = 0; from < text.length; ) {
    const stretch = text.slice(from, from + length)
    const isLast = from + stretch.length === text.length
    let end = 0
    for (const { segment, index } of segmenter.segment(stretch)) {
      if (!isLast && index + segment.length === stretch.length) break
      yield { text: segment, index: from + index }
      end = index + segment.length
    }
    length = end === 0 ? length * 2 : STRETCH_UNITS
    from += end
  }
}

// fields of a unit of the double array
const hasLeaf = (unit: number) => ((unit >>> 8) & 1) === 1
const leafOf = (unit: number) => unit & 0x7fff_ffff
const labelOf = (unit: number) => unit & 0x8000_00ff
const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6)

/**
 * Returns the position of the replacement of the shortest prefix in the trie: the common prefix search of darts-clone,
 * ended at its first result.
 */
function findShortestPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
  let node = offsetOf(trie[0]!)
  for (const byte of key) {
    if (byte === 0) return undefined
    node ^= byte
    const unit = trie[node]
    if (unit === undefined || labelOf(unit) !== byte) return undefined
    node ^= offsetOf(unit)
    if (hasLeaf(unit)) return leafOf(trie[node] ?? 0)
  }
  return undefined
}

function decodeBase64(base64: string, path: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  } catch (cause) {
    throw new RangeError(`${path} has a precompiled_charsmap that is not valid base64`, { cause })
  }
}

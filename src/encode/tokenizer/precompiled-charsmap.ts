// The spelling table of SentencePiece models: a trie from bytes to other bytes, in base64 in tokenizer.json.
//
//   | bytes of the trie, u32 | trie, u32 units of a double array | replacements, each ended by 0 |
//
// As the tokenizers library reads it (spm_precompiled): a grapheme below six bytes is looked up whole, else character by
// character, and of several prefixes that the trie has the shortest counts.
import { type Aligned, type AlignedPart, rewrite } from './aligned.js'

/** Reads a table; undefined where it is empty. */
export function readCharsmap(base64: string, path: string): ((piece: Aligned) => Aligned) | undefined {
  if (base64 === '') return undefined
  const bytes = decode(base64, path)
  const view = new DataView(bytes.buffer)
  const trieBytes = bytes.length >= 4 ? view.getUint32(0, true) : 0
  if (trieBytes === 0 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw new RangeError(`${path} has a precompiled_charsmap that is cut short`)
  }
  const trie = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const replacements = bytes.subarray(4 + trieBytes)
  const utf8 = new TextEncoder()
  const text = new TextDecoder()

  /** What the shortest known prefix becomes. */
  function find(written: string): string | undefined {
    const at = shortestPrefix(trie, utf8.encode(written))
    if (at === undefined) return undefined
    const end = replacements.indexOf(0, at)
    return text.decode(replacements.subarray(at, end < 0 ? replacements.length : end))
  }

  const seen = new Map<string, string>()
  function respell(grapheme: string): string {
    const before = seen.get(grapheme)
    if (before !== undefined) return before
    const whole = utf8.encode(grapheme).length < 6 ? find(grapheme) : undefined
    const after = whole ?? Array.from(grapheme, letter => find(letter) ?? letter).join('')
    if (seen.size < 10_000) seen.set(grapheme, after)
    return after
  }

  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
  // a line break of two characters is a grapheme too
  const printable = /^[ -~]*$/
  const foldsAscii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).some(
    letter => (find(letter) ?? letter) !== letter,
  )
  return piece =>
    !foldsAscii && printable.test(piece.text)
      ? piece
      : rewrite(piece, graphemesOf(piece.text, graphemes), respell)
}

/** Units segmented at a time: early engines take the square of the time beyond some ten thousand. */
const STRETCH = 4_096

/** The graphemes of a text. The last one of a stretch may go on behind it, so the next stretch begins with it again. */
function* graphemesOf(text: string, segmenter: Intl.Segmenter): Generator<AlignedPart> {
  let length = STRETCH
  for (let from = 0; from < text.length; ) {
    const stretch = text.slice(from, from + length)
    const isLast = from + stretch.length === text.length
    let end = 0
    for (const { segment, index } of segmenter.segment(stretch)) {
      if (!isLast && index + segment.length === stretch.length) break
      yield { segment, index: from + index }
      end = index + segment.length
    }
    length = end === 0 ? length * 2 : STRETCH
    from += end
  }
}

const hasLeaf = (unit: number) => ((unit >>> 8) & 1) === 1
const leafOf = (unit: number) => unit & 0x7fff_ffff
const labelOf = (unit: number) => unit & 0x8000_00ff
const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6)

/** Where the replacement of the shortest prefix stands (darts-clone's common prefix search, ended at its first result). */
function shortestPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
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

function decode(base64: string, path: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  } catch (cause) {
    throw new RangeError(`${path} has a precompiled_charsmap that is no base64`, { cause })
  }
}

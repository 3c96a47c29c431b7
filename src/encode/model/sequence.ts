// A text as the ids that a model takes, and which of its rows are kept, as FastEmbed does it:
//
//   [CLS] M t1 t2 … tn [SEP] [MASK] [MASK] …
//
// the tokenizer's own tokens cut to the model's length first, then the marker M put at index 1, queries filled up.
import type { RowToken } from '../encoder-types.js'
import type { Tokenizer, TokenPiece } from '../tokenizer/tokenizer.js'
import type { ModelSettings } from './known-models.js'

/** One text, ready for the model. */
export interface Sequence {
  readonly ids: readonly number[]
  readonly attention: readonly number[]
  /** Which ids give rows, rising. */
  readonly rows: readonly number[]
  /** What each of these rows stands for. */
  readonly tokens: readonly RowToken[]
  readonly unknown: readonly string[]
  /** How many of the text's own tokens there are, and how many were kept. */
  readonly pieces: number
  readonly kept: number
}

/** Makes sequences for one model. */
export interface Sequencer {
  /** How many of a document's own tokens fit. */
  readonly documentRoom: number
  query(text: string): Sequence
  document(text: string): Sequence
}

const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/** `limit`: tokens that the model takes, special ones included; `padId`: what batches are padded with. */
export function createSequencer(
  tokenizer: Tokenizer,
  settings: ModelSettings,
  limit: number,
  padId: number | undefined,
  maskId: number | undefined,
): Sequencer {
  const { before, after } = tokenizer
  const markerRoom = settings.countsMarker ? 1 : 0
  const room = limit - markerRoom - before.length - after.length
  const skipped = new Set<number>()
  if (settings.skipsPunctuation) {
    // only the first token of each, which for SentencePiece may be its mark of a space
    for (const symbol of punctuation) {
      const first = tokenizer.pieces(symbol)[0]
      if (first) skipped.add(first.id)
    }
  }

  function build(text: string, marker: number | undefined): Draft {
    const pieces = tokenizer.pieces(text)
    const kept = pieces.slice(0, room)
    const end = kept.at(-1)?.end ?? 0
    const items: Item[] = [
      ...before.map(id => special(id, 0)),
      ...kept.map(({ id, text, start, end }) => ({ id, attended: 1, token: { text, start, end } })),
      ...after.map(id => special(id, end)),
    ]
    if (marker !== undefined) items.splice(1, 0, special(marker, 0))
    return { items, pieces, kept, end }
  }

  const special = (id: number, at: number, attended = 1): Item => ({
    id,
    attended,
    token: { text: tokenizer.textOf(id) ?? `<${id}>`, start: at, end: at, special: true },
  })

  function finish(text: string, { items, pieces, kept }: Draft, isKept: (item: Item) => boolean): Sequence {
    const rows = items.flatMap((item, i) => (isKept(item) ? [i] : []))
    return {
      ids: items.map(({ id }) => id),
      attention: items.map(({ attended }) => attended),
      rows,
      tokens: rows.map(row => items[row]!.token),
      unknown: kept.filter(({ isUnknown }) => isUnknown).map(({ start, end }) => text.slice(start, end)),
      pieces: pieces.length,
      kept: kept.length,
    }
  }

  const keepsSpecial = ({ token }: Item) => !(settings.skipsSpecial && token.special)

  return {
    documentRoom: room,
    query(text) {
      const draft = build(text, settings.queryMarker)
      const { items, end } = draft
      while (items.length < (settings.queryLength ?? 0) && maskId !== undefined) {
        items.push(special(maskId, end, settings.attendsToMask ? 1 : 0))
      }
      return finish(text, draft, keepsSpecial)
    },
    document(text) {
      const isKept = (item: Item) =>
        keepsSpecial(item) && !skipped.has(item.id) && !(settings.skipsPadding && item.id === padId)
      return finish(text, build(text, settings.documentMarker), isKept)
    },
  }
}

interface Item {
  readonly id: number
  readonly attended: number
  readonly token: RowToken
}

interface Draft {
  readonly items: Item[]
  /** The text's own tokens, and those of them that fit. */
  readonly pieces: readonly TokenPiece[]
  readonly kept: readonly TokenPiece[]
  /** Where the last that fits ends. */
  readonly end: number
}

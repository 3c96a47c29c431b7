// Builds the token ids that a model takes for a text, and selects the rows to keep, as FastEmbed does:
//
//   [CLS] M t1 t2 … tn [SEP] [MASK] [MASK] …
//
// The tokens t of the text are cut to the model's maximum first, then the marker M is inserted at index 1 and queries
// are filled up with mask tokens.
import type { Token } from '../encoder-types.js'
import type { Tokenizer, TokenPiece } from '../tokenizer/tokenizer.js'
import type { ModelLimits } from './files/model-consistency.js'
import type { ModelSettings } from './known-models.js'

/** One text as input for the model. */
export interface Sequence {
  readonly ids: readonly number[]
  /** 1 for each id to which the model attends, otherwise 0. */
  readonly attention: readonly number[]
  /** Indices of the ids whose rows are kept, ascending. */
  readonly rows: readonly number[]
  /** The token of each kept row. */
  readonly tokens: readonly Token[]
  /** Parts of the text for which the vocabulary has no token. */
  readonly unknown: readonly string[]
  /** Tokens of the text, without special tokens. */
  readonly textTokens: number
  /** Tokens of the text that fit into the model. */
  readonly keptTokens: number
}

/** Builds sequences for one model. */
export interface Sequencer {
  /** Maximum number of tokens of a text, without special tokens. */
  readonly maxTextTokens: number
  query(text: string): Sequence
  document(text: string): Sequence
}

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/** One id of a sequence. */
interface Item {
  readonly id: number
  /** 1 if the model attends to it, otherwise 0. */
  readonly attended: number
  readonly token: Token
}

/** A sequence in progress. */
interface Draft {
  readonly items: Item[]
  /** The tokens of the text. */
  readonly pieces: readonly TokenPiece[]
  /** Those that fit into the model. */
  readonly kept: readonly TokenPiece[]
  /** End of the last token that fits, in the text. */
  readonly end: number
}

/** Creates a builder of sequences. */
export function createSequencer(
  tokenizer: Tokenizer,
  settings: ModelSettings,
  { maxTokens, padId, maskId }: ModelLimits,
): Sequencer {
  const markerCount = settings.countsMarker ? 1 : 0
  const maxTextTokens = maxTokens - markerCount - tokenizer.before.length - tokenizer.after.length
  const skippedIds = settings.skipsPunctuation ? punctuationIds(tokenizer) : new Set<number>()
  const isKept = ({ token }: Item) => !(settings.skipsSpecial && token.special)
  return {
    maxTextTokens,
    query(text) {
      const draft = createDraft(tokenizer, text, maxTextTokens, settings.queryMarker)
      const { items, end } = draft
      while (items.length < (settings.queryLength ?? 0) && maskId !== undefined) {
        items.push(specialItem(tokenizer, maskId, end, settings.attendsToMask ? 1 : 0))
      }
      return finishSequence(text, draft, isKept)
    },
    document(text) {
      const draft = createDraft(tokenizer, text, maxTextTokens, settings.documentMarker)
      const isKeptInDocument = (item: Item) =>
        isKept(item) && !skippedIds.has(item.id) && !(settings.skipsPadding && item.id === padId)
      return finishSequence(text, draft, isKeptInDocument)
    },
  }
}

/** The first token id of each punctuation mark. With SentencePiece it may be the mark of a space. */
function punctuationIds(tokenizer: Tokenizer): Set<number> {
  const ids = new Set<number>()
  for (const symbol of PUNCTUATION) {
    const [first] = tokenizer.pieces(symbol)
    if (first) ids.add(first.id)
  }
  return ids
}

function createDraft(
  tokenizer: Tokenizer,
  text: string,
  maxTextTokens: number,
  marker: number | undefined,
): Draft {
  const pieces = tokenizer.pieces(text)
  const kept = pieces.slice(0, maxTextTokens)
  const end = kept.at(-1)?.end ?? 0
  const items: Item[] = [
    ...tokenizer.before.map(id => specialItem(tokenizer, id, 0)),
    ...kept.map(({ id, text, start, end }) => ({ id, attended: 1, token: { text, start, end } })),
    ...tokenizer.after.map(id => specialItem(tokenizer, id, end)),
  ]
  if (marker !== undefined) items.splice(1, 0, specialItem(tokenizer, marker, 0))
  return { items, pieces, kept, end }
}

/** A special token at an index of the text. */
function specialItem(tokenizer: Tokenizer, id: number, index: number, attended = 1): Item {
  const text = tokenizer.textOf(id) ?? `<${id}>`
  return { id, attended, token: { text, start: index, end: index, special: true } }
}

function finishSequence(
  text: string,
  { items, pieces, kept }: Draft,
  isKept: (item: Item) => boolean,
): Sequence {
  const rows = items.flatMap((item, i) => (isKept(item) ? [i] : []))
  return {
    ids: items.map(({ id }) => id),
    attention: items.map(({ attended }) => attended),
    rows,
    tokens: rows.map(row => items[row]!.token),
    unknown: kept.filter(({ isUnknown }) => isUnknown).map(({ start, end }) => text.slice(start, end)),
    textTokens: pieces.length,
    keptTokens: kept.length,
  }
}

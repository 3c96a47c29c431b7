// Builds the token ids that a model takes for a text, and selects the rows to keep, as FastEmbed does:
//
//   [CLS] M p1 … pm t1 t2 … tn [SEP] [MASK] [MASK] …
//
// The tokens p of the prompt and t of the text are cut to the maximum first, then the marker M is inserted at index 1
// and queries are filled up with mask tokens.
import type { Token } from '../encoder-types.js'
import type { Tokenizer, TokenPiece } from '../tokenizer/tokenizer.js'
import type { ModelLimits } from './files/model-consistency.js'
import type { ModelSettings } from './known-models.js'
import { createPieceFinder, type PieceFinder, type PromptedPieces } from './prompted-text.js'
import { planWindows, type TokenWindow } from './token-windows.js'

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
  /** Maximum number of tokens of a document, without special tokens and prompt. */
  readonly maxTextTokens: number
  /** The same for a query. */
  readonly maxQueryTextTokens: number
  query(text: string): Sequence
  document(text: string): Sequence
  /**
   * The sequences of a document that may be longer than the model: one, or one for each of the windows into which it is
   * divided. Their rows in order are those of the whole document: each token of the text has one row, and special tokens
   * are kept at the beginning of the first window and at the end of the last.
   */
  windows(text: string): readonly Sequence[]
  /** The tokens of a text alone. */
  pieces(text: string): readonly TokenPiece[]
}

/** The part of a window that it shares with the next one. */
const OVERLAP = 1 / 8

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/** One id of a sequence. */
interface Item {
  readonly id: number
  /** 1 if the model attends to it, otherwise 0. */
  readonly attended: number
  readonly token: Token
  /** Index of the token in the text; undefined for a token that is not part of it. */
  readonly index?: number
}

/** A sequence in progress. */
interface Draft {
  readonly items: Item[]
  /** The number of tokens of the text. */
  readonly textTokens: number
  /** The tokens of the text that fit into the model. */
  readonly kept: readonly TokenPiece[]
  /** End of the last token that fits, in the text. */
  readonly end: number
}

/** How the texts of one kind, queries or documents, become sequences. */
interface Role {
  readonly find: PieceFinder
  readonly marker: number | undefined
  /** Maximum number of tokens of prompt and text. */
  readonly maxPieces: number
}

/** Creates a builder of sequences. */
export function createSequencer(
  tokenizer: Tokenizer,
  settings: ModelSettings,
  { maxQueryTokens, maxDocumentTokens, padId, maskId }: ModelLimits,
): Sequencer {
  const { queryPrompt = '', documentPrompt = '', lowercases = false, trims = false } = settings
  const specialCount = tokenizer.before.length + tokenizer.after.length
  const roleOf = (maxTokens: number, prompt: string, marker: number | undefined): Role => ({
    find: createPieceFinder(tokenizer, { prompt, lowercases, trims }),
    marker,
    maxPieces: maxTokens - specialCount - (settings.countsMarker && marker !== undefined ? 1 : 0),
  })
  const queries = roleOf(maxQueryTokens, queryPrompt, settings.queryMarker)
  const documents = roleOf(maxDocumentTokens, documentPrompt, settings.documentMarker)
  const skippedIds = idsOfSkipped(tokenizer, settings)
  const isKept = ({ token }: Item) => !(settings.skipsSpecial && token.special)
  const isKeptInDocument = (item: Item) =>
    isKept(item) && !skippedIds.has(item.id) && !(settings.skipsPadding && item.id === padId)
  return {
    maxTextTokens: documents.maxPieces - tokenizer.pieces(documentPrompt).length,
    maxQueryTextTokens: queries.maxPieces - tokenizer.pieces(queryPrompt).length,
    query(text) {
      const draft = createDraft(tokenizer, queries.find(text), queries)
      const { items, end } = draft
      while (items.length < (settings.queryLength ?? 0) && maskId !== undefined) {
        items.push(specialItem(tokenizer, maskId, end, settings.attendsToMask ? 1 : 0))
      }
      return finishSequence(text, draft, isKept)
    },
    document: text =>
      finishSequence(text, createDraft(tokenizer, documents.find(text), documents), isKeptInDocument),
    windows(text) {
      const found = documents.find(text)
      const length = documents.maxPieces - found.prompt.length
      if (length < 1 || found.pieces.length <= length) {
        return [finishSequence(text, createDraft(tokenizer, found, documents), isKeptInDocument)]
      }
      return planWindows(text, found.pieces, length, Math.floor(length * OVERLAP)).map(window =>
        finishWindow(text, createDraft(tokenizer, found, documents, window), window, isKeptInDocument),
      )
    },
    pieces: text => documents.find(text, '').pieces,
  }
}

/** The ids whose rows are dropped from documents. */
function idsOfSkipped(tokenizer: Tokenizer, settings: ModelSettings): ReadonlySet<number> {
  const ids = settings.skipsPunctuation ? punctuationIds(tokenizer) : new Set<number>()
  for (const token of settings.skippedTokens ?? []) {
    const id = tokenizer.idOf(token)
    if (id !== undefined) ids.add(id)
  }
  return ids
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

/** Puts tokens into their frame. `window`: the part of the text; default: what fits of its beginning. */
function createDraft(
  tokenizer: Tokenizer,
  { prompt, pieces }: PromptedPieces,
  { marker, maxPieces }: Role,
  window?: TokenWindow,
): Draft {
  const keptPrompt = prompt.slice(0, maxPieces)
  const first = window?.start ?? 0
  const kept = pieces.slice(first, window?.end ?? Math.max(0, maxPieces - keptPrompt.length))
  const end = kept.at(-1)?.end ?? 0
  const items: Item[] = [
    ...tokenizer.before.map(id => specialItem(tokenizer, id, 0)),
    ...keptPrompt.map(({ id }) => specialItem(tokenizer, id, 0)),
    ...kept.map(({ id, text, start, end }, i) => ({
      id,
      attended: 1,
      token: { text, start, end },
      index: first + i,
    })),
    ...tokenizer.after.map(id => specialItem(tokenizer, id, end)),
  ]
  if (marker !== undefined) items.splice(1, 0, specialItem(tokenizer, marker, 0))
  return { items, textTokens: pieces.length, kept, end }
}

/** A special token at an index of the text. */
function specialItem(tokenizer: Tokenizer, id: number, index: number, attended = 1): Item {
  const text = tokenizer.textOf(id) ?? `<${id}>`
  return { id, attended, token: { text, start: index, end: index, special: true } }
}

function finishSequence(
  text: string,
  { items, textTokens, kept }: Draft,
  isKept: (item: Item) => boolean,
): Sequence {
  const rows: number[] = []
  const tokens: Token[] = []
  for (const [i, item] of items.entries()) {
    if (!isKept(item)) continue
    rows.push(i)
    tokens.push(item.token)
  }
  return {
    ids: items.map(({ id }) => id),
    attention: items.map(({ attended }) => attended),
    rows,
    tokens,
    unknown: kept.filter(({ isUnknown }) => isUnknown).map(({ start, end }) => text.slice(start, end)),
    textTokens,
    keptTokens: kept.length,
  }
}

/** The sequence of a window, with the rows that it has in the whole document. */
function finishWindow(
  text: string,
  draft: Draft,
  { start, keptStart, keptEnd }: TokenWindow,
  isKept: (item: Item) => boolean,
): Sequence {
  const { items, textTokens } = draft
  const kept = draft.kept.slice(keptStart - start, keptEnd - start)
  const lastOfText = items.findLastIndex(({ index }) => index !== undefined)
  // special tokens before the text belong to the first window, those after it to the last
  const belongs = new Set(
    items.filter(({ index }, i) => {
      if (index !== undefined) return index >= keptStart && index < keptEnd
      return i < lastOfText ? start === 0 : keptEnd === textTokens
    }),
  )
  const sequence = finishSequence(text, { ...draft, kept }, item => belongs.has(item) && isKept(item))
  return { ...sequence, textTokens: kept.length }
}

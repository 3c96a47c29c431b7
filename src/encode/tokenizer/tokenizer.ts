// Runs tokenizer.json as the tokenizers library does, and returns the position of every token in the text.
//
//   text -> added tokens -> normalizer -> pre-tokenizer -> pieces of the vocabulary
//
// transformers.js has tokenizers too, but they return no positions, and other tokens than those that models were
// trained with, above all for SentencePiece's normalization; test/encode/models counts for how many texts. Truncation
// and markers are not part of this.
import {
  type AddedToken,
  createTokenFinder,
  readAddedTokens,
  type TokenFinder,
  withAssignedIds,
  withSpecialTokens,
} from './added-tokens.js'
import { type AlignedText, align, type Span, spanOf } from './aligned.js'
import { type JsonObject, objectAt, objectsAt } from './json.js'
import { type Normalizer, readNormalizer } from './normalizer.js'
import { readPostProcessor } from './post-processor.js'
import { type PreTokenizer, readPreTokenizer } from './pre-tokenizer.js'
import type { VocabularyModel } from './vocabularies/subword.js'
import { readModel } from './vocabularies/vocabulary-model.js'

/** A token of a text. */
export interface TokenPiece {
  readonly id: number
  /** The token as the vocabulary spells it. */
  readonly text: string
  /** Index of its first UTF-16 unit in the text, without whitespace around it. */
  readonly start: number
  /** Index after its last UTF-16 unit in the text, with the marks that follow. */
  readonly end: number
  /** Whether the part of the text is not in the vocabulary. */
  readonly isUnknown: boolean
}

/** Splits texts into tokens of a vocabulary. */
export interface Tokenizer {
  /** The tokens of a text, without the special tokens around it. */
  pieces(text: string): readonly TokenPiece[]
  /** Ids of the special tokens before every text, such as [CLS]. */
  readonly before: readonly number[]
  /** Ids of the special tokens after every text, such as [SEP]. */
  readonly after: readonly number[]
  idOf(token: string): number | undefined
  textOf(id: number): string | undefined
  /** The largest id of the vocabulary, without added tokens. */
  readonly maxId: number
  /** Id of the token that pads texts, if the file defines it. */
  readonly padId: number | undefined
  /** The side on which texts are padded, if the file defines it. */
  readonly paddingSide: 'left' | 'right' | undefined
  /** Maximum number of tokens of a text, if the file defines it. */
  readonly maxLength: number | undefined
}

/** The steps of a tokenizer. */
interface TokenizerSteps {
  readonly findAsWritten: TokenFinder
  readonly findNormalized: TokenFinder
  readonly normalize: Normalizer
  readonly preTokenize: PreTokenizer
  readonly model: VocabularyModel
}

/**
 * Reads a parsed tokenizer.json, and the parsed special_tokens_map.json if there is one. `path` names the file in
 * errors.
 *
 * @throws RangeError if the file is not a tokenizer, or has a part of an unsupported type
 */
export function readTokenizer(json: unknown, path: string, specialTokens?: JsonObject): Tokenizer {
  const root = objectAt(json, path)
  const modelObject = objectAt(root?.model, path)
  if (!root || !modelObject) throw new RangeError(`${path} is not a tokenizer: it has no "model"`)
  const model = readModel(modelObject, path)
  const normalize = readNormalizer(objectAt(root.normalizer, path), path)
  const ownTokens = withAssignedIds(readAddedTokens(objectsAt(root.added_tokens, path)), model)
  const added = withSpecialTokens(ownTokens, specialTokens, model.idOf)
  const steps: TokenizerSteps = {
    findAsWritten: createTokenFinder(
      added.filter(token => !token.isNormalized).map(token => ({ token, spelling: token.text })),
    ),
    findNormalized: createTokenFinder(
      added
        .filter(token => token.isNormalized)
        .map(token => ({ token, spelling: normalize(align(token.text)).text })),
    ),
    normalize,
    preTokenize: readPreTokenizer(objectAt(root.pre_tokenizer, path), path),
    model,
  }
  const addedIds = new Map(added.map(({ text, id }) => [text, id]))
  const addedTexts = new Map(added.map(({ text, id }) => [id, text]))
  const { pad_id: padId, direction } = objectAt(root.padding, path) ?? {}
  const maxLength = objectAt(root.truncation, path)?.max_length
  return {
    pieces: text => tokenize(steps, text),
    ...readPostProcessor(objectAt(root.post_processor, path), path),
    idOf: token => addedIds.get(token) ?? model.idOf(token),
    textOf: id => addedTexts.get(id) ?? model.textOf(id),
    maxId: model.maxId,
    padId: typeof padId === 'number' ? padId : undefined,
    paddingSide: direction === 'Left' ? 'left' : direction === 'Right' ? 'right' : undefined,
    maxLength: typeof maxLength === 'number' ? maxLength : undefined,
  }
}

/** Splits a text into tokens. */
function tokenize(
  { findAsWritten, findNormalized, normalize, preTokenize, model }: TokenizerSteps,
  text: string,
): readonly TokenPiece[] {
  const marksEnd = createMarksEnd(text)
  const pieces: TokenPiece[] = []
  const add: AddPiece = (id, tokenText, span, isUnknown) => {
    const { start, end } = trimSpan(text, span, marksEnd)
    pieces.push({ id, text: tokenText, start, end, isUnknown })
  }
  for (const section of findAsWritten(align(text))) {
    if (section.token) {
      addWhole(section.token, section.piece, add)
      continue
    }
    for (const { piece, token } of findNormalized(normalize(section.piece))) {
      if (token) addWhole(token, piece, add)
      else if (piece.text !== '') for (const word of preTokenize(piece)) addSubwords(model, word, add)
    }
  }
  return pieces
}

/** Adds a token. `span`: the range of the text from which it comes. */
type AddPiece = (id: number, text: string, span: Span, isUnknown: boolean) => void

function addWhole({ id, text }: AddedToken, piece: AlignedText, add: AddPiece): void {
  add(id, text, spanOf(piece, 0, piece.text.length), false)
}

function addSubwords(model: VocabularyModel, word: AlignedText, add: AddPiece): void {
  let index = 0
  let span: Span = { start: 0, end: 0 }
  for (const { id, text, length, isUnknown } of model.pieces(word.text)) {
    // a further byte of a character has no length, and the span of the character
    if (length > 0) span = spanOf(word, index, index + length)
    add(id, text, span, isUnknown)
    index += length
  }
}

/**
 * Removes the whitespace at both ends of a span, and adds the marks on its last letter. A span of whitespace is not
 * changed.
 */
function trimSpan(text: string, span: Span, marksEnd: (index: number) => number): Span {
  let { start, end } = span
  while (start < end && isSpace(text, start)) start++
  while (end > start && isSpace(text, end - 1)) end--
  return start === end ? span : { start, end: marksEnd(end) }
}

/** Whether a UTF-16 unit is whitespace. Most are ASCII, which needs no pattern. */
function isSpace(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit < 0x80 ? unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) : /\s/.test(text[index]!)
}

/**
 * Returns a function from an index to the end of the marks that begin there. It caches the last run of marks, which may
 * be long.
 */
function createMarksEnd(text: string): (index: number) => number {
  const marks = /\p{M}+/uy
  let [from, to] = [0, 0]
  return index => {
    // no unit below U+0300 is a mark
    if (!(text.charCodeAt(index) >= 0x300)) return index
    if (index < from || index >= to) {
      marks.lastIndex = index
      from = index
      to = index + (marks.exec(text)?.[0].length ?? 0)
    }
    return to
  }
}

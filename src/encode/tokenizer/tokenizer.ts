// tokenizer.json, run as the tokenizers library runs it, with the place of every token in the text.
//
//   text -> tokens of their own -> spelling -> cuts -> pieces of the vocabulary
//
// transformers.js has tokenizers too. They give no offsets, and differ from those that models were trained with, in
// SentencePiece's spelling above all; test/encode/models counts on how many texts. Truncation and markers are not done here.

import { type AddedToken, createFinder, readAddedTokens, withSpecialTokens } from './added-tokens.js'
import { align, spanOf } from './aligned.js'
import { type Node, nodeAt, nodesAt } from './json.js'
import { readNormalizer } from './normalizer.js'
import { readPostProcessor } from './post-processor.js'
import { readPreTokenizer } from './pre-tokenizer.js'
import { readModel } from './vocabulary-model.js'

/** A piece of a text. */
export interface TokenPiece {
  readonly id: number
  /** As the vocabulary spells it. */
  readonly text: string
  /** UTF-16 indices in the text, with the whitespace around it left out, and with the marks that follow. */
  readonly start: number
  readonly end: number
  readonly isUnknown: boolean
}

/** Cuts texts into pieces of a vocabulary. */
export interface Tokenizer {
  /** The pieces of a text, without the special tokens around them. */
  pieces(text: string): readonly TokenPiece[]
  /** Special tokens before and after every text, as [CLS] and [SEP]. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  idOf(token: string): number | undefined
  textOf(id: number): string | undefined
  /** The largest id of its vocabulary, tokens that were added later left out. */
  readonly largest: number
  /** What texts are padded with, where the file says so. */
  readonly pad: { readonly id: number } | undefined
  /** The most tokens of a text, where the file says so. */
  readonly maxLength: number | undefined
}

/**
 * Reads a parsed tokenizer.json, and special_tokens_map.json where there is one; `path` names the file in errors.
 *
 * @throws RangeError where the file is no tokenizer, or has a part of a kind that is not known here
 */
export function readTokenizer(json: unknown, path: string, specialTokens?: Node): Tokenizer {
  const root = nodeAt(json, path)
  const modelNode = nodeAt(root?.model, path)
  if (!root || !modelNode) throw new RangeError(`${path} is no tokenizer: it has no "model"`)
  const model = readModel(modelNode, path)
  const normalize = readNormalizer(nodeAt(root.normalizer, path), path)
  const preTokenize = readPreTokenizer(nodeAt(root.pre_tokenizer, path), path)
  const added = withSpecialTokens(
    readAddedTokens(nodesAt(root.added_tokens, path)),
    specialTokens,
    model.idOf,
  )
  const findAsWritten = createFinder(
    added.filter(token => !token.isNormalized).map(token => ({ token, spelling: token.text })),
  )
  const findNormalized = createFinder(
    added
      .filter(token => token.isNormalized)
      .map(token => ({ token, spelling: normalize(align(token.text)).text })),
  )
  const addedIds = new Map(added.map(({ text, id }) => [text, id]))
  const addedTexts = new Map(added.map(({ text, id }) => [id, text]))
  const frame = readPostProcessor(nodeAt(root.post_processor, path), path)

  function pieces(source: string): readonly TokenPiece[] {
    const found: TokenPiece[] = []
    const marksEnd = createMarksEnd(source)
    const note = (id: number, text: string, span: { start: number; end: number }, isUnknown: boolean) =>
      found.push({ id, text, ...trimmed(source, span, marksEnd), isUnknown })
    const take = (
      token: AddedToken,
      piece: { start: readonly number[]; end: readonly number[]; text: string },
    ) => note(token.id, token.text, spanOf(piece, 0, piece.text.length), false)

    for (const section of findAsWritten(align(source))) {
      if (section.token) {
        take(section.token, section.piece)
        continue
      }
      for (const { piece, token } of findNormalized(normalize(section.piece))) {
        if (token) {
          take(token, piece)
          continue
        }
        // what is spelled as nothing has no tokens
        for (const word of piece.text === '' ? [] : preTokenize(piece)) {
          let at = 0
          let span = { start: 0, end: 0 }
          for (const { id, text, length, isUnknown } of model.pieces(word.text)) {
            // a further byte stands for the character that the first one stands for
            if (length > 0) span = spanOf(word, at, at + length)
            note(id, text, span, isUnknown)
            at += length
          }
        }
      }
    }
    return found
  }

  const padding = nodeAt(root.padding, path)
  const truncation = nodeAt(root.truncation, path)
  return {
    pieces,
    ...frame,
    idOf: token => addedIds.get(token) ?? model.idOf(token),
    textOf: id => addedTexts.get(id) ?? model.textOf(id),
    largest: model.largest,
    pad: typeof padding?.pad_id === 'number' ? { id: padding.pad_id } : undefined,
    maxLength: typeof truncation?.max_length === 'number' ? truncation.max_length : undefined,
  }
}

/** Without the whitespace at both ends, and with the marks on the last letter; all of it, where there is nothing else. */
function trimmed(
  source: string,
  { start, end }: { start: number; end: number },
  marksEnd: (at: number) => number,
) {
  let [from, to] = [start, end]
  while (from < to && /\s/.test(source[from]!)) from++
  while (to > from && /\s/.test(source[to - 1]!)) to--
  return from === to ? { start, end } : { start: from, end: marksEnd(to) }
}

/** Where the marks end that begin at a place. Remembers the last ones, which may be many. */
function createMarksEnd(source: string): (at: number) => number {
  const marks = /\p{M}+/uy
  let [from, to] = [0, 0]
  return at => {
    if (at < from || at >= to) {
      marks.lastIndex = at
      from = at
      to = at + (marks.exec(source)?.[0].length ?? 0)
    }
    return to
  }
}

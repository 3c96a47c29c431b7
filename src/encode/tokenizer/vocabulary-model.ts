// How a word becomes pieces of a vocabulary: `model` of tokenizer.json, one of three kinds. All look up the same text in
// the same way: a word in, pieces with their lengths in UTF-16 units out.
import { readBytePair } from './byte-pair.js'
import { type Node, unknownKind } from './json.js'
import { readUnigram } from './unigram.js'
import { readWordPiece } from './word-piece.js'

/** A piece of a word. */
export interface Subword {
  readonly id: number
  /** As the vocabulary spells it. */
  readonly text: string
  /** How many units of the word it stands for. */
  readonly length: number
  /** The vocabulary does not know it: the id is that of the unknown token. */
  readonly isUnknown: boolean
}

/** A vocabulary and how words are looked up in it. */
export interface VocabularyModel {
  idOf(token: string): number | undefined
  textOf(id: number): string | undefined
  /** The largest id. */
  readonly largest: number
  pieces(word: string): readonly Subword[]
}

/** Reads a model. */
export function readModel(node: Node, path: string): VocabularyModel {
  switch (node.type ?? guessKind(node)) {
    case 'WordPiece':
      return readWordPiece(node, path)
    case 'Unigram':
      return readUnigram(node, path)
    case 'BPE':
      return readBytePair(node, path)
    default:
      throw unknownKind(path, 'model', node, ['BPE', 'Unigram', 'WordPiece'])
  }
}

/** Old files do not name the kind. */
function guessKind(node: Node): string | undefined {
  if (Array.isArray(node.vocab)) return 'Unigram'
  return node.merges ? 'BPE' : node.continuing_subword_prefix !== undefined ? 'WordPiece' : undefined
}

// How a word becomes pieces of a vocabulary: `model` of tokenizer.json, one of three kinds. All look up the same text in
// the same way: a word in, pieces with their lengths in UTF-16 units out.
import { readBytePair } from './byte-pair.js'
import { type Node, unsupportedType } from './json.js'
import type { VocabularyModel } from './subword.js'
import { readUnigram } from './unigram.js'
import { readWordPiece } from './word-piece.js'

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
      throw unsupportedType(path, 'model', node, ['BPE', 'Unigram', 'WordPiece'])
  }
}

/** Old files do not name the kind. */
function guessKind(node: Node): string | undefined {
  if (Array.isArray(node.vocab)) return 'Unigram'
  return node.merges ? 'BPE' : node.continuing_subword_prefix !== undefined ? 'WordPiece' : undefined
}

// Reads `model` of tokenizer.json, which has one of four types. All split a word into pieces with their lengths in
// UTF-16 units.

import { type JsonObject, unsupportedType } from '../json.js'
import { readBytePair } from './byte-pair.js'
import type { VocabularyModel } from './subword.js'
import { readUnigram } from './unigram.js'
import { readWordLevel } from './word-level.js'
import { readWordPiece } from './word-piece.js'

/**
 * Reads a model. `path` names the file in errors.
 *
 * @throws RangeError if it has an unsupported type or an invalid vocabulary
 */
export function readModel(object: JsonObject, path: string): VocabularyModel {
  switch (object.type ?? guessType(object)) {
    case 'WordLevel':
      return readWordLevel(object, path)
    case 'WordPiece':
      return readWordPiece(object, path)
    case 'Unigram':
      return readUnigram(object, path)
    case 'BPE':
      return readBytePair(object, path)
    default:
      throw unsupportedType(path, 'model', object, ['BPE', 'Unigram', 'WordLevel', 'WordPiece'])
  }
}

/** The type of a model in an old file, which does not name it. */
function guessType(object: JsonObject): string | undefined {
  if (Array.isArray(object.vocab)) return 'Unigram'
  if (object.merges) return 'BPE'
  return object.continuing_subword_prefix === undefined ? undefined : 'WordPiece'
}

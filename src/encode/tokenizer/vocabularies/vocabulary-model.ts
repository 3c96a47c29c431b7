// Reads `model` of tokenizer.json, which has one of four types. All split a word into pieces with their lengths in
// UTF-16 units.

import { type JsonObject, unsupportedType } from '../json.js'
import { readBytePair } from './byte-pair.js'
import type { Subword, VocabularyModel } from './subword.js'
import { readUnigram } from './unigram.js'
import { readWordLevel } from './word-level.js'
import { readWordPiece } from './word-piece.js'

/** Words whose pieces are cached. */
const MAX_CACHED = 10_000
/** Longer words are rare. V8 does not copy them out of their text, so that a cached one would keep its text in memory. */
const MAX_CACHED_UNITS = 12

/**
 * Reads a model. It caches the pieces of words, because most words of a text are frequent. `path` names the file in errors.
 *
 * @throws RangeError if it has an unsupported type or an invalid vocabulary
 */
export function readModel(object: JsonObject, path: string): VocabularyModel {
  const model = readModelOfType(object, path)
  const cache = new Map<string, readonly Subword[]>()
  return {
    ...model,
    pieces(word) {
      if (word.length > MAX_CACHED_UNITS) return model.pieces(word)
      const cached = cache.get(word)
      if (cached) return cached
      const pieces = model.pieces(word)
      if (cache.size === MAX_CACHED) cache.clear()
      cache.set(word, pieces)
      return pieces
    },
  }
}

function readModelOfType(object: JsonObject, path: string): VocabularyModel {
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

// Checks a list of documents.

import { plural } from '../../base/plural.js'
import { typeName } from '../../base/type-name.js'
import type { MultiVector } from '../../core/multivector.js'

/** The documents as a list of at least `least`. */
export function listDocuments(
  documents: Iterable<MultiVector>,
  least: number,
  remedy: string,
): MultiVector[] {
  if (typeof documents !== 'object' || documents === null || !(Symbol.iterator in documents)) {
    throw new TypeError(`"documents" expected multi-vectors, got ${typeName(documents)}`)
  }
  const list = [...documents]
  if (list.length < least) {
    throw new RangeError(
      `"documents" expected at least ${plural(least, 'document')}, got ${list.length}; ${remedy}`,
    )
  }
  return list
}

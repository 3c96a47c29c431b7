// The reader of terms with the stemmer of the text index: English, which returns most words of other languages as they are
// or without an ending. The package with the stemmers of all languages is slow to load, so this one is bundled.

import { createTermReader, type ReadTerms } from './terms.js'

let loading: Promise<ReadTerms> | undefined

/** Loads the reader, once. */
export function loadTermReader(): Promise<ReadTerms> {
  loading ??= import('@orama/stemmers/english').then(({ stemmer }) => createTermReader(stemmer))
  return loading
}

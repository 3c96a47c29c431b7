// The reader of terms with the stemmer of the text index: English, which returns most words of other languages as they are
// or without an ending. The package with the stemmers of all languages is slow to load, so this one is bundled.

import { createTermReader, type TermReader } from './terms.js'

let loading: Promise<TermReader> | undefined

/** Loads the reader, once. */
export function loadTermReader(): Promise<TermReader> {
  loading ??= import('@orama/stemmers/english').then(({ stemmer }) => createTermReader(stemmer))
  return loading
}

// The stemmer of the text index: English, which returns most words of other languages as they are or without an ending.

import type { Stem } from '../../encode/bm25/stemmers.js'
import { loadStemmer } from '../../encode/bm25/stemmers.js'

/** Words whose stems are remembered. */
const REMEMBERED = 100_000

let loading: Promise<Stem> | undefined

/** Loads the stemmer, once. */
export function loadStem(): Promise<Stem> {
  loading ??= loadStemmer('english').then(remembering)
  return loading
}

function remembering(stem: Stem): Stem {
  const stems = new Map<string, string>()
  return word => {
    let found = stems.get(word)
    if (found === undefined) {
      if (stems.size === REMEMBERED) stems.clear()
      found = stem(word)
      stems.set(word, found)
    }
    return found
  }
}

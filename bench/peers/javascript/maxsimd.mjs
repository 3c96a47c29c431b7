// This library, as its users get it: the built package.

import { readFileSync } from 'node:fs'
import { createScorer } from '../../../dist/index.js'

export async function create({ query, documents, limit }, { kernel, ...config }) {
  const scorer = await createScorer({ kernel })
  const corpus = scorer.corpus({ dim: query.dim, ...config })
  for (const document of documents) corpus.add(document)
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  return { version, scores: () => corpus.scores(query), rank: () => corpus.rank(query, { limit }) }
}

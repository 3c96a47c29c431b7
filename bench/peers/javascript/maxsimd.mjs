// This library: the built package, as users import it.

import { readFileSync } from 'node:fs'
import { createScorer } from '../../../dist/index.js'

export async function create({ query, documents, limit }, { kernel, threads, ...config }) {
  const scorer = await createScorer(threads > 1 ? { kernel, threads } : { kernel })
  const corpus = scorer.corpus({ dim: query.dim, ...config })
  // with threads, these are promises
  await Promise.all(documents.map(document => corpus.add(document)))
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  return { version, scores: () => corpus.scores(query), rank: () => corpus.rank(query, { limit }) }
}

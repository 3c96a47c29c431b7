// Measures the search of a text index: the corpus is indexed as `maxsimd index` does it, and every query is searched by
// words, by meaning, and by both.

import { evaluate } from '../../src/evaluation/index.js'
import { openTextIndex, type TextIndex, type TextIndexOptions } from '../../src/text-index/index.js'
import type { JudgedCollection } from './collection.js'

/** Results of each query. Recall counts the first hundred. */
const LIMIT = 100

const MODES = ['words', 'meaning', 'both'] as const
export type SearchMode = (typeof MODES)[number]

/** Means over all judged queries. */
export interface SearchQuality {
  readonly mode: SearchMode
  readonly ndcg: number
  readonly recall: number
}

/** The quality of one encoder on one collection. */
export interface SearchResult {
  readonly collection: string
  readonly encoder: string
  readonly documents: number
  readonly queries: number
  readonly quality: readonly SearchQuality[]
}

/** Indexes a collection in `folder`, or continues an earlier index there, and measures its search. */
export async function measureSearch(
  { name, corpus, queries, qrels }: JudgedCollection,
  folder: string,
  options: Pick<TextIndexOptions, 'encoder' | 'encoderName' | 'weighted'>,
  onShare: (share: number) => void = () => undefined,
): Promise<SearchResult> {
  const index = await openTextIndex(folder, options)
  try {
    await index.update([corpus], { onProgress: ({ share }) => onShare(share) })
    const quality: SearchQuality[] = []
    for (const mode of MODES) quality.push({ mode, ...(await qualityOf(index, mode, queries, qrels)) })
    const documents = await index.store.count()
    return { collection: name, encoder: options.encoderName, documents, queries: queries.length, quality }
  } finally {
    await index.close()
  }
}

async function qualityOf(
  index: TextIndex,
  mode: SearchMode,
  queries: JudgedCollection['queries'],
  qrels: JudgedCollection['qrels'],
): Promise<Omit<SearchQuality, 'mode'>> {
  const run = new Map<string, Map<string, number>>()
  for (const { name, text } of queries) {
    const only = mode === 'both' ? undefined : mode
    const { hits } = await index.search(text, { limit: LIMIT, explain: false, only })
    // the order of the hits counts, also of those with equal scores
    run.set(name, new Map(hits.map(({ payload }, rank) => [String(payload.id), LIMIT - rank])))
  }
  const { ndcg, recall } = evaluate(run, qrels)
  return { ndcg, recall }
}

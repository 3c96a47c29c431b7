// A relevance scorer for Mastra: a plain object with the interface `RelevanceScoreProvider` of `@mastra/core`, which
// `rerankWithScorer` of `@mastra/rag` takes. Mastra asks for one text at a time, and for all texts of a ranking at once: calls
// that arrive together are encoded together.

import { checkQueryText, createReranker, type Reranker } from './reranker.js'
import type { RerankerConfig } from './reranker-config.js'

export type * from './reranker-config.js'

/** A Mastra `RelevanceScoreProvider`. */
export interface RelevanceScorer {
  /**
   * Returns how relevant a text is for a query: the MaxSim score divided by the number of rows of the query. With rows of
   * unit length it is at most 1. A text without rows has at most 0.
   *
   * @throws TypeError or RangeError if an argument is not a string, or the query has no rows
   */
  getRelevanceScore(query: string, text: string): Promise<number>
}

/** A call that waits for its score. */
interface WaitingCall {
  readonly text: string
  resolve(score: number): void
  reject(reason: unknown): void
}

/**
 * Creates a relevance scorer for Mastra, which compares texts by late interaction.
 *
 * @throws TypeError or RangeError that names the option at fault
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { createRelevanceScorer } from 'maxsimd/mastra'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const scorer = createRelevanceScorer({ encoder })
 * // with Mastra: await rerankWithScorer({ results, query, scorer, options: { topK: 3 } })
 * const rain = await scorer.getRelevanceScore('talk about rain', 'rainy afternoon in the city')
 * rain > (await scorer.getRelevanceScore('talk about rain', 'sunny day at the beach')) // true
 */
export function createRelevanceScorer(config: RerankerConfig): RelevanceScorer {
  const reranker = createReranker(config, [], 'createRelevanceScorer')
  const waiting = new Map<string, WaitingCall[]>()
  return {
    async getRelevanceScore(query, text) {
      checkQueryText(query, 'query')
      checkQueryText(text, 'text')
      return new Promise<number>((resolve, reject) => {
        const call = { text, resolve, reject }
        const calls = waiting.get(query)
        if (calls) {
          calls.push(call)
          return
        }
        const first = [call]
        waiting.set(query, first)
        // after all calls of the same turn
        setTimeout(() => {
          waiting.delete(query)
          void scoreTogether(reranker, query, first)
        }, 0)
      })
    },
  }
}

async function scoreTogether(
  reranker: Reranker,
  query: string,
  calls: readonly WaitingCall[],
): Promise<void> {
  try {
    const rows = await reranker.rowsOf(query)
    const texts = calls.map(({ text }) => text)
    for (const { index, score } of await reranker.rank(query, texts)) calls[index]!.resolve(score / rows)
  } catch (error) {
    for (const { reject } of calls) reject(error)
  }
}

// The AI SDK's reranking model (`rerank` of the package `ai`), as its specification has it: RerankingModelV3 of
// `@ai-sdk/provider`, which version 7 of the SDK takes as well as version 6 does, or V4, which says the same.

import { oneOf } from '../base/check-options.js'
import { createReranker, documentText, type RerankerConfig } from './reranker.js'

/** A document that is no text: a JSON object. */
export type JsonDocument = Readonly<Record<string, unknown>>

export interface RerankingModelConfig<Version extends 'v3' | 'v4' = 'v3'> extends RerankerConfig {
  /** How the model is called in telemetry. Left out: `late-interaction`. */
  readonly modelId?: string | undefined
  /** Left out: `v3`, which versions 6 and 7 of the AI SDK take. `v4` is for version 7 alone. */
  readonly specificationVersion?: Version | undefined
  /** The text of a document that is an object. Left out: a line for each field, `name: value`. */
  readonly text?: ((document: JsonDocument) => string) | undefined
}

/** What `rerank({ model })` takes. */
export interface RerankingModel<Version extends 'v3' | 'v4' = 'v3'> {
  readonly specificationVersion: Version
  readonly provider: string
  readonly modelId: string
  doRerank(options: {
    readonly documents:
      | { readonly type: 'text'; readonly values: readonly string[] }
      | { readonly type: 'object'; readonly values: readonly JsonDocument[] }
    readonly query: string
    readonly topN?: number | undefined
    readonly abortSignal?: AbortSignal | undefined
  }): Promise<{ ranking: { index: number; relevanceScore: number }[] }>
}

/**
 * A reranking model for the AI SDK: late interaction in this process, without a service.
 *
 * A relevance score is a MaxSim score, so between 0 and the number of the query's rows for rows of unit length that are
 * alike. A document without rows comes last. Ends between two batches of texts when `abortSignal` does.
 *
 * @throws TypeError or RangeError that names the option; from `rerank`, one that names what it was given
 * @example
 * const { ranking } = await rerank({ model: createRerankingModel({ encoder }), query, documents, topN: 3 })
 */
export function createRerankingModel<Version extends 'v3' | 'v4' = 'v3'>(
  config: RerankingModelConfig<Version>,
): RerankingModel<Version> {
  const reranker = createReranker(config, ['modelId', 'specificationVersion', 'text'], 'createRerankingModel')
  const { modelId = 'late-interaction', text = linesOf } = config
  const specificationVersion = oneOf(
    config.specificationVersion ?? 'v3',
    ['v3', 'v4'],
    'specificationVersion',
  )
  return {
    specificationVersion: specificationVersion as Version,
    provider: 'maxsimd',
    modelId,
    async doRerank({ documents, query, topN, abortSignal }) {
      const texts =
        documents.type === 'text'
          ? documents.values.map((value, i) => documentText(value, `documents[${i}]`))
          : documents.values.map((value, i) => documentText(text(value), `text(documents[${i}])`))
      const ranked = await reranker.rank(query, texts, topN, abortSignal)
      return { ranking: ranked.map(({ index, score }) => ({ index, relevanceScore: score })) }
    },
  }
}

function linesOf(document: JsonDocument): string {
  const lines = Object.entries(document).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return lines.join('\n')
}

// A reranking model for `rerank` of the package `ai`: an object with the interface RerankingModelV3 of
// `@ai-sdk/provider`. Versions 6 and 7 of the AI SDK accept it. Version 7 has RerankingModelV4 as well, which differs only
// in the value of `specificationVersion`.

import { checkInstruction, checkQueryText, createReranker } from './reranker.js'
import type { RerankerConfig } from './reranker-config.js'

export type * from './reranker-config.js'

/** A document that is a JSON object instead of a text. */
export type JsonDocument = Readonly<Record<string, unknown>>

/** Options of `createRerankingModel`. */
export interface RerankingModelConfig extends RerankerConfig {
  /** The model's name in telemetry. Default: `late-interaction`. */
  readonly modelId?: string | undefined
  /** Returns the text of a document that is an object. Default: one line for each field, `name: value`. */
  readonly text?: ((document: JsonDocument) => string) | undefined
}

/** A reranking model: the argument `model` of the AI SDK's `rerank`. */
export interface RerankingModel {
  readonly specificationVersion: 'v3'
  readonly provider: string
  readonly modelId: string
  /**
   * Ranks documents, best first. `index` is a document's position in `values`. An `abortSignal` ends the call between
   * two batches of texts.
   *
   * @throws TypeError or RangeError that names the argument at fault
   */
  doRerank(options: {
    readonly documents:
      | { readonly type: 'text'; readonly values: readonly string[] }
      | { readonly type: 'object'; readonly values: readonly JsonDocument[] }
    readonly query: string
    readonly topN?: number | undefined
    readonly abortSignal?: AbortSignal | undefined
    /** `{ maxsimd: { instruction } }` replaces the instruction of the model for this call. */
    readonly providerOptions?: Readonly<Record<string, JsonDocument>> | undefined
  }): Promise<{ ranking: { index: number; relevanceScore: number }[] }>
}

/**
 * Creates a reranking model for the AI SDK: late interaction in this process, without a service.
 *
 * A relevance score is a MaxSim score. With rows of unit length it is at most the number of rows of the query. Documents
 * without rows come last.
 *
 * @throws TypeError or RangeError that names the option at fault
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createRerankingModel } from 'maxsimd/ai-sdk'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const model = createRerankingModel({ encoder })
 * // with the AI SDK: const { ranking } = await rerank({ model, query, documents })
 * const values = ['sunny day at the beach', 'rainy afternoon in the city']
 * const { ranking } = await model.doRerank({ query: 'talk about rain', documents: { type: 'text', values } })
 * ranking[0].index // 1
 */
export function createRerankingModel(config: RerankingModelConfig): RerankingModel {
  const reranker = createReranker(config, ['modelId', 'text'], 'createRerankingModel')
  const { modelId = 'late-interaction', text = linesOf } = config
  return {
    specificationVersion: 'v3',
    provider: 'maxsimd',
    modelId,
    async doRerank({ documents, query, topN, abortSignal, providerOptions }) {
      const texts =
        documents.type === 'text'
          ? documents.values.map((value, i) => checkQueryText(value, `documents[${i}]`))
          : documents.values.map((value, i) => checkQueryText(text(value), `text(documents[${i}])`))
      const own = providerOptions?.maxsimd?.instruction
      const instruction =
        own === undefined ? undefined : checkInstruction(own, 'providerOptions.maxsimd.instruction')
      const ranked = await reranker.rank(query, texts, { topN, signal: abortSignal, instruction })
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

// A node postprocessor for LlamaIndex.TS: a plain object with the interface `BaseNodePostprocessor` of
// `@llamaindex/core`.

import { oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { checkList, checkQueryText, createReranker } from './reranker.js'
import type { RerankerConfig } from './reranker-config.js'

export type * from './reranker-config.js'

/** Options of `createNodePostprocessor`. */
export interface NodePostprocessorConfig extends RerankerConfig {
  /** The maximum number of nodes, at least 1. Default: all, in their new order. */
  readonly topN?: number | undefined
  /** Which metadata a node's text starts with. Default: `EMBED`, the metadata that an index embeds. */
  readonly metadataMode?: 'ALL' | 'EMBED' | 'LLM' | 'NONE' | undefined
}

/** The fields of LlamaIndex's `NodeWithScore` that are read. Its enum MetadataMode has the strings above as values. */
export interface NodeLike {
  readonly node: {
    /** Returns the text of the node. */
    getContent(metadataMode: never): string
  }
  readonly score?: number | undefined
}

/** A query: a text, or the parts of a message. Only parts with a `text` count. */
export type NodeQuery = string | readonly { readonly type: string; readonly text?: unknown }[]

/** A LlamaIndex `BaseNodePostprocessor`. */
export interface NodePostprocessor {
  /**
   * Returns the best nodes, best first, as new objects with their scores. The given objects do not change.
   *
   * @throws TypeError or RangeError that names the node at fault, or if `query` is missing
   */
  postprocessNodes<T extends NodeLike>(nodes: readonly T[], query?: NodeQuery): Promise<T[]>
}

const METADATA_MODES = ['ALL', 'EMBED', 'LLM', 'NONE'] as const

/**
 * Creates a node postprocessor for LlamaIndex.TS, which ranks nodes by late interaction. Nodes without rows come last,
 * with a score that is at most 0 and not above any other.
 *
 * @throws TypeError or RangeError that names the option at fault
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { createNodePostprocessor } from 'maxsimd/llamaindex'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const postprocessor = createNodePostprocessor({ encoder, topN: 1 })
 * // with LlamaIndex.TS: index.asQueryEngine({ nodePostprocessors: [postprocessor] })
 * const texts = ['sunny day at the beach', 'rainy afternoon in the city']
 * const nodes = texts.map(text => ({ node: { getContent: () => text } }))
 * const [best] = await postprocessor.postprocessNodes(nodes, 'talk about rain')
 * best.node.getContent() // 'rainy afternoon in the city'
 */
export function createNodePostprocessor(config: NodePostprocessorConfig): NodePostprocessor {
  const reranker = createReranker(config, ['topN', 'metadataMode'], 'createNodePostprocessor')
  const mode = oneOf(config.metadataMode ?? 'EMBED', METADATA_MODES, 'metadataMode') as never
  return {
    async postprocessNodes(nodes, query) {
      checkList(nodes, 'nodes')
      const texts = nodes.map(({ node }, i) =>
        checkQueryText(node.getContent(mode), `nodes[${i}].node.getContent()`),
      )
      const ranked = await reranker.rank(textOfQuery(query), texts, { topN: config.topN })
      return ranked.map(({ index, score }) => ({ ...nodes[index]!, score }))
    },
  }
}

function textOfQuery(query: NodeQuery | undefined): string {
  if (typeof query === 'string') return query
  if (!Array.isArray(query)) {
    throw new TypeError(
      `"query" expected a text to rank the nodes by, got ${typeName(query)}; pass it to postprocessNodes`,
    )
  }
  return query.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n')
}

// LlamaIndex.TS's node postprocessor: `BaseNodePostprocessor` of `@llamaindex/core`, which is an interface.

import { oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { checkList, createReranker, documentText, type RerankerConfig } from './reranker.js'

export interface NodePostprocessorConfig extends RerankerConfig {
  /** Nodes to give. Left out: all of them, in their new order. */
  readonly topN?: number | undefined
  /** Which metadata stand before a node's text. Left out: `EMBED`, what an index would embed of it. */
  readonly metadataMode?: 'ALL' | 'EMBED' | 'LLM' | 'NONE' | undefined
}

/** What of LlamaIndex's nodes is read. Its modes are an enum, whose values are the strings above. */
export interface NodeLike {
  readonly node: { getContent(metadataMode: never): string }
  readonly score?: number | undefined
}

/** A question, or the parts of a message, of which those with a text count. */
export type NodeQuery = string | readonly { readonly type: string; readonly text?: unknown }[]

/** What LlamaIndex.TS takes as a `BaseNodePostprocessor`. */
export interface NodePostprocessor {
  /** The best nodes, best first, each with its score. The objects given are left as they are. */
  postprocessNodes<T extends NodeLike>(nodes: readonly T[], query?: NodeQuery): Promise<T[]>
}

/**
 * A node postprocessor for LlamaIndex.TS that ranks nodes by late interaction.
 *
 * A node without rows comes last, with a score no higher than any other.
 *
 * @throws TypeError or RangeError that names the option; from `postprocessNodes`, one that names the node
 * @example
 * const engine = index.asQueryEngine({ nodePostprocessors: [createNodePostprocessor({ encoder, topN: 3 })] })
 */
export function createNodePostprocessor(config: NodePostprocessorConfig): NodePostprocessor {
  const reranker = createReranker(config, ['topN', 'metadataMode'], 'createNodePostprocessor')
  const mode = oneOf(config.metadataMode ?? 'EMBED', ['ALL', 'EMBED', 'LLM', 'NONE'], 'metadataMode') as never
  return {
    async postprocessNodes(nodes, query) {
      checkList(nodes, 'nodes')
      const texts = nodes.map(({ node }, i) =>
        documentText(node.getContent(mode), `nodes[${i}].node.getContent()`),
      )
      const ranked = await reranker.rank(questionOf(query), texts, config.topN)
      return ranked.map(({ index, score }) => ({ ...nodes[index]!, score }))
    },
  }
}

function questionOf(query: NodeQuery | undefined): string {
  if (typeof query === 'string') return query
  if (!Array.isArray(query)) {
    throw new TypeError(
      `"query" expected a text to rank the nodes by, got ${typeName(query)}; pass it to postprocessNodes`,
    )
  }
  return query.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n')
}

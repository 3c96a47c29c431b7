// The shards that one worker holds: a part of the documents of each corpus, on a kernel with its own memory. Runs in a
// worker, or on the caller's thread if the engine has no workers.

import { type CorpusShard, createCorpus } from '../../core/corpus.js'
import type { CorpusContext } from '../../core/memory/document-table.js'
import type { FlatMultiVector } from '../../core/multivector.js'
import { withQueries } from '../../core/ranking/loaded-queries.js'
import type { RankReport } from '../../core/ranking/rank-options.js'
import { rankDocuments } from '../../core/ranking/score-list.js'
import type { ScoredDocument } from '../../core/ranking/top-k.js'
import type { Kernel } from '../../kernel/kernel.js'
import type {
  CopiedQueries,
  DocumentBatch,
  RequestContext,
  SerializedError,
  ShardRanking,
  WorkerApi,
} from './worker-api.js'

interface Shard {
  readonly documents: CorpusShard
  readonly context: CorpusContext
}

/**
 * Creates the API of a worker, without shards. `onNamedDocument` is called with the local index of a document that an
 * error is about: only the caller's thread can name it, because it has the index in the whole corpus.
 */
export function createWorkerShards(kernel: Kernel, onNamedDocument: (index: number) => void): WorkerApi {
  const shards = new Map<number, Shard>()
  const nameOf = (index: number) => {
    onNamedDocument(index)
    return ''
  }

  /** The documents of a shard, prepared for a query to the whole corpus. */
  function documentsFor({ corpus, largest }: RequestContext): CorpusShard {
    const { documents, context } = shards.get(corpus)!
    context.largest = largest
    return documents
  }

  return {
    openCorpus({ corpus, dim, metric, dtype, screen }) {
      const context = { largest: 0, nameOf }
      const documents = createCorpus(kernel, { dim, metric, dtype, screen }, { context })
      shards.set(corpus, { documents, context })
    },
    add(batch) {
      const { documents, context } = shards.get(batch.corpus)!
      const refused: { position: number; error: SerializedError }[] = []
      documentsOf(batch).forEach((document, position) => {
        try {
          documents.add(document)
        } catch (error) {
          refused.push({ position, error: serializeError(error) })
        }
      })
      return { refused, byteLength: documents.byteLength, largest: context.largest }
    },
    scores(request) {
      const { query, weights } = request
      return { scores: documentsFor(request).scores(query, { weights }) }
    },
    rank(request) {
      const reports: RankReport[] = []
      const options = { ...optionsOf(request), onReport: (report: RankReport) => reports.push(report) }
      const rankings = documentsFor(request).rankBatch(rowsOf(request), options)
      return { rankings: rankings.map(toShardRanking), reports }
    },
    candidates: request => ({
      candidates: documentsFor(request).candidates(rowsOf(request), optionsOf(request)),
    }),
    explain(request) {
      const { query, index, weights } = request
      const { score, matches, matrix } = documentsFor(request).explain(query, index, { weights })
      return { score, matches, matrix: matrix() }
    },
    rankList: request => rankList(kernel, request, nameOf),
    closeCorpus(corpus) {
      shards.get(corpus)?.documents.dispose()
      shards.delete(corpus)
    },
  }
}

/** Ranks the documents of a request. `nameOf` names a document in an error. */
function rankList(
  kernel: Kernel,
  request: Parameters<WorkerApi['rankList']>[0],
  nameOf: (index: number) => string,
): ShardRanking {
  const { query, metric, weights, limit, blocks, largest } = request
  const list = { documents: documentsOf(request), pathOf: nameOf, blocks, largest }
  return withQueries(kernel, { queries: [query], weights: [weights], metric, dtype: 'f32' }, queries =>
    toShardRanking(rankDocuments(queries, list, limit)),
  )
}

/** The documents of a batch, as views of its array. */
function documentsOf({ dim, rows, data }: DocumentBatch): FlatMultiVector[] {
  let end = 0
  return Array.from(rows, count => {
    const start = end
    end += count * dim
    return { data: data.subarray(start, end), dim }
  })
}

const rowsOf = ({ queries }: CopiedQueries) => queries.map(({ query }) => query)

const optionsOf = ({ queries, limit, subset }: CopiedQueries) => ({
  weights: queries.map(({ weights }) => weights),
  limit,
  subset,
})

const toShardRanking = (ranked: readonly ScoredDocument[]): ShardRanking => ({
  indices: Uint32Array.from(ranked, ({ index }) => index),
  scores: Float32Array.from(ranked, ({ score }) => score),
})

/** Converts anything that was thrown to a form that crosses between threads. */
export const serializeError = (error: unknown): SerializedError =>
  error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) }

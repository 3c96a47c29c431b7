// Ranks a list of documents on all workers, without keeping it. The list is split into the same blocks as on one thread,
// and a block is never divided, so that scores have the bits of one thread.

import { type Block, splitIntoBlocks } from '../core/memory/blocks.js'
import { METRICS, type Metric } from '../core/metric.js'
import { type MultiVector, shapeOf } from '../core/multivector.js'
import { beyondF32 } from '../core/ranking/score-block.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { copyDocuments } from './copy-input.js'
import { mergeRankings } from './merge-rankings.js'
import type { WorkerPool } from './pool/worker-pool.js'
import type { CopiedQuery } from './worker/worker-api.js'

/** A list to rank. */
export interface ListRequest {
  readonly query: CopiedQuery
  readonly metric: Metric
  readonly documents: readonly MultiVector[]
  readonly limit: number
  /** Names a document in an error. */
  pathOf(index: number): string
  /** As in `DocumentList`. */
  readonly largest?: number
}

/** Distributes blocks over workers: consecutive runs with about as many rows each. */
function splitIntoRuns(blocks: readonly Block[], workers: number): Block[][] {
  const totalRows = blocks.reduce((sum, { rows }) => sum + rows, 0)
  const runs: Block[][] = Array.from({ length: workers }, () => [])
  let rowsBefore = 0
  for (const block of blocks) {
    const middle = rowsBefore + block.rows / 2
    runs[Math.min(workers - 1, Math.floor((workers * middle) / totalRows))]!.push(block)
    rowsBefore += block.rows
  }
  return runs.filter(run => run.length > 0)
}

/**
 * Checks and copies the documents of a list. Returns the function that ranks them, to be called when it is the call's
 * turn.
 *
 * @throws TypeError or RangeError that names the document at fault
 */
export function prepareListRanking(
  pool: WorkerPool,
  { query, metric, documents, limit, pathOf, largest }: ListRequest,
): () => Promise<ScoredDocument[]> {
  const { dim } = query.query
  const shapes = documents.map((document, index) => shapeOf(document, pathOf(index), dim))
  const runs = splitIntoRuns(splitIntoBlocks(shapes, dim), pool.workers.length).map(blocks => {
    const { first } = blocks[0]!
    const last = blocks.at(-1)!
    const end = last.first + last.count
    const batch = copyDocuments(documents.slice(first, end), shapes.slice(first, end), dim, i =>
      pathOf(first + i),
    )
    const localBlocks = blocks.map(block => ({ ...block, first: block.first - first }))
    const runLimit = Math.min(limit, end - first)
    return { first, request: { ...query, ...batch, metric, limit: runLimit, blocks: localBlocks, largest } }
  })
  return async () => {
    const leastBusy = [...pool.workers].sort((a, b) => a.pendingCalls - b.pendingCalls)
    const answers = await Promise.all(
      runs.map(({ request }, i) =>
        leastBusy[i]!.call('rankList', request, [request.data.buffer as ArrayBuffer]),
      ),
    )
    const parts = answers.map((answer, i) => {
      const { first } = runs[i]!
      if (answer.overflowIndex !== undefined) throw beyondF32(`"${pathOf(first + answer.overflowIndex)}"`)
      return { ranking: answer.result, indexOf: (index: number) => first + index }
    })
    return mergeRankings(parts, METRICS[metric].ascending, limit)
  }
}

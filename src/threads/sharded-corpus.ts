// A corpus as the caller's thread sees it: one shard of the documents in each worker of a pool, and the directory that
// maps the corpus's indices to those of the shards.

import { beyondF32 } from '../core/ranking/score-block.js'
import type { CorpusSettings } from '../core/scorer-options.js'
import { createDocumentAdder, type DocumentAdder } from './document-adder.js'
import type { CallResult, WorkerHandle } from './pool/worker-handle.js'
import type { WorkerPool } from './pool/worker-pool.js'
import { createShardDirectory, type ShardDirectory } from './shard-directory.js'
import type { RequestContext } from './worker/worker-api.js'

/** A corpus with a shard in each worker. */
export interface ShardedCorpus {
  readonly pool: WorkerPool
  /** The corpus's number, the same in every worker. */
  readonly id: number
  readonly settings: CorpusSettings
  readonly directory: ShardDirectory
  readonly adder: DocumentAdder
}

/** The result of a shard, by its number. */
export interface ShardResult<T> {
  readonly shard: number
  readonly result: T
}

/** Opens an empty shard in each worker of the pool. */
export function openShardedCorpus(pool: WorkerPool, id: number, settings: CorpusSettings): ShardedCorpus {
  const directory = createShardDirectory(pool.workers.length)
  for (const worker of pool.workers) {
    // this fails only if the worker has failed, and then the next call is rejected
    worker.call('openCorpus', { ...settings, corpus: id }).catch(() => {})
  }
  const adder = createDocumentAdder({ pool, corpus: id, dim: settings.dim, directory })
  return { pool, id, settings, directory, adder }
}

/** The context of a request to the corpus, as it is now. */
export const contextOf = ({ id, adder }: ShardedCorpus): RequestContext => ({
  corpus: id,
  largest: adder.largest,
})

/** The number of documents of each shard. */
export const allDocuments = ({ pool, directory }: ShardedCorpus): number[] =>
  pool.workers.map((_, shard) => directory.indicesOf(shard).length)

/**
 * Calls the workers in which `counts`, by shard, has documents to consider.
 *
 * @throws RangeError if a score exceeds f32; it names the document with the lowest index
 */
export async function callShards<T>(
  { pool, directory }: ShardedCorpus,
  counts: readonly number[],
  call: (worker: WorkerHandle, shard: number) => Promise<CallResult<T>>,
): Promise<ShardResult<T>[]> {
  const calls = pool.workers.flatMap((worker, shard) =>
    counts[shard] ? [call(worker, shard).then(answer => ({ shard, answer }))] : [],
  )
  let overflowIndex = Infinity
  const results = (await Promise.all(calls)).flatMap(({ shard, answer }) => {
    if (answer.overflowIndex === undefined) return [{ shard, result: answer.result }]
    overflowIndex = Math.min(overflowIndex, directory.indicesOf(shard)[answer.overflowIndex]!)
    return []
  })
  if (overflowIndex < Infinity) throw beyondF32(`document ${overflowIndex}`)
  return results
}

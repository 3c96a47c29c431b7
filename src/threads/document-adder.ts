// Adds documents to the shards of a corpus: each to the shard with the fewest rows, many in one message. A document gets
// its index when it has been added, in the order of the calls. When memories are nearly full, documents go one at a time,
// and each is offered to every shard before it is refused.

import { deserializeError, type WorkerHandle } from './pool/worker-handle.js'
import type { WorkerPool } from './pool/worker-pool.js'
import type { ShardDirectory } from './shard-directory.js'
import type { AddResult, DocumentBatch } from './worker/worker-api.js'

/** Adds documents to a corpus. */
export interface DocumentAdder {
  /** An upper bound of the absolute values in all shards. */
  readonly largest: number
  /** Bytes that all shards hold. */
  readonly byteLength: number
  /** Adds rows of the corpus's dim and resolves to the document's index. The adder owns `data` from now on. */
  add(data: Float32Array, signal: AbortSignal | undefined): Promise<number>
}

/** The corpus that documents are added to. */
export interface AdderOptions {
  readonly pool: WorkerPool
  /** The corpus's number. */
  readonly corpus: number
  readonly dim: number
  readonly directory: ShardDirectory
}

/** A document that was given to a shard and has no index yet. */
interface Addition {
  readonly data: Float32Array
  readonly rows: number
  readonly shard: ShardLoad
  /** Set when the shard has answered. */
  outcome?: 'added' | Error
  resolve(index: number): void
  reject(error: unknown): void
}

/** The documents of one shard, and those on their way to it. */
interface ShardLoad {
  readonly shard: number
  readonly worker: WorkerHandle
  /** Rows of the documents that it has or was given. */
  rows: number
  /** Bytes that it holds. */
  byteLength: number
  /** The documents of the next message. */
  batch: Addition[]
  /** Numbers in `batch`. */
  batchLength: number
}

interface AdderState extends Omit<AdderOptions, 'pool'> {
  readonly shards: readonly ShardLoad[]
  hasRoom(shard: ShardLoad, bytes: number): boolean
  /** Documents without an index, in the order of the calls. */
  pending: Addition[]
  isFlushScheduled: boolean
  /** A document is being offered to the shards in turn. No other one is on its way meanwhile. */
  isOffering: boolean
  /** A shard has refused a document. Until the first shard that is offered one takes it, documents go one at a time. */
  hasRefused: boolean
  largest: number
}

/** Numbers in a message: 1 MiB, which fits into the second-level cache. */
const MAX_BATCH_LENGTH = 2 ** 18

/** Creates the adder of an empty corpus. */
export function createDocumentAdder({ pool, ...corpus }: AdderOptions): DocumentAdder {
  const shards = pool.workers.map(
    (worker, shard): ShardLoad => ({ shard, worker, rows: 0, byteLength: 0, batch: [], batchLength: 0 }),
  )
  const state: AdderState = {
    ...corpus,
    shards,
    hasRoom: ({ worker }, bytes) => pool.hasRoom(worker, bytes),
    pending: [],
    isFlushScheduled: false,
    isOffering: false,
    hasRefused: false,
    largest: 0,
  }
  return {
    get largest() {
      return state.largest
    },
    get byteLength() {
      return shards.reduce((sum, { byteLength }) => sum + byteLength, 0)
    },
    add(data, signal) {
      return pool.queue.add(
        signal,
        () => !state.isOffering && shardWithRoom(state, data.byteLength) !== undefined,
        () => {
          const shard = shardWithRoom(state, data.byteLength)
          return shard ? addToBatch(state, shard, data) : offerToShards(state, data)
        },
      )
    },
  }
}

/** The shard with the fewest rows among those that are eligible; among equal ones, the one whose memory is least used. */
function smallestShard(
  { shards }: AdderState,
  isEligible: (shard: ShardLoad) => boolean,
): ShardLoad | undefined {
  const memoryOf = ({ worker }: ShardLoad) => worker.usedBytes + worker.inFlightBytes
  let smallest: ShardLoad | undefined
  for (const shard of shards) {
    if (!isEligible(shard)) continue
    const difference = smallest ? smallest.rows - shard.rows || memoryOf(smallest) - memoryOf(shard) : 1
    if (difference > 0) smallest = shard
  }
  return smallest
}

/** The shard to send a document of `bytes` to without waiting, if any is certain to have room. */
function shardWithRoom(state: AdderState, bytes: number): ShardLoad | undefined {
  return state.hasRefused ? undefined : smallestShard(state, shard => state.hasRoom(shard, bytes))
}

/** Bytes that a document may take in a memory: it may be stored twice, for screening. */
const reservedBytes = (data: Float32Array) => 2 * data.byteLength

/** Puts a document into the next message to a shard. */
function addToBatch(state: AdderState, shard: ShardLoad, data: Float32Array): Promise<number> {
  const rows = data.length / state.dim
  return new Promise((resolve, reject) => {
    const addition: Addition = { data, rows, shard, resolve, reject }
    state.pending.push(addition)
    shard.batch.push(addition)
    shard.rows += rows
    shard.batchLength += data.length
    shard.worker.inFlightBytes += reservedBytes(data)
    if (shard.batchLength >= MAX_BATCH_LENGTH) void flush(state, shard)
    else scheduleFlush(state)
  })
}

/** Sends the batches of all shards when the caller's synchronous code has ended. */
function scheduleFlush(state: AdderState): void {
  if (state.isFlushScheduled) return
  state.isFlushScheduled = true
  queueMicrotask(() => {
    state.isFlushScheduled = false
    for (const shard of state.shards) void flush(state, shard)
  })
}

/** Sends the batch of a shard and settles its documents. */
async function flush(state: AdderState, shard: ShardLoad): Promise<void> {
  const { batch, worker } = shard
  if (batch.length === 0) return
  shard.batch = []
  shard.batchLength = 0
  const bytes = batch.reduce((sum, { data }) => sum + reservedBytes(data), 0)
  try {
    const documents = joinDocuments(batch, state.dim)
    const request = { ...documents, corpus: state.corpus }
    const answer = await worker.call('add', request, [documents.data.buffer as ArrayBuffer])
    for (const addition of batch) addition.outcome = 'added'
    if (answer.overflowIndex === undefined) {
      recordResult(state, shard, answer.result)
      for (const { position, error } of answer.result.refused)
        batch[position]!.outcome = deserializeError(error)
      state.hasRefused ||= answer.result.refused.length > 0
    }
  } catch (error) {
    for (const addition of batch) addition.outcome = error as Error
  }
  worker.inFlightBytes -= bytes
  settle(state)
}

function recordResult(state: AdderState, shard: ShardLoad, { byteLength, largest }: AddResult): void {
  shard.byteLength = byteLength
  state.largest = Math.max(state.largest, largest)
}

/** Settles the documents before the first one without an outcome: those that were added get the next indices. */
function settle(state: AdderState): void {
  let settled = 0
  for (const { outcome, shard, rows, resolve, reject } of state.pending) {
    if (outcome === undefined) break
    settled++
    if (outcome === 'added') resolve(state.directory.append(shard.shard, rows))
    else {
      shard.rows -= rows
      reject(outcome)
    }
  }
  state.pending = settled === state.pending.length ? [] : state.pending.slice(settled)
}

/** Offers a document to one shard after another, the smallest first. Throws the first refusal if all refuse it. */
async function offerToShards(state: AdderState, data: Float32Array): Promise<number> {
  const rows = Uint32Array.of(data.length / state.dim)
  const tried = new Set<ShardLoad>()
  let refusal: Error | undefined
  state.isOffering = true
  try {
    while (tried.size < state.shards.length) {
      const shard = smallestShard(state, candidate => !tried.has(candidate))!
      tried.add(shard)
      const answer = await shard.worker.call('add', { dim: state.dim, rows, data, corpus: state.corpus })
      if (answer.overflowIndex !== undefined) continue
      recordResult(state, shard, answer.result)
      const [refused] = answer.result.refused
      if (!refused) {
        shard.rows += rows[0]!
        state.hasRefused = tried.size > 1
        return state.directory.append(shard.shard, rows[0]!)
      }
      refusal ??= deserializeError(refused.error)
    }
  } finally {
    state.isOffering = false
  }
  throw refusal!
}

/** Joins documents into one batch. A single document is not copied. */
function joinDocuments(additions: readonly Addition[], dim: number): DocumentBatch {
  const rows = Uint32Array.from(additions, addition => addition.rows)
  const [first] = additions
  if (first && additions.length === 1) return { dim, rows, data: first.data }
  const data = new Float32Array(additions.reduce((sum, addition) => sum + addition.data.length, 0))
  let end = 0
  for (const addition of additions) {
    data.set(addition.data, end)
    end += addition.data.length
  }
  return { dim, rows, data }
}

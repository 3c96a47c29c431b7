// The workers of one threaded scorer and the queue of its calls.

import { DisposedError } from '../../base/errors.js'
import { messageOf } from '../../base/is-a.js'
import type { WorkerLike } from '../../core/scorer-options.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { KernelChoice } from '../../kernel/load-kernel.js'
import { type CallQueue, createCallQueue } from './call-queue.js'
import { findThreads } from './platform.js'
import { createLocalWorker, startWorker, type WorkerHandle } from './worker-handle.js'

/** The state that all parts of a threaded scorer share. */
export interface WorkerPool {
  readonly workers: readonly WorkerHandle[]
  readonly queue: CallQueue
  /** Bytes that the engine holds for the workers' memories, at their last replies. 0 after `end`. */
  readonly memoryBytes: number
  /**
   * Returns true if the worker is certain to have room for a document of `bytes`, so that it can be sent without waiting
   * for an answer.
   */
  hasRoom(worker: WorkerHandle, bytes: number): boolean
  /** Ends all workers and rejects pending and later calls with `reason`. A second call does nothing. */
  end(reason: Error): Promise<void>
}

/** How to start the workers of a pool. */
export interface WorkerPoolOptions {
  readonly choice: KernelChoice
  /** Starts a kernel on the caller's thread. */
  readonly startKernel: () => Promise<Kernel>
  readonly threads: number
  /** The memory limit of each worker. Default: 4 GiB. */
  readonly maxBytes: number | undefined
  /** Starts a worker. Default: its program is a string. */
  readonly createWorker: (() => WorkerLike) | undefined
}

const MAX_MEMORY_BYTES = 65535 * 65536

/** A worker with less room than this gets one document at a time, and so does one whose memory is 7/8 full. */
const MARGIN_BYTES = 32 * 1024 * 1024

/**
 * Starts the workers of a pool. There is only one, on the caller's thread, if `threads` is 1 or the engine has no threads.
 *
 * @throws TypeError if workers cannot start
 */
export async function createWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { threads, maxBytes } = options
  const queue = createCallQueue(threads + 1)
  let workers: readonly WorkerHandle[] = []
  let ended: Promise<void> | undefined

  function end(reason: Error): Promise<void> {
    ended ??= (async () => {
      queue.close(reason)
      await Promise.all(workers.map(worker => worker.end(reason)))
    })()
    return ended
  }

  let failure: Error | undefined
  workers = await startWorkers(options, error => {
    failure = error
    void end(error)
  })
  if (failure) {
    // it failed before `end` could see the others
    await Promise.all(workers.map(worker => worker.end(failure!)))
    throw failure
  }
  const pool: WorkerPool = {
    workers,
    queue,
    get memoryBytes() {
      return ended !== undefined ? 0 : workers.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
    },
    hasRoom: createRoomCheck(maxBytes),
    end,
  }
  dropped.register(pool, end)
  return pool
}

/**
 * Ends the workers of a pool that was dropped without `end`. Scorers, corpora and calls without a result refer to the pool;
 * its workers and its queue do not, because a running worker is never collected.
 */
const dropped = new FinalizationRegistry<WorkerPool['end']>(
  end => void end(new DisposedError('scorer', 'it was no longer in use')),
)

/** Starts `threads` workers, or one on the caller's thread if the engine has no threads. */
async function startWorkers(
  { choice, startKernel, threads, maxBytes, createWorker }: WorkerPoolOptions,
  onFailure: (error: Error) => void,
): Promise<WorkerHandle[]> {
  const startThread = threads > 1 ? await findThreads(createWorker) : undefined
  if (!startThread) return [createLocalWorker(await startKernel())]
  const start = { module: choice.module, maxBytes }
  const results = await Promise.allSettled(
    Array.from({ length: threads }, async () => startWorker(startThread, start, onFailure)),
  )
  const workers = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (workers.length === threads) return workers
  const failed = results.find(result => result.status === 'rejected')
  const error = startError(failed?.reason, createWorker !== undefined)
  await Promise.all(workers.map(worker => worker.end(error)))
  throw error
}

/** The error if a worker did not start. */
function startError(cause: unknown, isOwnWorker: boolean): TypeError {
  const remedy = isOwnWorker
    ? '"worker" must start the file maxsimd/worker.js, and a content security policy must allow it with "worker-src"'
    : 'the content security policy of a page needs "worker-src blob:"; under another policy, under Trusted Types and in ' +
      'an extension, pass "worker", a function that starts maxsimd/worker.js'
  return new TypeError(
    `a worker did not start: ${messageOf(cause)}; use { threads: 1 }, or allow workers: ${remedy}`,
    {
      cause,
    },
  )
}

/** Creates `WorkerPool.hasRoom` for workers with a memory of `maxBytes`. Documents may fill 7/8 of it, less the margin. */
function createRoomCheck(maxBytes = MAX_MEMORY_BYTES): WorkerPool['hasRoom'] {
  const room = Math.min(maxBytes, MAX_MEMORY_BYTES) * (7 / 8) - MARGIN_BYTES
  // twice the bytes, because a corpus may keep a second copy of its rows, for screening
  return ({ usedBytes, inFlightBytes }, bytes) => usedBytes + inFlightBytes + 2 * bytes <= room
}

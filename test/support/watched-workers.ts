// Watches the workers that a test starts, by replacing the class of `node:worker_threads`.

import workerThreads, { type Transferable, type WorkerOptions } from 'node:worker_threads'
import { afterEach, beforeEach } from 'vitest'

/** The class of the engine. */
export const OriginalWorker = workerThreads.Worker

/** A worker that counts the bytes of documents that are sent to it. */
class WatchedWorker extends OriginalWorker {
  documentBytes = 0
  constructor(code: string | URL, options?: WorkerOptions) {
    super(code, options)
    watched.started.push(this)
    watched.running++
    this.on('exit', () => watched.running--)
  }
  override postMessage(message: unknown, transfer?: readonly Transferable[]): void {
    const { data } = (message as { request?: { data?: Float32Array } }).request ?? {}
    this.documentBytes += data?.byteLength ?? 0
    super.postMessage(message, transfer)
  }
}

const watched = {
  /** The workers that the current test has started. */
  started: [] as WatchedWorker[],
  /** Number of workers that have not ended. */
  running: 0,
}

/** Watches the workers of each test in the file that calls it. */
export function watchWorkers(): typeof watched {
  beforeEach(() => {
    watched.started = []
    watched.running = 0
    workerThreads.Worker = WatchedWorker
  })
  afterEach(() => {
    workerThreads.Worker = OriginalWorker
  })
  return watched
}

// Threads of the engine: `worker_threads` in Node, Deno and Bun, Web Workers in browsers, none elsewhere. The worker's
// program is a string, so no file has to be found at run time and no bundler has to be configured.

import { nodeModule } from '../../base/node-module.js'
import { WORKER } from '../worker/worker.generated.js'

/** One thread of the engine. */
export interface Thread {
  /** Sends a message. Buffers in `transfer` are moved, everything else is copied. */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void
  /** Sets whether the thread keeps the process alive. */
  keepAlive(isNeeded: boolean): void
  end(): Promise<void>
}

/** The events of a thread. */
export interface ThreadListener {
  onMessage(data: unknown): void
  /** The thread has ended, or its program threw. May be called more than once. */
  onFailure(reason: string, cause?: unknown): void
}

/** Starts a thread that runs the worker's program. */
export type StartThread = (listener: ThreadListener) => Thread

interface NodeWorker {
  on(event: string, listener: (value: unknown) => void): void
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void
  ref(): void
  unref(): void
  terminate(): Promise<unknown>
}

interface WorkerThreads {
  readonly Worker: new (code: string, options: object) => NodeWorker
}

interface Globals {
  readonly navigator?: { readonly hardwareConcurrency?: number }
}

/** The number of threads that the machine can run at a time. */
export async function availableParallelism(): Promise<number> {
  const { navigator } = globalThis as Globals
  return (
    (await nodeModule<{ availableParallelism(): number }>('node:os'))?.availableParallelism() ??
    navigator?.hardwareConcurrency ??
    1
  )
}

/** Returns the function that starts threads, or undefined if the engine has no threads. */
export async function findThreads(): Promise<StartThread | undefined> {
  const node = await nodeModule<WorkerThreads>('node:worker_threads')
  if (node) return listener => startNodeThread(node.Worker, listener)
  return typeof Worker === 'function' ? startWebThread : undefined
}

function startNodeThread(NodeWorker: WorkerThreads['Worker'], listener: ThreadListener): Thread {
  // the flags of this process (--input-type, --import) do not apply to the worker
  const options = { eval: true, execArgv: [], env: {}, name: 'maxsimd' }
  const worker = new NodeWorker(`const{parentPort:port}=require('node:worker_threads');${WORKER}`, options)
  worker.on('message', listener.onMessage)
  worker.on('messageerror', cause => listener.onFailure('it could not read a message', cause))
  worker.on('error', cause =>
    listener.onFailure(cause instanceof Error ? cause.message : String(cause), cause),
  )
  worker.on('exit', code => listener.onFailure(`it exited with code ${code}`))
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    keepAlive: isNeeded => (isNeeded ? worker.ref() : worker.unref()),
    async end() {
      // a reply that arrives during the termination unrefs the worker; without another reason to stay alive, Node would
      // exit (with code 13) before a caller's `await scorer.dispose()` continues
      const timer = setInterval(() => {}, 2 ** 30)
      try {
        await worker.terminate()
      } finally {
        clearInterval(timer)
      }
    },
  }
}

function startWebThread(listener: ThreadListener): Thread {
  const url = URL.createObjectURL(new Blob([`const port=self;${WORKER}`], { type: 'text/javascript' }))
  const worker = new Worker(url, { name: 'maxsimd' })
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(url)
    listener.onMessage(data)
  }
  worker.onmessageerror = cause => listener.onFailure('it could not read a message', cause)
  worker.onerror = cause => {
    URL.revokeObjectURL(url)
    listener.onFailure(cause.message || 'it did not start', cause)
  }
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    keepAlive() {},
    end: async () => worker.terminate(),
  }
}

// Threads of the engine: `worker_threads` in Node, Deno and Bun, Web Workers in browsers, none elsewhere. The worker's
// program is a string, so there is no file to find and nothing to set in a bundler. Knows nothing of what is said.

import { nodeModule } from '../base/node-module.js'
import { WORKER } from './worker.generated.js'

/** One thread of the engine. */
export interface Thread {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void
  /** Whether the process must stay alive for it. */
  hold(busy: boolean): void
  end(): Promise<void>
}

export interface Listener {
  message(data: unknown): void
  /** The thread is gone, or its program threw. May be called more than once. */
  death(reason: string, cause?: unknown): void
}

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

/** How many threads the machine runs at a time. */
export async function parallelism(): Promise<number> {
  const { navigator } = globalThis as Globals
  return (
    (await nodeModule<{ availableParallelism(): number }>('node:os'))?.availableParallelism() ??
    navigator?.hardwareConcurrency ??
    1
  )
}

/** A way to start threads, or undefined where there are none. */
export async function findThreads(): Promise<((listener: Listener) => Thread) | undefined> {
  const node = await nodeModule<WorkerThreads>('node:worker_threads')
  if (node) return listener => startNodeThread(node.Worker, listener)
  return typeof Worker === 'function' ? startWebThread : undefined
}

function startNodeThread(NodeWorker: WorkerThreads['Worker'], listener: Listener): Thread {
  // the flags of this process (--input-type, --import) are none of the worker's
  const options = { eval: true, execArgv: [], env: {}, name: 'maxsimd' }
  const worker = new NodeWorker(`const{parentPort:port}=require('node:worker_threads');${WORKER}`, options)
  worker.on('message', listener.message)
  worker.on('messageerror', cause => listener.death('a message did not arrive', cause))
  worker.on('error', cause => listener.death(cause instanceof Error ? cause.message : String(cause), cause))
  worker.on('exit', code => listener.death(`it exited with code ${code}`))
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: busy => (busy ? worker.ref() : worker.unref()),
    end: async () => {
      await worker.terminate()
    },
  }
}

function startWebThread(listener: Listener): Thread {
  const url = URL.createObjectURL(new Blob([`const port=self;${WORKER}`], { type: 'text/javascript' }))
  const worker = new Worker(url, { name: 'maxsimd' })
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(url)
    listener.message(data)
  }
  worker.onmessageerror = cause => listener.death('a message did not arrive', cause)
  worker.onerror = cause => {
    URL.revokeObjectURL(url)
    listener.death(cause.message || 'it did not start', cause)
  }
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    hold() {},
    end: async () => worker.terminate(),
  }
}

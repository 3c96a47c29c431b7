// Threads of the engine: `worker_threads` in Node, Deno and Bun, Web Workers in browsers, none elsewhere. The worker's
// program is a string, so no file has to be found at run time and no bundler has to be configured. Where a policy forbids
// that, the caller starts workers from a file.

import { messageOf } from '../../base/is-a.js'
import { nodeModule } from '../../base/node-module.js'
import { typeName } from '../../base/type-name.js'
import type { WorkerLike } from '../../core/scorer-options.js'
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

/** A worker of `worker_threads`, or one with the same methods. */
interface NodeWorker extends WorkerLike {
  on(event: string, listener: (value: unknown) => void): void
  ref(): void
  unref(): void
}

/** A Web Worker. Those of Bun have `ref` and `unref` too. */
interface WebWorker extends WorkerLike {
  addEventListener(event: string, listener: (event: { data?: unknown; message?: string }) => void): void
  ref?(): void
  unref?(): void
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

/**
 * Returns the function that starts threads, or undefined if the engine has no threads.
 *
 * @param createWorker the caller's option `worker`
 */
export async function findThreads(
  createWorker: (() => WorkerLike) | undefined,
): Promise<StartThread | undefined> {
  if (createWorker) return listener => connect(checkWorker(createWorker()), listener)
  const node = await nodeModule<WorkerThreads>('node:worker_threads')
  if (node) return listener => connectNodeWorker(startNodeWorker(node.Worker), listener)
  return typeof Worker === 'function' ? startWebThread : undefined
}

/** @throws TypeError if the caller's function did not return a worker */
function checkWorker(worker: unknown): NodeWorker | WebWorker {
  const methods = worker as Partial<NodeWorker & WebWorker> | undefined
  if (methods?.postMessage && (methods.on || methods.addEventListener))
    return worker as NodeWorker | WebWorker
  throw new TypeError(
    `"worker" expected a function that returns a Worker, got one that returns ${typeName(worker)}`,
  )
}

const connect = (worker: NodeWorker | WebWorker, listener: ThreadListener): Thread =>
  'on' in worker ? connectNodeWorker(worker, listener) : connectWebWorker(worker, listener)

function startNodeWorker(NodeWorker: WorkerThreads['Worker']): NodeWorker {
  // the flags of this process (--input-type, --import) do not apply to the worker
  const options = { eval: true, execArgv: [], env: {}, name: 'maxsimd' }
  return new NodeWorker(`const{parentPort:port}=require('node:worker_threads');${WORKER}`, options)
}

function connectNodeWorker(worker: NodeWorker, listener: ThreadListener): Thread {
  worker.on('message', listener.onMessage)
  worker.on('messageerror', cause => listener.onFailure('it could not read a message', cause))
  worker.on('error', cause => listener.onFailure(messageOf(cause), cause))
  worker.on('exit', code => listener.onFailure(`it exited with code ${code}`))
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
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
  try {
    const worker = new Worker(url, { name: 'maxsimd' })
    // the browser reads the program before either event
    for (const event of ['message', 'error']) worker.addEventListener(event, () => URL.revokeObjectURL(url))
    return connectWebWorker(worker, listener)
  } catch (error) {
    URL.revokeObjectURL(url)
    throw error
  }
}

function connectWebWorker(worker: WebWorker, listener: ThreadListener): Thread {
  worker.addEventListener('message', ({ data }) => listener.onMessage(data))
  worker.addEventListener('messageerror', cause => listener.onFailure('it could not read a message', cause))
  worker.addEventListener('error', cause => listener.onFailure(cause.message || 'it did not start', cause))
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    keepAlive: isNeeded => (isNeeded ? worker.ref?.() : worker.unref?.()),
    end: async () => {
      worker.terminate()
    },
  }
}

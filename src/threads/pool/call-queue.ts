// The queue of a scorer's calls. They start in the order in which they were made. Additions may run at the same time, and
// so may a limited number of queries, but a query starts only when every earlier addition has ended. A call that is aborted
// while it waits does not start.

import { checkAbortSignal } from '../../base/check-options.js'

/** Runs calls in order. */
export interface CallQueue {
  /**
   * Runs a query when it is its turn. An abort rejects it at once. If it was already running, its result is discarded
   * when the threads have finished it.
   */
  query<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T>
  /**
   * Runs an addition when it is its turn: when no other addition runs, or `mayOverlap()` is true. An abort rejects it
   * only while it waits, because a rejected document must not be added.
   */
  add<T>(signal: AbortSignal | undefined, mayOverlap: () => boolean, run: () => Promise<T>): Promise<T>
  /** Rejects all waiting calls, and from now on every call. */
  close(error: Error): void
}

interface WaitingCall {
  readonly signal: AbortSignal | undefined
  isReady(): boolean
  start(): void
  reject(error: unknown): void
}

interface QueueState {
  /** Calls in order. Those before `head` have started or were aborted, and are `undefined`. */
  waiting: (WaitingCall | undefined)[]
  head: number
  /** Running calls. They are kept, so that no scorer is collected whose caller waits for a result. */
  readonly runningQueries: Set<unknown>
  readonly runningAdditions: Set<unknown>
  closeError: Error | undefined
}

/** Creates an empty queue that runs at most `maxQueries` queries at a time. */
export function createCallQueue(maxQueries: number): CallQueue {
  const state: QueueState = {
    waiting: [],
    head: 0,
    runningQueries: new Set(),
    runningAdditions: new Set(),
    closeError: undefined,
  }
  return {
    query: (signal, run) =>
      enqueue(state, signal, {
        isReady: () => state.runningAdditions.size === 0 && state.runningQueries.size < maxQueries,
        run: () => runCounted(state, state.runningQueries, run),
      }),
    add: (signal, mayOverlap, run) =>
      enqueue(state, signal, {
        isReady: () => state.runningAdditions.size === 0 || mayOverlap(),
        run(ignoreAbort) {
          ignoreAbort()
          return runCounted(state, state.runningAdditions, run)
        },
      }),
    close(error) {
      state.closeError = error
      const rejected = state.waiting.slice(state.head)
      state.waiting = []
      state.head = 0
      for (const call of rejected) call?.reject(error)
    },
  }
}

/** Counts a call as running until it ends, then starts the calls that waited for that. */
async function runCounted<T>(state: QueueState, running: Set<unknown>, run: () => Promise<T>): Promise<T> {
  running.add(run)
  try {
    return await run()
  } finally {
    running.delete(run)
    startReadyCalls(state)
  }
}

/** Starts calls from the head of the queue, up to the first that is not ready. */
function startReadyCalls(state: QueueState): void {
  while (state.head < state.waiting.length) {
    const call = state.waiting[state.head]!
    const isAborted = call.signal?.aborted
    if (!isAborted && !call.isReady()) return
    state.waiting[state.head++] = undefined
    if (!isAborted) call.start()
  }
  state.waiting = []
  state.head = 0
}

/** Adds a call to the queue. `run` starts it; its argument stops an abort from rejecting the call. */
function enqueue<T>(
  state: QueueState,
  signal: AbortSignal | undefined,
  { isReady, run }: { isReady(): boolean; run(ignoreAbort: () => void): Promise<T> },
): Promise<T> {
  try {
    checkAbortSignal(signal)
  } catch (error) {
    return Promise.reject(error)
  }
  if (state.closeError) return Promise.reject(state.closeError)
  if (signal?.aborted) return Promise.reject(signal.reason)
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      reject(signal?.reason)
      startReadyCalls(state)
    }
    const ignoreAbort = () => signal?.removeEventListener('abort', onAbort)
    const call: WaitingCall = {
      signal,
      isReady,
      start() {
        run(ignoreAbort).then(resolve, reject).finally(ignoreAbort)
      },
      reject(error) {
        ignoreAbort()
        reject(error)
      },
    }
    signal?.addEventListener('abort', onAbort)
    state.waiting.push(call)
    startReadyCalls(state)
  })
}

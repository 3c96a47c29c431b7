// The order of a scorer's calls. They start in the order they were made: additions beside each other, questions a few
// at a time, a question only when every addition before it is in. A call that waits can be given up at no cost.

import { typeName } from '../base/type-name.js'

export interface CallQueue {
  /** Runs `start` when it is its turn. An abort rejects the call at once; what threads compute for it is dropped. */
  ask<T>(signal: AbortSignal | undefined, start: () => Promise<T>): Promise<T>
  /**
   * The same for an addition, which waits for those before it unless `mayOverlap`. An abort gives it up as long as it
   * has not started: a document that is not in must not get in.
   */
  add<T>(signal: AbortSignal | undefined, mayOverlap: () => boolean, start: () => Promise<T>): Promise<T>
  /** Rejects what waits, and from now on every call. */
  close(error: Error): void
}

interface Waiting {
  readonly signal: AbortSignal | undefined
  isReady(): boolean
  start(): void
  reject(error: unknown): void
}

/** A queue that has at most `most` questions under way. */
export function createCallQueue(most: number): CallQueue {
  let waiting: (Waiting | undefined)[] = []
  let head = 0
  let adding = 0
  let asking = 0
  let closed: Error | undefined

  function pump(): void {
    while (head < waiting.length) {
      const call = waiting[head]
      // one abort gives up several calls, one after another: none may start because another was given up
      const isGivenUp = !call || call.signal?.aborted
      if (!isGivenUp && !call.isReady()) return
      waiting[head++] = undefined
      if (!isGivenUp) call.start()
    }
    waiting = []
    head = 0
  }

  function enqueue<T>(
    signal: AbortSignal | undefined,
    isReady: () => boolean,
    begin: (call: { readonly stopListening: () => void }) => Promise<T>,
  ): Promise<T> {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      return Promise.reject(new TypeError(`"signal" expected an AbortSignal, got ${typeName(signal)}`))
    }
    if (closed) return Promise.reject(closed)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => {
        const place = waiting.indexOf(call)
        if (place >= 0) waiting[place] = undefined
        reject(signal?.reason)
        pump()
      }
      const stopListening = () => signal?.removeEventListener('abort', giveUp)
      const call: Waiting = {
        signal,
        isReady,
        start() {
          begin({ stopListening }).then(resolve, reject).finally(stopListening)
        },
        reject(error) {
          stopListening()
          reject(error)
        },
      }
      signal?.addEventListener('abort', giveUp)
      waiting.push(call)
      pump()
    })
  }

  return {
    ask: (signal, start) =>
      enqueue(
        signal,
        () => adding === 0 && asking < most,
        async () => {
          asking++
          try {
            return await start()
          } finally {
            asking--
            pump()
          }
        },
      ),
    add: (signal, mayOverlap, start) =>
      enqueue(
        signal,
        () => adding === 0 || mayOverlap(),
        async ({ stopListening }) => {
          stopListening()
          adding++
          try {
            return await start()
          } finally {
            adding--
            pump()
          }
        },
      ),
    close(error) {
      closed = error
      const given = waiting.slice(head)
      waiting = []
      head = 0
      for (const call of given) call?.reject(error)
    },
  }
}

// The caller's end of one thread: calls go out in order, each becomes a promise. A lane keeps a Node process alive only
// while a call is pending. When its thread dies, every pending and every later call is rejected.

import type { Kernel } from '../kernel/kernel.js'
import { createService, type WorkerCall, type WorkerReply, type WorkerStart } from './messages.js'
import type { Listener, Thread } from './platform.js'
import type { Refusal, WorkerApi } from './shard.js'

/** What a slice gave: a result, or the document whose score is beyond f32, by the slice's index. */
export type Answer<T> = { readonly result: T; readonly beyond?: undefined } | { readonly beyond: number }

type Name = keyof WorkerApi

export interface WorkerHandle {
  /** As of the last reply: bytes in use in its memory, and bytes that the engine holds for it. */
  readonly used: number
  readonly capacity: number
  /** Calls that have no reply yet. */
  readonly pending: number
  /** Bytes that are on their way into its memory. The caller's to keep. */
  underway: number
  /** Buffers in `transfer` are moved, everything else is copied. */
  call<K extends Name>(
    name: K,
    request: Parameters<WorkerApi[K]>[0],
    transfer?: readonly ArrayBuffer[],
  ): Promise<Answer<ReturnType<WorkerApi[K]>>>
  /** Ends the thread and rejects what is pending with `reason`. */
  end(reason: Error): Promise<void>
}

const ERRORS: Readonly<Record<string, new (message: string) => Error>> = { TypeError, RangeError }

/** The error that another thread threw. */
export function errorOf({ name, message }: Refusal): Error {
  return new (ERRORS[name] ?? Error)(message)
}

interface Pending {
  resolve(reply: WorkerReply): void
  reject(error: Error): void
}

/** A lane on a thread of its own; ready when its kernel is. `died` is called once, with the error for every call. */
export async function startWorker(
  startThread: (listener: Listener) => Thread,
  start: WorkerStart,
  died: (error: Error) => void,
): Promise<WorkerHandle> {
  const pending = new Map<number, Pending>()
  let state = { used: 0, capacity: 0 }
  let next = 0
  let over: Error | undefined

  function finish(error: Error): void {
    over = error
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }

  const thread = startThread({
    message(data) {
      const reply = data as WorkerReply
      const waiting = pending.get(reply.id)
      pending.delete(reply.id)
      state = reply
      if (pending.size === 0) thread.hold(false)
      waiting?.resolve(reply)
    },
    death(reason, cause) {
      if (over) return
      const text = `a worker of the scorer died: ${reason}; its documents are lost, make a new scorer`
      finish(new Error(text, { cause }))
      died(over!)
    },
  })

  function send(
    message: Omit<WorkerCall, 'id'> | WorkerStart,
    transfer: readonly ArrayBuffer[] | undefined,
  ): Promise<WorkerReply> {
    if (over) return Promise.reject(over)
    return new Promise((resolve, reject) => {
      const id = next++
      if (pending.size === 0) thread.hold(true)
      pending.set(id, { resolve, reject })
      thread.post({ ...message, id }, transfer ?? [])
    })
  }

  async function end(reason: Error): Promise<void> {
    finish(reason)
    await thread.end()
  }

  try {
    const { refusal } = await send(start, undefined)
    if (refusal) throw errorOf(refusal)
    if (over) throw over
  } catch (error) {
    await thread.end()
    throw error
  }
  return laneOf(() => ({ ...state, pending: pending.size }), send, end)
}

/** A lane without a thread: it computes where its caller is, and is asynchronous all the same. */
export function createLocalWorker(kernel: Kernel): WorkerHandle {
  const answer = createService(kernel)
  let pending = 0
  let over: Error | undefined
  return laneOf(
    () => ({ used: kernel.memory.used, capacity: kernel.memory.capacity, pending }),
    async call => {
      pending++
      await undefined
      pending--
      if (over) throw over
      return answer({ ...call, id: 0 })
    },
    async reason => {
      over = reason
      kernel.memory.release()
    },
  )
}

function laneOf(
  state: () => Pick<WorkerHandle, 'used' | 'capacity' | 'pending'>,
  send: (call: Omit<WorkerCall, 'id'>, transfer: readonly ArrayBuffer[] | undefined) => Promise<WorkerReply>,
  end: (reason: Error) => Promise<void>,
): WorkerHandle {
  return {
    get used() {
      return state().used
    },
    get capacity() {
      return state().capacity
    },
    get pending() {
      return state().pending
    },
    underway: 0,
    async call<K extends Name>(
      name: K,
      request: Parameters<WorkerApi[K]>[0],
      transfer?: readonly ArrayBuffer[],
    ): Promise<Answer<ReturnType<WorkerApi[K]>>> {
      const { result, refusal, beyond } = await send({ name, request }, transfer)
      if (refusal) throw errorOf(refusal)
      return beyond === undefined ? { result: result as ReturnType<WorkerApi[K]> } : { beyond }
    },
    end,
  }
}

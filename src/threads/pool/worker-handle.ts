// The caller's side of one worker: sends calls in order and returns a promise for each. A worker keeps a Node process
// alive only while a call is pending. When its thread fails, every pending and every later call is rejected.

import type { Kernel } from '../../kernel/kernel.js'
import {
  createWorkerService,
  type WorkerCall,
  type WorkerReply,
  type WorkerStart,
} from '../worker/messages.js'
import type { SerializedError, WorkerApi } from '../worker/worker-api.js'
import type { StartThread } from './platform.js'

/** The result of a call, or the local index of the document whose score exceeds f32. */
export type CallResult<T> =
  | { readonly result: T; readonly overflowIndex?: undefined }
  | { readonly overflowIndex: number }

type Method = keyof WorkerApi
type Result<M extends Method> = ReturnType<WorkerApi[M]>

/** The caller's side of one worker. */
export interface WorkerHandle {
  /** Bytes in use in the worker's memory, at its last reply. */
  readonly usedBytes: number
  /** Bytes that the engine holds for the worker's memory, at its last reply. */
  readonly capacityBytes: number
  /** Number of calls without a reply. */
  readonly pendingCalls: number
  /** An upper bound of the bytes that sent documents will take in its memory. Set by the sender of documents. */
  inFlightBytes: number
  /** Calls a method. Buffers in `transfer` are moved, everything else is copied. */
  call<M extends Method>(
    method: M,
    request: Parameters<WorkerApi[M]>[0],
    transfer?: readonly ArrayBuffer[],
  ): Promise<CallResult<Result<M>>>
  /** Ends the thread and rejects pending and later calls with `reason`. */
  end(reason: Error): Promise<void>
}

/** How a handle reaches its worker. */
interface Connection extends Pick<WorkerHandle, 'end'> {
  send(call: Omit<WorkerCall, 'id'>, transfer: readonly ArrayBuffer[]): Promise<WorkerReply>
}

interface PendingCall {
  resolve(reply: WorkerReply): void
  reject(error: Error): void
}

const ERRORS: Readonly<Record<string, new (message: string) => Error>> = { TypeError, RangeError }

/** Restores an error that another thread threw. */
export function deserializeError({ name, message }: SerializedError): Error {
  return new (ERRORS[name] ?? Error)(message)
}

/**
 * Starts a worker on a thread of its own. Resolves when its kernel is ready.
 *
 * @param onFailure called once if the thread fails, with the error that rejects every call
 */
export async function startWorker(
  startThread: StartThread,
  start: WorkerStart,
  onFailure: (error: Error) => void,
): Promise<WorkerHandle> {
  const pending = new Map<number, PendingCall>()
  let nextId = 0
  let endReason: Error | undefined

  function rejectCalls(reason: Error): void {
    endReason = reason
    for (const { reject } of pending.values()) reject(reason)
    pending.clear()
  }

  const thread = startThread({
    onMessage(data) {
      const reply = data as WorkerReply
      const call = pending.get(reply.id)
      pending.delete(reply.id)
      if (pending.size === 0) thread.keepAlive(false)
      call?.resolve(reply)
    },
    onFailure(reason, cause) {
      if (endReason) return
      const text = `a worker of the scorer failed: ${reason}; its documents are lost, create a new scorer`
      rejectCalls(new Error(text, { cause }))
      onFailure(endReason!)
    },
  })

  function send(
    message: Omit<WorkerCall, 'id'> | WorkerStart,
    transfer: readonly ArrayBuffer[],
  ): Promise<WorkerReply> {
    if (endReason) return Promise.reject(endReason)
    return new Promise((resolve, reject) => {
      const id = nextId++
      if (pending.size === 0) thread.keepAlive(true)
      pending.set(id, { resolve, reject })
      thread.post({ ...message, id }, transfer)
    })
  }

  try {
    const reply = await send(start, [])
    if (reply.error) throw deserializeError(reply.error)
    if (endReason) throw endReason
    const connection: Connection = {
      send,
      async end(reason) {
        rejectCalls(reason)
        await thread.end()
      },
    }
    return createHandle(connection, reply)
  } catch (error) {
    await thread.end()
    throw error
  }
}

/** Creates a worker without a thread. It computes on the caller's thread, but its calls are asynchronous all the same. */
export function createLocalWorker(kernel: Kernel): WorkerHandle {
  const { memory } = kernel
  const answer = createWorkerService(kernel)
  let endReason: Error | undefined
  const connection: Connection = {
    async send(call) {
      await undefined
      if (endReason) throw endReason
      return answer({ ...call, id: 0 })
    },
    async end(reason) {
      endReason = reason
      memory.release()
    },
  }
  return createHandle(connection, { usedBytes: memory.used, capacityBytes: memory.capacity })
}

function createHandle(
  { send, end }: Connection,
  { usedBytes, capacityBytes }: Pick<WorkerReply, 'usedBytes' | 'capacityBytes'>,
): WorkerHandle {
  const handle = {
    usedBytes,
    capacityBytes,
    pendingCalls: 0,
    inFlightBytes: 0,
    async call<M extends Method>(
      name: M,
      request: Parameters<WorkerApi[M]>[0],
      transfer: readonly ArrayBuffer[] = [],
    ): Promise<CallResult<Result<M>>> {
      handle.pendingCalls++
      try {
        const { result, error, overflowIndex, ...memory } = await send({ name, request }, transfer)
        handle.usedBytes = memory.usedBytes
        handle.capacityBytes = memory.capacityBytes
        if (error) throw deserializeError(error)
        return overflowIndex === undefined ? { result: result as Result<M> } : { overflowIndex }
      } finally {
        handle.pendingCalls--
      }
    },
    end,
  }
  return handle
}

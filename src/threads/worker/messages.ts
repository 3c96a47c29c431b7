// The messages between a scorer and its workers. The first one starts the worker's kernel. Every later one is a call of
// `WorkerApi`. Each message has one reply, and replies come in the order of the messages.

import { isA } from '../../base/is-a.js'
import type { Kernel, KernelModule } from '../../kernel/kernel.js'
import type { SerializedError, WorkerApi } from './worker-api.js'
import { createWorkerShards, serializeError } from './worker-shards.js'

/** The first message. */
export interface WorkerStart {
  readonly module: KernelModule | undefined
  readonly maxBytes: number | undefined
}

/** Every later message. */
export interface WorkerCall {
  readonly id: number
  readonly name: keyof WorkerApi
  readonly request: unknown
}

/** The reply to a message. It has a `result`, or else an `error` or an `overflowIndex`. */
export interface WorkerReply {
  /** The message's number. */
  readonly id: number
  readonly result?: unknown
  readonly error?: SerializedError
  /** The local index of a document whose score exceeds f32. The caller's thread makes the error, with its own index. */
  readonly overflowIndex?: number
  /** Bytes in use in the kernel's memory. */
  readonly usedBytes: number
  /** Bytes that the engine holds for the kernel's memory. */
  readonly capacityBytes: number
}

/** Creates a function that answers calls on a kernel. It throws only if a message does not come from this library. */
export function createWorkerService(kernel: Kernel): (call: WorkerCall) => WorkerReply {
  let overflowIndex: number | undefined
  const shards = createWorkerShards(kernel, index => {
    overflowIndex = index
  })
  const run = ({ name, request }: WorkerCall) => {
    overflowIndex = undefined
    const method = shards[name] as (request: unknown) => unknown
    try {
      return { result: method(request) }
    } catch (error) {
      return overflowIndex === undefined ? { error: serializeError(error) } : { overflowIndex }
    }
  }
  return call => {
    if (!(call.name in shards)) throw new TypeError('a worker of maxsimd received an unknown message')
    const { id } = call
    return { id, ...run(call), usedBytes: kernel.memory.used, capacityBytes: kernel.memory.capacity }
  }
}

/** The buffers of all typed arrays in a message, to transfer them instead of copying. */
export function buffersOf(message: unknown): ArrayBuffer[] {
  if (typeof message !== 'object' || message === null) return []
  if (!ArrayBuffer.isView(message)) return Object.values(message).flatMap(buffersOf)
  return isA(message.buffer, 'ArrayBuffer') ? [message.buffer] : []
}

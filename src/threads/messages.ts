// What crosses between a scorer and its workers. The first message starts a kernel; each one after it is a call of
// `Slices`. Every message has one reply, in the same order.

import type { Kernel, KernelModule } from '../kernel/kernel.js'
import { createWorkerApi, type Refusal, refusalOf, type WorkerApi } from './shard.js'

export interface WorkerStart {
  readonly module: KernelModule | undefined
  readonly maxBytes: number | undefined
}

export interface WorkerCall {
  readonly id: number
  readonly name: keyof WorkerApi
  readonly request: unknown
}

export interface WorkerReply {
  readonly id: number
  readonly result?: unknown
  readonly refusal?: Refusal
  /** Stands for an error about a document, by the index that the slice knows it by: its score is beyond f32. */
  readonly beyond?: number
  /** Bytes in the kernel's memory that are in use, and bytes that the engine holds for it. */
  readonly used: number
  readonly capacity: number
}

/** Answers calls on a kernel. Throws only if a message is none of ours. */
export function createService(kernel: Kernel): (call: WorkerCall) => WorkerReply {
  let beyond: number | undefined
  const slices = createWorkerApi(kernel, index => {
    beyond = index
  })
  const outcome = (call: WorkerCall) => {
    beyond = undefined
    const run = slices[call.name] as (request: unknown) => unknown
    try {
      return { result: run(call.request) }
    } catch (error) {
      return beyond === undefined ? { refusal: refusalOf(error) } : { beyond }
    }
  }
  return call => {
    if (!(call.name in slices)) throw new TypeError(`a worker of maxsimd got a message that is not maxsimd's`)
    const { id } = call
    return { id, ...outcome(call), used: kernel.memory.used, capacity: kernel.memory.capacity }
  }
}

/** The buffers of the arrays in a message, to be moved instead of copied. */
export function buffersOf(message: unknown): ArrayBuffer[] {
  if (typeof message !== 'object' || message === null) return []
  if (!ArrayBuffer.isView(message)) return Object.values(message).flatMap(buffersOf)
  return message.buffer instanceof ArrayBuffer ? [message.buffer] : []
}

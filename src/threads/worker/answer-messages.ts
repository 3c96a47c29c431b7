// The program of a worker: it starts a kernel with the first message, and answers each later one.

import { startKernel } from '../../kernel/load-kernel.js'
import {
  buffersOf,
  createWorkerService,
  type WorkerCall,
  type WorkerReply,
  type WorkerStart,
} from './messages.js'
import { serializeError } from './worker-shards.js'

/** The worker's end of its connection: `self` in a Web Worker, `parentPort` in Node. */
export interface WorkerPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
}

/** Answers the messages that arrive at a port. */
export function answerMessages(port: WorkerPort): void {
  let answer: ((call: WorkerCall) => WorkerReply) | undefined

  port.onmessage = ({ data }) => {
    if (answer) {
      const reply = answer(data as WorkerCall)
      port.postMessage(reply, buffersOf(reply.result))
      return
    }
    const { module, maxBytes } = data as WorkerStart
    const post = (reply: Omit<WorkerReply, 'id'>) => port.postMessage({ id: 0, ...reply }, [])
    startKernel(module, maxBytes).then(
      kernel => {
        answer = createWorkerService(kernel)
        post({ usedBytes: kernel.memory.used, capacityBytes: kernel.memory.capacity })
      },
      error => post({ error: serializeError(error), usedBytes: 0, capacityBytes: 0 }),
    )
  }
}

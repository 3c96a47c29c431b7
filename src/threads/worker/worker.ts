// The whole program of a worker. scripts/build.mjs bundles it into a string, worker.generated.ts. pool/platform.ts puts a
// line before it that declares `port`, which differs between Node and browsers. No file imports this one.

import { startKernel } from '../../kernel/load-kernel.js'
import {
  buffersOf,
  createWorkerService,
  type WorkerCall,
  type WorkerReply,
  type WorkerStart,
} from './messages.js'
import { serializeError } from './worker-shards.js'

declare const port: {
  onmessage: (event: { readonly data: unknown }) => void
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
}

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

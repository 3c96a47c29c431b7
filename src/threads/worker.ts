// A worker's whole program. scripts/build.mjs bundles it into a string, `worker.generated.ts`; `platform.ts` puts a line
// before it that declares `port`, which differs between Node and the browser. Nobody imports this file.

import { startKernel } from '../kernel/load-kernel.js'
import { buffersOf, createService, type WorkerCall, type WorkerReply, type WorkerStart } from './messages.js'
import { refusalOf } from './shard.js'

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
  startKernel(module, maxBytes).then(
    kernel => {
      answer = createService(kernel)
      const { used, capacity } = kernel.memory
      port.postMessage({ id: 0, used, capacity } satisfies WorkerReply, [])
    },
    error =>
      port.postMessage({ id: 0, refusal: refusalOf(error), used: 0, capacity: 0 } satisfies WorkerReply, []),
  )
}

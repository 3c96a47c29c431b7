// The program of a worker as a file, `maxsimd/worker.js`, for the option `worker`. A bundle without imports, which runs as a
// module and as a classic script, in a Web Worker and in a worker of Node. No file imports this one.

import { nodeModule } from '../../base/node-module.js'
import { answerMessages, type WorkerPort } from './answer-messages.js'

const scope = globalThis as unknown as Partial<WorkerPort>
if (scope.postMessage) answerMessages(scope as WorkerPort)
else {
  // messages wait until there is a listener
  void nodeModule<{ readonly parentPort: WorkerPort }>('node:worker_threads').then(
    threads => threads && answerMessages(threads.parentPort),
  )
}

// The program of a worker as a string: scripts/build.mjs bundles it into worker.generated.ts. pool/platform.ts puts a line
// before it that declares `port`, which differs between Node and browsers. No file imports this one.

import { answerMessages, type WorkerPort } from './answer-messages.js'

declare const port: WorkerPort

answerMessages(port)

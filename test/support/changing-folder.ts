// Tests that change the current folder of the process.

import { isMainThread } from 'node:worker_threads'
import { it } from 'vitest'

/** `it` for such tests. StrykerJS runs tests in worker threads, which cannot change the folder, and leaves them out. */
export const itChangingFolder = it.runIf(isMainThread)

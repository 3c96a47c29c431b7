// What the parts of one threaded scorer share: its lanes, and the order of its calls.

import type { CallQueue } from './call-queue.js'
import type { WorkerHandle } from './worker-handle.js'

export interface WorkerPool {
  readonly lanes: readonly WorkerHandle[]
  readonly queue: CallQueue
  /** Whether a lane surely has room for a document of so many bytes: then it can be sent without waiting. */
  isRoomy(lane: WorkerHandle, bytes: number): boolean
}

/** Options that every threaded call takes. */
export interface CallOptions {
  /** Gives the call up: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Below this much room, and in memories that are nearly full, documents go one at a time. */
const MARGIN = 32 * 1024 * 1024
const MOST_BYTES = 65535 * 65536

/** How much a lane may be sent without waiting: all but an eighth of its memory. */
export function roominess(maxBytes = MOST_BYTES): WorkerPool['isRoomy'] {
  const room = Math.min(maxBytes, MOST_BYTES) * (7 / 8) - MARGIN
  // twice: a corpus may keep a copy of its rows in another form
  return (lane, bytes) => lane.used + lane.underway + 2 * bytes <= room
}

// Documents on their way into a corpus's slices: each to the slice with the fewest rows, many to a message. They get
// their indices when they are in, in the order of the calls. Where memories are nearly full, one goes at a time, and is
// offered to every slice before it is refused.

import type { Added, DocumentBatch } from './shard.js'
import type { ShardDirectory } from './shard-directory.js'
import { errorOf } from './worker-handle.js'
import type { WorkerPool } from './worker-pool.js'

export interface Additions {
  /** At least the largest absolute value in any slice. */
  readonly largest: number
  /** Bytes that the slices hold. */
  readonly byteLength: number
  /** Takes rows of the corpus's dim, which it keeps, and resolves to the document's index. */
  add(data: Float32Array, signal: AbortSignal | undefined): Promise<number>
}

interface Addition {
  readonly data: Float32Array
  readonly rows: number
  readonly lane: number
  outcome?: 'in' | Error
  resolve(index: number): void
  reject(error: unknown): void
}

/** Numbers in a message: 1 MiB, which the second-level cache holds. */
const BATCH = 2 ** 18

export function createAdditions(
  crew: WorkerPool,
  corpus: number,
  dim: number,
  directory: ShardDirectory,
): Additions {
  const { lanes, queue } = crew
  const placedRows = lanes.map(() => 0)
  const heldBytes = lanes.map(() => 0)
  const batches: Addition[][] = lanes.map(() => [])
  const lengths = lanes.map(() => 0)
  // in the order of the calls
  let unsettled: Addition[] = []
  let isFlushing = false
  let isAlone = false
  // a slice has refused a document: until one is taken at the first offer, they go alone
  let isWary = false
  let largest = 0

  const bytesOf = ({ data }: { data: Float32Array }) => data.byteLength

  function note(lane: number, added: Added): void {
    heldBytes[lane] = added.byteLength
    largest = Math.max(largest, added.largest)
  }

  /** The lane with the fewest rows of those that pass; of equal ones that with the fewest bytes. */
  function fewest(passes: (lane: number) => boolean): number | undefined {
    let best: number | undefined
    lanes.forEach(({ used, underway }, lane) => {
      if (!passes(lane)) return
      const gain = best === undefined ? 1 : placedRows[best]! - placedRows[lane]!
      const lighter = best !== undefined && used + underway < lanes[best]!.used + lanes[best]!.underway
      if (gain > 0 || (gain === 0 && lighter)) best = lane
    })
    return best
  }

  const roomy = (bytes: number) => (isWary ? undefined : fewest(lane => crew.isRoomy(lanes[lane]!, bytes)))

  async function flush(lane: number): Promise<void> {
    const additions = batches[lane]!
    if (additions.length === 0) return
    batches[lane] = []
    lengths[lane] = 0
    const batch = joined(additions, dim)
    try {
      const answer = await lanes[lane]!.call('add', { ...batch, corpus }, [batch.data.buffer as ArrayBuffer])
      for (const addition of additions) addition.outcome = 'in'
      if (answer.beyond === undefined) {
        note(lane, answer.result)
        for (const { place, error } of answer.result.refused) additions[place]!.outcome = errorOf(error)
        isWary ||= answer.result.refused.length > 0
      }
    } catch (error) {
      for (const addition of additions) addition.outcome = error as Error
    }
    for (const addition of additions) lanes[lane]!.underway -= 2 * 4 * dim * addition.rows
    settle()
  }

  /** Gives indices to all documents before the first that is still on its way. */
  function settle(): void {
    let done = 0
    for (const { outcome, lane, rows, resolve, reject } of unsettled) {
      if (outcome === undefined) break
      done++
      if (outcome === 'in') resolve(directory.append(lane, rows))
      else {
        placedRows[lane]! -= rows
        reject(outcome)
      }
    }
    unsettled = done === unsettled.length ? [] : unsettled.slice(done)
  }

  function enlist(lane: number, data: Float32Array): Promise<number> {
    const rows = data.length / dim
    return new Promise((resolve, reject) => {
      const addition: Addition = { data, rows, lane, resolve, reject }
      unsettled.push(addition)
      batches[lane]!.push(addition)
      placedRows[lane]! += rows
      lanes[lane]!.underway += 2 * bytesOf(addition)
      lengths[lane]! += data.length
      if (lengths[lane]! >= BATCH) void flush(lane)
      else if (!isFlushing) {
        isFlushing = true
        queueMicrotask(() => {
          isFlushing = false
          for (const i of lanes.keys()) void flush(i)
        })
      }
    })
  }

  /** Offers a document to one slice after another, while nothing else is on its way. */
  async function addAlone(data: Float32Array): Promise<number> {
    const rows = Uint32Array.of(data.length / dim)
    const tried = new Set<number>()
    let refusal: Error | undefined
    isAlone = true
    try {
      while (tried.size < lanes.length) {
        const lane = fewest(i => !tried.has(i))!
        tried.add(lane)
        const answer = await lanes[lane]!.call('add', { dim, rows, data, corpus })
        if (answer.beyond !== undefined) continue
        note(lane, answer.result)
        const [refused] = answer.result.refused
        if (!refused) {
          placedRows[lane]! += rows[0]!
          isWary = tried.size > 1
          return directory.append(lane, rows[0]!)
        }
        refusal ??= errorOf(refused.error)
      }
    } finally {
      isAlone = false
    }
    throw refusal!
  }

  return {
    get largest() {
      return largest
    },
    get byteLength() {
      return heldBytes.reduce((sum, bytes) => sum + bytes, 0)
    },
    add(data, signal) {
      return queue.add(
        signal,
        () => !isAlone && roomy(data.byteLength) !== undefined,
        () => {
          const lane = roomy(data.byteLength)
          return lane === undefined ? addAlone(data) : enlist(lane, data)
        },
      )
    },
  }
}

/** Several documents as one message, which is theirs: their own arrays may go with it. */
function joined(additions: readonly Addition[], dim: number): DocumentBatch {
  const rows = Uint32Array.from(additions, addition => addition.rows)
  const [only] = additions
  if (additions.length === 1) return { dim, rows, data: only!.data }
  const data = new Float32Array(additions.reduce((sum, addition) => sum + addition.data.length, 0))
  let at = 0
  for (const addition of additions) {
    data.set(addition.data, at)
    at += addition.data.length
  }
  return { dim, rows, data }
}

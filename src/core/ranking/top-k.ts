// The best of many scores, kept in the kernel's heap while blocks of documents are scored.

import type { Kernel } from '../../kernel/kernel.js'
import { METRICS, type Metric } from '../metric.js'

/** One document of a ranking. */
export interface ScoredDocument {
  /** The document's index: what `add` returned, or its place in the list that was ranked. */
  readonly index: number
  /** Its MaxSim score, an f32: larger is better with `dot` and `cosine`, smaller with `euclid` and `manhattan`. */
  readonly score: number
}

export interface TopK {
  /** Offers `count` scores in the kernel's memory, the first of which is of document `first`. Indices must rise. */
  offer(scores: number, count: number, first: number): void
  /** The best, best first, equal scores by index. */
  take(): ScoredDocument[]
  dispose(): void
}

export function createTopK({ memory, functions }: Kernel, metric: Metric, limit: number): TopK {
  const heap = memory.allocate(8 * limit)
  const ascending = METRICS[metric].ascending ? 1 : 0
  let size = 0
  return {
    offer(scores, count, first) {
      size = functions.select(scores, count, first, ascending, heap, limit, size)
    },
    take() {
      functions.ranked(heap, size, ascending)
      const scores = memory.f32(heap, 2 * size)
      const indices = memory.u32(heap, 2 * size)
      return Array.from({ length: size }, (_, i) => ({ index: indices[2 * i + 1]!, score: scores[2 * i]! }))
    },
    dispose: () => memory.free(heap),
  }
}

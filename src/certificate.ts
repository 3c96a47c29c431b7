// Exact rankings from inexact scores: which documents can be among the best, by the bounds of their scores.
//
// With lower <= f32 score <= upper for every document, the k-th largest lower bound is a score that k documents reach.
// A document whose upper bound is below it is none of the best k; the others, few of them, are scored again. The ranking
// is then exactly that of the f32 kernel, scores and ties included.

import type { Kernel } from './kernel/kernel.js'
import { createRanking, type Ranking } from './ranking.js'

export interface Certificate {
  /** Takes the bounds of `count` documents from position `first`; `lowerAt` is where the lower ones are in memory. */
  offer(first: number, count: number, bounds: { upper: Float32Array; lowerAt: number }): void
  /** The positions of all documents that can be among the best, rising. */
  candidates(): Uint32Array
  dispose(): void
}

/** For the best `limit` of `total` documents. */
export function createCertificate(kernel: Kernel, limit: number, total: number): Certificate {
  const ranking: Ranking = createRanking(kernel, 'dot', limit)
  const uppers = new Float32Array(total)
  return {
    offer(first, count, { upper, lowerAt }) {
      uppers.set(upper, first)
      ranking.offer(lowerAt, count, first)
    },
    candidates() {
      const threshold = ranking.take().at(-1)?.score ?? Infinity
      const found = new Uint32Array(total)
      let size = 0
      for (let position = 0; position < total; position++) {
        if (uppers[position]! >= threshold) found[size++] = position
      }
      return found.subarray(0, size)
    },
    dispose: () => ranking.dispose(),
  }
}

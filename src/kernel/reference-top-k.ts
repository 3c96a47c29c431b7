// The top k of the reference kernel: `assembly/top.ts` with a sort instead of a heap.

// biome-ignore-all lint/complexity/useMaxParams: the functions mirror the kernel's WebAssembly exports

import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'

/** A score and the index of its document. */
interface Pair {
  readonly score: number
  readonly index: number
}

const bestFirst = (ascending: number) => (a: Pair, b: Pair) =>
  (ascending ? a.score - b.score : b.score - a.score) || a.index - b.index

function readPairs({ buffer }: Pages, heap: number, size: number): Pair[] {
  const [scores, indices] = [
    new Float32Array(buffer, heap, 2 * size),
    new Uint32Array(buffer, heap, 2 * size),
  ]
  return Array.from({ length: size }, (_, i) => ({ score: scores[2 * i]!, index: indices[2 * i + 1]! }))
}

function writePairs({ buffer }: Pages, heap: number, pairs: readonly Pair[]): void {
  const size = 2 * pairs.length
  const [scores, indices] = [new Float32Array(buffer, heap, size), new Uint32Array(buffer, heap, size)]
  for (const [i, { score, index }] of pairs.entries()) {
    scores[2 * i] = score
    indices[2 * i + 1] = index
  }
}

/** Creates the functions that select and sort the best scores. `memory` returns the pages at the time of the call. */
export function createReferenceTopK(memory: () => Pages): Pick<KernelFunctions, 'ranked' | 'select'> {
  return {
    ranked(heap, size, ascending) {
      writePairs(memory(), heap, readPairs(memory(), heap, size).sort(bestFirst(ascending)))
    },
    select(scores, count, first, ascending, heap, limit, size) {
      const offered = Array.from(new Float32Array(memory().buffer, scores, count), (score, i) => ({
        score,
        index: first + i,
      }))
      const kept = [...readPairs(memory(), heap, size), ...offered].sort(bestFirst(ascending)).slice(0, limit)
      writePairs(memory(), heap, kept)
      return kept.length
    },
  }
}

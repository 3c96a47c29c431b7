// A priority queue of pairs of symbols that byte-pair encoding can merge.

/** Two adjacent symbols, with their texts at the time when the pair was found. */
export interface SymbolPair {
  /** Position in the list of merges: the pair of the lowest rank is merged first. */
  readonly rank: number
  /** Index of the left symbol. */
  readonly left: number
  /** Index of the right symbol. */
  readonly right: number
  readonly leftText: string
  readonly rightText: string
}

/** Returns pairs by ascending rank; of equal ranks the leftmost first. */
export interface PairHeap {
  push(pair: SymbolPair): void
  /** Removes and returns the first pair; undefined if there is none. */
  pop(): SymbolPair | undefined
}

const isBefore = (a: SymbolPair, b: SymbolPair) => a.rank < b.rank || (a.rank === b.rank && a.left < b.left)

/** Creates an empty binary heap. */
export function createPairHeap(): PairHeap {
  const heap: SymbolPair[] = []
  return {
    push(pair) {
      let i = heap.length
      while (i > 0) {
        const parent = (i - 1) >> 1
        if (!isBefore(pair, heap[parent]!)) break
        heap[i] = heap[parent]!
        i = parent
      }
      heap[i] = pair
    },
    pop() {
      const [first] = heap
      const last = heap.pop()
      if (heap.length === 0 || !last) return first
      let i = 0
      for (let child = 1; child < heap.length; child = 2 * i + 1) {
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
        if (!isBefore(heap[child]!, last)) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
      return first
    },
  }
}

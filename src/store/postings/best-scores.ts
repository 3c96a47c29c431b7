// Collects the slots with the largest scores. Slots that score as much as the last of them are kept too, because their
// order does not depend on the slot alone.

/** A slot and its score. */
export interface ScoredSlot {
  readonly slot: number
  readonly score: number
}

export interface BestScores {
  /** Slots that score less need not be added. -Infinity until there are enough. */
  readonly floor: number
  add(slot: number, score: number): void
  /** The largest `limit` scores, and those that equal the last of them; largest first, equal ones by slot. */
  results(): ScoredSlot[]
}

/**
 * @param limit how many are needed, at least 1
 * @param floor lower scores are not needed
 */
export function createBestScores(limit: number, floor = -Infinity): BestScores {
  /** A heap of the largest scores, the smallest of them first. */
  const heap: number[] = []
  let found: ScoredSlot[] = []
  let lowest = floor

  function addToHeap(score: number): void {
    if (heap.length < limit) {
      heap.push(score)
      siftUp(heap)
    } else if (score > heap[0]!) {
      heap[0] = score
      siftDown(heap)
    }
    if (heap.length === limit && heap[0]! > lowest) lowest = heap[0]!
  }

  return {
    get floor() {
      return lowest
    },
    add(slot, score) {
      if (score < lowest) return
      found.push({ slot, score })
      addToHeap(score)
      // what fell below the floor is removed now and then; equal scores stay, however many there are
      if (found.length >= 4 * limit + 1024 && (found.length & (found.length - 1)) === 0) {
        found = found.filter(({ score: other }) => other >= lowest)
      }
    },
    results: () =>
      found.filter(({ score }) => score >= lowest).sort((a, b) => b.score - a.score || a.slot - b.slot),
  }
}

function siftUp(heap: number[]): void {
  for (let child = heap.length - 1; child > 0; ) {
    const parent = (child - 1) >> 1
    if (heap[parent]! <= heap[child]!) return
    ;[heap[parent], heap[child]] = [heap[child]!, heap[parent]!]
    child = parent
  }
}

function siftDown(heap: number[]): void {
  for (let parent = 0; ; ) {
    let child = 2 * parent + 1
    if (child >= heap.length) return
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
    if (heap[parent]! <= heap[child]!) return
    ;[heap[parent], heap[child]] = [heap[child]!, heap[parent]!]
    parent = child
  }
}

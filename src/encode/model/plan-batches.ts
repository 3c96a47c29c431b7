// Texts of like length are encoded together: a batch costs what its longest text costs, times the number of texts.

/**
 * Which sequences go together: the longest first, so that what does not fit shows at once. A batch of n sequences takes
 * n times its longest, and no more than `bound` tokens; a sequence that is longer than that goes alone.
 */
export function planBatches(lengths: readonly number[], bound: number): readonly (readonly number[])[] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b)
  const batches: number[][] = []
  let longest = 0
  for (const i of order) {
    const batch = batches.at(-1)
    if (batch && (batch.length + 1) * longest <= bound) {
      batch.push(i)
    } else {
      batches.push([i])
      longest = lengths[i]!
    }
  }
  return batches
}

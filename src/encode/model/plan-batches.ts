// Groups texts of similar length into batches: the time of a batch is its longest text times its number of texts.

/**
 * Groups sequences into batches, the longest first, so that a batch that exceeds memory fails at once. Each batch takes
 * at most `maxTokens` tokens, padding included; a longer sequence is a batch alone.
 */
export function planBatches(lengths: readonly number[], maxTokens: number): readonly (readonly number[])[] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b)
  const batches: number[][] = []
  let longest = 0
  for (const i of order) {
    const batch = batches.at(-1)
    if (batch && (batch.length + 1) * longest <= maxTokens) {
      batch.push(i)
    } else {
      batches.push([i])
      longest = lengths[i]!
    }
  }
  return batches
}

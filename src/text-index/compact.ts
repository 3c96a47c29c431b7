// Removes what changes have left behind in the store of an index: the points of changed and removed files, and those that were
// written again with their rows.

import type { Store } from '../store/index.js'

/**
 * Compacts a store with at least half as many dead points as live ones. A compaction writes the live points again, so that
 * all changes of an index together write each point at most three times.
 */
export async function compactIfWorth(store: Store, signal: AbortSignal | undefined): Promise<void> {
  const { points, dead } = await store.info()
  if (dead > 0 && 2 * dead >= points) await store.compact({ signal })
}

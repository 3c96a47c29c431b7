// A collection that tells how far a long command is: each query, each page that was read. It changes nothing else.

import type { Hit, QdrantCollection, StoredPoint } from '../qdrant/index.js'
import type { Progress } from './progress.js'

/**
 * The collection, its queries and scrolls shown on `progress`.
 *
 * `queries` is how many are expected, `points` how many there are to read.
 */
export function watched(
  collection: QdrantCollection,
  progress: Progress,
  { queries, points }: { readonly queries: number; readonly points: number },
): QdrantCollection {
  let asked = 0
  return {
    ...collection,
    async query(query, options): Promise<Hit[]> {
      const hits = await collection.query(query, options)
      progress.at(Math.min(1, ++asked / queries))
      return hits
    },
    async *scroll(options): AsyncGenerator<StoredPoint> {
      progress.stage('reading points')
      let read = 0
      for await (const point of collection.scroll(options)) {
        if (++read % 64 === 0) progress.at(Math.min(1, read / Math.max(1, points)))
        yield point
      }
    },
  }
}

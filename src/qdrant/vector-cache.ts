// Document vectors kept beside the program, so that a rerank does not fetch them again. A hit's version tells whether
// a copy is still the point's: every change of a point gives it another.

import type { PointId } from '../collection/collection.js'
import type { FlatMultiVector } from '../core/multivector.js'

/** Where rerank looks for vectors before it fetches them. One cache belongs to one vector of one collection. */
export interface VectorCache {
  /** The document as the server stores it, if a copy of exactly this version is there. Not modified. */
  get(id: PointId, version: number): FlatMultiVector | undefined | Promise<FlatMultiVector | undefined>
  /** Keeps a document, which becomes the cache's. */
  set(id: PointId, version: number, document: FlatMultiVector): void | Promise<void>
}

export interface MemoryCache extends VectorCache {
  readonly size: number
  readonly byteLength: number
  clear(): void
}

interface Entry {
  readonly version: number
  readonly document: FlatMultiVector
}

/**
 * A cache in memory that forgets what was not used for longest when it holds more than `maxBytes`.
 *
 * @throws RangeError if maxBytes is not a positive number
 */
export function createVectorCache({ maxBytes }: { readonly maxBytes: number }): MemoryCache {
  if (!(typeof maxBytes === 'number' && maxBytes > 0)) {
    throw new RangeError(`"maxBytes" expected a positive number, got ${String(maxBytes)}`)
  }
  // a Map keeps the order of insertion: what is used is put in again, so the first is the one to forget
  const entries = new Map<PointId, Entry>()
  let byteLength = 0

  function forget(id: PointId): void {
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    byteLength -= entry.document.data.byteLength
  }

  return {
    get size() {
      return entries.size
    },
    get byteLength() {
      return byteLength
    },
    get(id, version) {
      const entry = entries.get(id)
      if (entry?.version !== version) return undefined
      entries.delete(id)
      entries.set(id, entry)
      return entry.document
    },
    set(id, version, document) {
      forget(id)
      if (document.data.byteLength > maxBytes) return
      entries.set(id, { version, document })
      byteLength += document.data.byteLength
      for (const oldest of entries.keys()) {
        if (byteLength <= maxBytes) break
        forget(oldest)
      }
    },
    clear() {
      entries.clear()
      byteLength = 0
    },
  }
}

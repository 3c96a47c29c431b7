// A cache of document vectors, so that `rerank` does not fetch them again. Every change of a point changes its version, so
// a copy may be valid if it has the version of the hit; `candidate-documents.ts` also compares its score.

import { checkKnownOptions } from '../base/check-options.js'
import type { PointId } from '../collection/collection.js'
import type { FlatMultiVector } from '../core/multivector.js'

/**
 * Where `rerank` looks for vectors before it fetches them. A cache belongs to one vector of one collection: the first that
 * it is used with.
 */
export interface VectorCache {
  /**
   * Returns the document as the server stores it, or undefined if the cache does not have this version. The result must
   * not be modified.
   */
  get(id: PointId, version: number): FlatMultiVector | undefined | Promise<FlatMultiVector | undefined>
  /** Keeps a document. The cache owns it from then on. */
  set(id: PointId, version: number, document: FlatMultiVector): void | Promise<void>
}

/** A cache in memory. */
export interface MemoryCache extends VectorCache {
  /** Number of documents. */
  readonly size: number
  /** Bytes of the documents' rows. */
  readonly byteLength: number
  get(id: PointId, version: number): FlatMultiVector | undefined
  set(id: PointId, version: number, document: FlatMultiVector): void
  /** Removes all documents. */
  clear(): void
}

/** Options of `createVectorCache`. */
export interface VectorCacheOptions {
  /** Maximum bytes of the documents' rows. A larger document is not kept. */
  readonly maxBytes: number
}

/** What the caches belong to: server, collection and vector. */
const owners = new WeakMap<VectorCache, readonly string[]>()

/**
 * Binds a cache to a vector of a collection. An empty cache in memory can be bound again.
 *
 * @param owner server, collection and vector
 * @throws RangeError if it belongs to another one
 */
export function bindCache(
  cache: VectorCache,
  owner: readonly [server: string, name: string, vector: string],
): void {
  const bound = owners.get(cache)
  const isEmpty = (cache as Partial<MemoryCache>).size === 0
  if (!bound || isEmpty) owners.set(cache, owner)
  else if (bound.some((part, index) => part !== owner[index])) {
    const [, name, vector] = bound
    throw new RangeError(
      `"cache" expected a cache of the vector "${owner[2]}" of "${owner[1]}", got one that has the vector "${vector}" of ` +
        `"${name}"${bound[0] === owner[0] ? '' : ' on another server'}; create a cache for each vector`,
    )
  }
}

interface Entry {
  readonly version: number
  readonly document: FlatMultiVector
}

/**
 * Creates a cache in memory for `rerank`. When it holds more than `maxBytes`, it drops the documents that were not used for
 * the longest time.
 *
 * @throws TypeError or RangeError if an option is wrong
 * @example
 * import { createVectorCache } from 'maxsimd/qdrant'
 *
 * const cache = createVectorCache({ maxBytes: 256 * 2 ** 20 })
 * cache.set(1, 7, { data: new Float32Array(256), dim: 128 }) // point 1 in version 7
 * cache.byteLength // 1024
 * cache.get(1, 8) // undefined
 */
export function createVectorCache(options: VectorCacheOptions): MemoryCache {
  checkKnownOptions(options, ['maxBytes'], 'createVectorCache')
  const { maxBytes } = options
  if (!(typeof maxBytes === 'number' && maxBytes > 0)) {
    throw new RangeError(`"maxBytes" expected a positive number, got ${String(maxBytes)}`)
  }
  // a Map keeps the order of insertion, and `get` inserts again: the first entry is the one to drop
  const entries = new Map<PointId, Entry>()
  let byteLength = 0

  function drop(id: PointId): void {
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
      drop(id)
      if (document.data.byteLength > maxBytes) return
      entries.set(id, { version, document })
      byteLength += document.data.byteLength
      for (const oldest of entries.keys()) {
        if (byteLength <= maxBytes) break
        drop(oldest)
      }
    },
    clear() {
      entries.clear()
      byteLength = 0
    },
  }
}

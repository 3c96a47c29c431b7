// A collection restricted to shards, for the calls that read a whole collection: `verify`, `compare` and copies.

import type { ReadableCollection } from '../../collection/collection.js'
import type { ShardKey } from '../read-points.js'

/** Returns the collection with `shard_key` in all its calls; or the collection itself without a key. */
export function inShards(
  collection: ReadableCollection,
  shard_key: ShardKey | undefined,
): ReadableCollection {
  if (shard_key === undefined) return collection
  const { name, config } = collection
  return {
    // the symbol of its server
    ...collection,
    name,
    config,
    query: (query, options) => collection.query(query, { ...options, shard_key } as object),
    retrieve: (ids, options) => collection.retrieve(ids, { ...options, shard_key } as object),
    scroll: options => collection.scroll({ ...options, shard_key } as object),
    count: (filter, options) => collection.count(filter, { ...options, shard_key } as object),
  }
}

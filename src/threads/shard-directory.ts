// Which shard has which document. Local indices of a shard rise with the indices of the corpus, so that ties rank alike in
// both.
//
//   index ──▶ shard, local index            shard, local index ──▶ index

/** The documents of a corpus, by index and by shard. */
export interface ShardDirectory {
  /** Number of documents. */
  readonly length: number
  /** Number of rows of all documents. */
  readonly rows: number
  readonly byteLength: number
  /** Appends a document of `rows` rows, which is also the last of its shard. Returns its index. */
  append(shard: number, rows: number): number
  find(index: number): { readonly shard: number; readonly localIndex: number }
  /** The indices of a shard's documents, by local index. A view that is valid until the next `append`. */
  indicesOf(shard: number): Uint32Array
  /** Converts ascending indices to the local indices of each shard. */
  split(indices: Uint32Array): Uint32Array[]
}

/** Returns an array with room for an element at `length`: `array` itself, or a copy that is an eighth larger. */
function grow<T extends Uint8Array | Uint32Array>(
  array: T,
  length: number,
  create: (length: number) => T,
): T {
  if (length < array.length) return array
  const copy = create(length + Math.max(16, Math.ceil(length / 8)))
  copy.set(array)
  return copy
}

/** Creates an empty directory. */
export function createShardDirectory(shards: number): ShardDirectory {
  const words = (length: number) => new Uint32Array(length)
  const indices = Array.from({ length: shards }, () => words(0))
  const counts = words(shards)
  // 256 workers at most
  let shardOf = new Uint8Array(0)
  let localIndexOf = words(0)
  let length = 0
  let rows = 0
  return {
    get length() {
      return length
    },
    get rows() {
      return rows
    },
    get byteLength() {
      const own = shardOf.byteLength + localIndexOf.byteLength
      return indices.reduce((sum, { byteLength }) => sum + byteLength, own)
    },
    append(shard, documentRows) {
      const localIndex = counts[shard]!++
      shardOf = grow(shardOf, length, size => new Uint8Array(size))
      localIndexOf = grow(localIndexOf, length, words)
      indices[shard] = grow(indices[shard]!, localIndex, words)
      shardOf[length] = shard
      localIndexOf[length] = localIndex
      indices[shard][localIndex] = length
      rows += documentRows
      return length++
    },
    find: index => ({ shard: shardOf[index]!, localIndex: localIndexOf[index]! }),
    indicesOf: shard => indices[shard]!.subarray(0, counts[shard]),
    split(chosen) {
      const sizes = words(shards)
      for (const index of chosen) sizes[shardOf[index]!]!++
      const parts = Array.from(sizes, words)
      sizes.fill(0)
      for (const index of chosen) {
        const shard = shardOf[index]!
        parts[shard]![sizes[shard]!++] = localIndexOf[index]!
      }
      return parts
    },
  }
}

// Which slice has which document. A corpus's index and a slice's rise together, so that ties rank alike in both.
//
//   index ──▶ lane, local index            lane, local index ──▶ index

export interface ShardDirectory {
  readonly length: number
  readonly rows: number
  readonly byteLength: number
  /** Notes the next document, the next of its slice too, and returns its index. */
  append(lane: number, rows: number): number
  find(index: number): { readonly lane: number; readonly local: number }
  /** The indices of a slice's documents, in order: a view for this call only. */
  indicesOf(lane: number): Uint32Array
  /** Rising indices as each slice knows them. */
  split(indices: Uint32Array): Uint32Array[]
}

/** An array that grows by an eighth, or has one more value. */
function grown<T extends Uint8Array | Uint32Array>(
  array: T,
  length: number,
  larger: (length: number) => T,
): T {
  if (length < array.length) return array
  const copy = larger(length + Math.max(16, Math.ceil(length / 8)))
  copy.set(array)
  return copy
}

export function createShardDirectory(lanes: number): ShardDirectory {
  const words = (length: number) => new Uint32Array(length)
  const indices = Array.from({ length: lanes }, () => words(0))
  const counts = words(lanes)
  let laneOf = new Uint8Array(0)
  let localOf = words(0)
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
      return indices.reduce((sum, { byteLength }) => sum + byteLength, laneOf.byteLength + localOf.byteLength)
    },
    append(lane, documentRows) {
      const local = counts[lane]!++
      laneOf = grown(laneOf, length, size => new Uint8Array(size))
      localOf = grown(localOf, length, words)
      indices[lane] = grown(indices[lane]!, local, words)
      laneOf[length] = lane
      localOf[length] = local
      indices[lane][local] = length
      rows += documentRows
      return length++
    },
    find: index => ({ lane: laneOf[index]!, local: localOf[index]! }),
    indicesOf: lane => indices[lane]!.subarray(0, counts[lane]),
    split(chosen) {
      const sizes = words(lanes)
      for (const index of chosen) sizes[laneOf[index]!]!++
      const parts = Array.from(sizes, words)
      sizes.fill(0)
      for (const index of chosen) {
        const lane = laneOf[index]!
        parts[lane]![sizes[lane]!++] = localOf[index]!
      }
      return parts
    },
  }
}

// Sparse vectors by dimension: for each dimension, the slots that have it and their values, in ascending slots. In memory,
// and independent of a store.
//
//   dimensions   7        19            20 ...          sorted
//   starts       0        3             4
//   slots        0 5 9    2             0 2 ...         one array for all dimensions
//   values       . . .    .             . .
//
// New vectors are collected apart and merged when they are a quarter of the rest, so an addition costs little.

/** A part of the postings of one dimension. */
export interface PostingList {
  readonly slots: Uint32Array
  readonly values: Float32Array
  /** The list is at `start` to `end` of the arrays. */
  readonly start: number
  readonly end: number
  /** The largest and smallest values of every `BLOCK` items of the arrays; undefined for a short list. */
  readonly blocks: ValueBlocks | undefined
}

/** Bounds of values, block by block. */
export interface ValueBlocks {
  readonly largest: Float32Array
  readonly smallest: Float32Array
}

/** Items of `values` in a block. */
export const BLOCK = 128

/** Postings that are sorted by dimension. */
export interface SortedPostings {
  /** Ascending. */
  readonly dimensions: Uint32Array
  /** The lists of dimension `dimensions[i]` begin at `starts[i]` and end at `starts[i + 1]`. */
  readonly starts: Uint32Array
  readonly slots: Uint32Array
  readonly values: Float32Array
}

/** The sparse vectors of numbered slots. */
export interface Postings {
  /** One more than the largest slot with a vector. */
  readonly end: number
  /** Vectors with at least one dimension. */
  readonly vectors: number
  /** Items of all vectors. */
  readonly size: number
  /**
   * Adds a vector. Slots are added in ascending order.
   *
   * @param indices its dimensions, each once, in any order
   */
  add(slot: number, indices: ArrayLike<number>, values: ArrayLike<number>): void
  /** The lists of a dimension, with ascending slots: one, or two if vectors were added since the last merge. */
  lists(dimension: number): readonly PostingList[]
  /** All postings, sorted. The caller must not change them. */
  sorted(): SortedPostings
}

interface NewList {
  readonly slots: number[]
  readonly values: number[]
}

const EMPTY: SortedPostings = {
  dimensions: new Uint32Array(0),
  starts: Uint32Array.of(0),
  slots: new Uint32Array(0),
  values: new Float32Array(0),
}
/** New items that are not merged yet, at most; or a quarter of the others if that is more. */
const MAX_NEW = 65_536

/** Creates postings: empty, or those that `sorted` returned before, of `vectors` vectors in slots below `end`. */
export function createPostings(sorted: SortedPostings = EMPTY, vectors = 0, end = 0): Postings {
  let merged = sorted
  let blocks = blocksOf(merged.values)
  let added = new Map<number, NewList>()
  let addedSize = 0

  function merge(): void {
    merged = mergePostings(merged, added, addedSize)
    blocks = blocksOf(merged.values)
    added = new Map()
    addedSize = 0
  }

  return {
    get end() {
      return end
    },
    get vectors() {
      return vectors
    },
    get size() {
      return merged.slots.length + addedSize
    },
    add(slot, indices, values) {
      for (let i = 0; i < indices.length; i++) {
        const list = added.get(indices[i]!)
        if (list) {
          list.slots.push(slot)
          list.values.push(values[i]!)
        } else added.set(indices[i]!, { slots: [slot], values: [values[i]!] })
      }
      addedSize += indices.length
      if (indices.length > 0) vectors++
      end = slot + 1
      if (addedSize > Math.max(MAX_NEW, merged.slots.length / 4)) merge()
    },
    lists(dimension) {
      const found: PostingList[] = []
      const { slots, values } = merged
      const [start, listEnd] = rangeOf(merged, dimension)
      if (start < listEnd) {
        found.push({
          slots,
          values,
          start,
          end: listEnd,
          blocks: listEnd - start > BLOCK ? blocks : undefined,
        })
      }
      const list = added.get(dimension)
      if (list) {
        found.push({
          slots: Uint32Array.from(list.slots),
          values: Float32Array.from(list.values),
          start: 0,
          end: list.slots.length,
          blocks: undefined,
        })
      }
      return found
    },
    sorted() {
      if (addedSize > 0) merge()
      return merged
    },
  }
}

/** The range of a dimension's list. */
function rangeOf({ dimensions, starts }: SortedPostings, dimension: number): [start: number, end: number] {
  const i = firstAtLeast(dimensions, dimension, 0, dimensions.length)
  return dimensions[i] === dimension ? [starts[i]!, starts[i + 1]!] : [0, 0]
}

/** The first position from `low` to `high` in ascending `items` whose item is at least `item`. */
export function firstAtLeast(items: Uint32Array, item: number, low: number, high: number): number {
  let [first, end] = [low, high]
  while (first < end) {
    const middle = (first + end) >>> 1
    if (items[middle]! < item) first = middle + 1
    else end = middle
  }
  return first
}

/** Appends the new lists, whose slots are larger than all others. */
function mergePostings(
  old: SortedPostings,
  added: ReadonlyMap<number, NewList>,
  addedSize: number,
): SortedPostings {
  const fresh = [...added.keys()].filter(dimension => rangeOf(old, dimension)[1] === 0)
  const dimensions = new Uint32Array(old.dimensions.length + fresh.length)
  dimensions.set(old.dimensions)
  dimensions.set(fresh, old.dimensions.length)
  dimensions.sort()
  const starts = new Uint32Array(dimensions.length + 1)
  const slots = new Uint32Array(old.slots.length + addedSize)
  const values = new Float32Array(slots.length)
  let at = 0
  let oldAt = 0
  for (const [i, dimension] of dimensions.entries()) {
    starts[i] = at
    if (old.dimensions[oldAt] === dimension) {
      const [start, end] = [old.starts[oldAt]!, old.starts[++oldAt]!]
      slots.set(old.slots.subarray(start, end), at)
      values.set(old.values.subarray(start, end), at)
      at += end - start
    }
    const list = added.get(dimension)
    if (!list) continue
    slots.set(list.slots, at)
    values.set(list.values, at)
    at += list.slots.length
  }
  starts[dimensions.length] = at
  return { dimensions, starts, slots, values }
}

function blocksOf(values: Float32Array): ValueBlocks {
  const count = Math.ceil(values.length / BLOCK)
  const largest = new Float32Array(count).fill(-Infinity)
  const smallest = new Float32Array(count).fill(Infinity)
  for (const [i, value] of values.entries()) {
    const block = Math.floor(i / BLOCK)
    if (value > largest[block]!) largest[block] = value
    if (value < smallest[block]!) smallest[block] = value
  }
  return { largest, smallest }
}

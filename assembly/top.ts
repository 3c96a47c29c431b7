// The best k of many scores, in a binary heap whose root is the worst of them.
//
//   heap: k pairs of (f32 key, u32 index); a larger key is better, and of two equal keys the smaller index
//
// If small scores are best (`ascending`), a key is a negated score, and `ranked` negates it again.

// @ts-ignore: decorator
@inline
function worse(key: f32, index: u32, otherKey: f32, otherIndex: u32): bool {
  return key < otherKey || (key == otherKey && index > otherIndex)
}

/** Moves a pair down from the empty slot `hole` to its position in a heap of `size` pairs. */
function sink(heap: usize, size: u32, hole: u32, key: f32, index: u32): void {
  while (true) {
    let child: u32 = 2 * hole + 1
    if (child >= size) break
    let pair = heap + (<usize>child << 3)
    if (child + 1 < size && worse(load<f32>(pair, 8), load<u32>(pair, 12), load<f32>(pair), load<u32>(pair, 4))) {
      child++
      pair += 8
    }
    if (!worse(load<f32>(pair), load<u32>(pair, 4), key, index)) break
    store<u64>(heap + (<usize>hole << 3), load<u64>(pair))
    hole = child
  }
  store<f32>(heap + (<usize>hole << 3), key)
  store<u32>(heap + (<usize>hole << 3), index, 4)
}

/**
 * Offers `count` scores, whose indices start at `first`, to a heap with `size` of at most `limit` pairs. Returns the
 * new size. Indices must increase from call to call.
 */
export function select(
  scores: usize,
  count: u32,
  first: u32,
  ascending: bool,
  heap: usize,
  limit: u32,
  size: u32,
): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const score = load<f32>(scores + (<usize>i << 2))
    const key = ascending ? -score : score
    const index = first + i
    if (size < limit) {
      // move the pair up from the new leaf
      let hole: u32 = size++
      while (hole > 0) {
        const parent: u32 = (hole - 1) >> 1
        const at = heap + (<usize>parent << 3)
        if (!worse(key, index, load<f32>(at), load<u32>(at, 4))) break
        store<u64>(heap + (<usize>hole << 3), load<u64>(at))
        hole = parent
      }
      store<f32>(heap + (<usize>hole << 3), key)
      store<u32>(heap + (<usize>hole << 3), index, 4)
    } else if (key > load<f32>(heap)) {
      sink(heap, size, 0, key, index)
    }
  }
  return size
}

/** Sorts the heap's `size` pairs in place, best first, and turns their keys into scores. */
export function ranked(heap: usize, size: u32, ascending: bool): void {
  for (let end = size; end > 1; ) {
    end--
    const at = heap + (<usize>end << 3)
    const key = load<f32>(at)
    const index = load<u32>(at, 4)
    store<u64>(at, load<u64>(heap))
    sink(heap, end, 0, key, index)
  }
  if (ascending) {
    for (let i: u32 = 0; i < size; i++) {
      const at = heap + (<usize>i << 3)
      store<f32>(at, -load<f32>(at))
    }
  }
}

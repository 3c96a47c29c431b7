// The word of an index that is spelled most like a missing one, to suggest it.

/**
 * Finds the nearest word of a list by edit distance, at most one edit in a word of up to five letters and two in a longer one.
 *
 * @param passagesOf the number of passages with a word of the list: of equally near words the most frequent is found
 */
export function createNearestWord(
  words: readonly string[],
  passagesOf: (word: number) => number,
): (missing: string) => string | undefined {
  // 0: not computed yet
  const sets = new Uint32Array(words.length)
  return missing => {
    let limit = missing.length <= 5 ? 1 : 2
    if (missing.length < 3 || /^\p{N}+$/u.test(missing)) return undefined
    const distanceTo = createEditDistance(missing, limit)
    const own = letterSet(missing)
    let best: { readonly distance: number; readonly word: number } | undefined
    for (let word = 0; word < words.length; word++) {
      const text = words[word]!
      if (Math.abs(text.length - missing.length) > limit) continue
      if (sets[word] === 0) sets[word] = letterSet(text)
      // an edit adds a letter and removes one at most, and most words differ in more
      if (bitCount(sets[word]! ^ own) > 2 * limit) continue
      const distance = distanceTo(text, limit)
      if (distance > limit) continue
      if (!best || distance < best.distance || passagesOf(word) > passagesOf(best.word)) {
        best = { distance, word }
        limit = distance
      }
    }
    return best && words[best.word]
  }
}

/** The letters of a word as bits. Letters that share a bit only make words look more alike. */
function letterSet(text: string): number {
  let set = 0
  for (let i = 0; i < text.length; i++) set |= 1 << (text.charCodeAt(i) & 31)
  return set
}

function bitCount(bits: number): number {
  let rest = bits - ((bits >>> 1) & 0x55555555)
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333)
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/**
 * Returns a function that counts the letters to insert, remove, replace or swap with the next one, to make another word of `a`.
 * More than `limit`, which is at most `most`, is not counted. Words differ in length by `limit` at most.
 *
 *   cells[i][j]   edits between the first i letters of a and the first j of b; only |i - j| <= limit can be within it
 */
function createEditDistance(a: string, most: number): (b: string, limit: number) => number {
  let [older, previous, current] = [0, 1, 2].map(() => new Uint8Array(a.length + most + 2)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  return (b, limit) => {
    for (let j = 0; j <= limit + 1; j++) previous[j] = j
    for (let i = 1; i <= a.length; i++) {
      const first = Math.max(1, i - limit)
      const last = Math.min(b.length, i + limit)
      let least = first === 1 ? i : limit + 1
      current[first - 1] = least
      for (let j = first; j <= last; j++) {
        const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
        let value = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (isSame ? 0 : 1))
        const isSwapped =
          i > 1 &&
          j > 1 &&
          a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
          a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
        if (isSwapped) value = Math.min(value, older[j - 2]! + 1)
        current[j] = value
        least = Math.min(least, value)
      }
      current[last + 1] = limit + 1
      if (least > limit) return limit + 1
      ;[older, previous, current] = [previous, current, older]
    }
    return previous[b.length]!
  }
}

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
  let sets: Uint32Array | undefined
  return missing => {
    const limit = missing.length <= 5 ? 1 : 2
    if (missing.length < 3 || /^\p{N}+$/u.test(missing)) return undefined
    sets ??= Uint32Array.from(words, letterSet)
    const own = letterSet(missing)
    let best: { readonly distance: number; readonly word: number } | undefined
    for (let word = 0; word < words.length; word++) {
      // an edit adds a letter and removes one at most, and most words differ in more
      if (bitCount(sets[word]! ^ own) > 2 * limit) continue
      const text = words[word]!
      if (Math.abs(text.length - missing.length) > limit) continue
      const distance = editDistance(missing, text, limit)
      if (distance > limit) continue
      const isBetter =
        !best ||
        distance < best.distance ||
        (distance === best.distance && passagesOf(word) > passagesOf(best.word))
      if (isBetter) best = { distance, word }
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

/** Letters to insert, remove, replace or swap with the next one; more than `limit` is not computed. */
function editDistance(a: string, b: string, limit: number): number {
  let [older, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let value = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, older[j - 2]! + 1)
      current.push(value)
    }
    if (Math.min(...current) > limit) return limit + 1
    ;[older, previous] = [previous, current]
  }
  return previous[b.length]!
}

// The word of an index that is spelled most like a missing one, to suggest it.

/** The nearest word by edit distance, at most one edit in a word of up to five letters and two in a longer one. */
export function nearestWord(
  missing: string,
  words: readonly string[],
  passagesOf: (word: number) => number,
): string | undefined {
  const limit = missing.length <= 5 ? 1 : 2
  if (missing.length < 3 || /^\p{N}+$/u.test(missing)) return undefined
  let best: { readonly distance: number; readonly word: number } | undefined
  for (const [word, text] of words.entries()) {
    if (Math.abs(text.length - missing.length) > limit) continue
    const distance = editDistance(missing, text, limit)
    if (distance > limit) continue
    // of equally near words the most frequent
    const isBetter =
      !best ||
      distance < best.distance ||
      (distance === best.distance && passagesOf(word) > passagesOf(best.word))
    if (isBetter) best = { distance, word }
  }
  return best && words[best.word]
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

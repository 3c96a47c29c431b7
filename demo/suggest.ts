// Suggests a known word for a misspelt one.

/** Returns the most edits that a suggestion may be away: short words have too many neighbours. */
const maxEdits = (word: string) => (word.length < 4 ? 0 : word.length < 6 ? 1 : 2)

/**
 * Returns the known word with the fewest edits from `word`; undefined if none is close. Of several, one with the same
 * first letter is chosen, then the most frequent one.
 *
 * @param known the number of occurrences of each known word
 */
export function suggestWord(word: string, known: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined
  let bestRank = [maxEdits(word) + 1]
  for (const [candidate, count] of known) {
    if (Math.abs(candidate.length - word.length) > bestRank[0]!) continue
    const rank = [countEdits(word, candidate), candidate[0] === word[0] ? 0 : 1, -count]
    if (isLess(rank, bestRank)) [best, bestRank] = [candidate, rank]
  }
  return best
}

/** Compares two ranks by their first different number. */
function isLess(rank: readonly number[], other: readonly number[]): boolean {
  const i = other.findIndex((value, i) => value !== rank[i])
  return i >= 0 && rank[i]! < other[i]!
}

/**
 * The number of letters to insert, delete, replace, or swap with the next one, to turn one word into the other (optimal
 * string alignment distance).
 */
export function countEdits(from: string, to: string): number {
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      let edits = Math.min(
        above[column]! + 1,
        current[column - 1]! + 1,
        above[column - 1]! + (isSame ? 0 : 1),
      )
      const isSwap = column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (isSwap) edits = Math.min(edits, before[column - 2]! + 1)
      current.push(edits)
    }
    ;[before, above] = [above, current]
  }
  return above[to.length]!
}

// Suggests known words for a misspelt one.

/** Returns the most edits that a suggestion may be away: short words have too many neighbours. */
const maxEdits = (word: string) => (word.length < 4 ? 0 : word.length < 6 ? 1 : 2)

/**
 * Returns the known words with the fewest edits from `word`; none if none is close. Those with the same first letter come
 * first, then the more frequent ones.
 *
 * @param known the number of occurrences of each known word
 */
export function suggestWords(word: string, known: ReadonlyMap<string, number>): string[] {
  let fewest = maxEdits(word)
  let closest: string[] = []
  for (const candidate of known.keys()) {
    if (Math.abs(candidate.length - word.length) > fewest) continue
    const edits = countEdits(word, candidate)
    if (edits > fewest) continue
    if (edits < fewest) closest = []
    fewest = edits
    closest.push(candidate)
  }
  const startsOtherwise = (candidate: string) => Number(candidate[0] !== word[0])
  return closest.sort(
    (a, b) => startsOtherwise(a) - startsOtherwise(b) || known.get(b)! - known.get(a)! || (a < b ? -1 : 1),
  )
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

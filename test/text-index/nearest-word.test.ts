// The nearest word, compared with a search that computes every edit distance.

import { expect, it } from 'vitest'
import { createNearestWord } from '../../src/text-index/words/nearest-word.js'
import { pick, random } from '../support/random.js'

/** Letters to insert, remove, replace or swap with the next one, to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  const cells = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array(b.length).fill(0)] as number[])
  for (let j = 0; j <= b.length; j++) cells[0]![j] = j
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const edits = [
        cells[i - 1]![j]! + 1,
        cells[i]![j - 1]! + 1,
        cells[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      ]
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits.push(cells[i - 2]![j - 2]! + 1)
      cells[i]![j] = Math.min(...edits)
    }
  }
  return cells[a.length]![b.length]!
}

it('is the one with the fewest edits, of these the most frequent, and of these the first', () => {
  const next = random(7)
  const word = () => Array.from({ length: 3 + Math.floor(6 * next()) }, () => pick(next, [...'abc'])).join('')
  let found = 0
  for (let round = 0; round < 1000; round++) {
    const words = Array.from({ length: 5 }, word)
    const passages = words.map(() => pick(next, [1, 2, 3]))
    const missing = word()
    const near = words
      .map((text, at) => ({ text, at, edits: editDistance(missing, text) }))
      .filter(({ edits }) => edits <= (missing.length <= 5 ? 1 : 2))
      .sort((a, b) => a.edits - b.edits || passages[b.at]! - passages[a.at]! || a.at - b.at)
    const expected = near[0]?.text
    if (expected !== undefined) found++
    const nearest = createNearestWord(words, at => passages[at]!)(missing)
    expect(nearest, `${missing} in ${words}, in ${passages} passages`).toBe(expected)
  }
  expect(found).toBeGreaterThan(200)
  expect(found).toBeLessThan(800)
})

import { expect, it } from 'vitest'
import { createFindRow } from '../../src/encode/static/inflections.js'

/** Word vectors of dim 2: each word has an angle in degrees. Words are in the order of their frequency. */
function vectorsOf(angles: Readonly<Record<string, number>>) {
  const radians = Object.values(angles).map(angle => (angle * Math.PI) / 180)
  const values = Int8Array.from(radians.flatMap(angle => [100 * Math.cos(angle), 100 * Math.sin(angle)]))
  return {
    dim: 2,
    rows: new Map(Object.keys(angles).map((word, row) => [word, row])),
    values,
    inverseLength: (row: number) => 1 / Math.hypot(values[2 * row]!, values[2 * row + 1]!),
  }
}

/** The rows that changed, by word. */
function changesOf(angles: Readonly<Record<string, number>>): Record<string, number> {
  const vectors = vectorsOf(angles)
  const findRow = createFindRow(vectors)
  expect(findRow('other')).toBeUndefined()
  const found = Object.keys(angles).map(word => [word, findRow(word)!] as const)
  return Object.fromEntries(found.filter(([word, row]) => vectors.rows.get(word) !== row))
}

it('gives both forms the row of the more frequent one', () => {
  expect(changesOf({ savings: 0, saving: 40 })).toEqual({ saving: 0 })
  expect(changesOf({ connection: 0, connections: 40 })).toEqual({ connections: 0 })
})

it('merges forms whose cosine is at least 0.55 only', () => {
  // cos 56° is 0.559, cos 57° is 0.545
  expect(changesOf({ cat: 0, cats: 56 })).toEqual({ cats: 0 })
  expect(changesOf({ new: 0, news: 57 })).toEqual({})
})

it('finds the word without -s, -es and -ies, and takes the first that is similar', () => {
  expect(changesOf({ box: 0, boxes: 10 })).toEqual({ boxes: 0 })
  expect(changesOf({ city: 0, cities: 10 })).toEqual({ cities: 0 })
  for (const word of ['bus', 'quiz', 'church', 'dish', 'hero']) {
    expect(changesOf({ [word]: 0, [`${word}es`]: 10 })).toEqual({ [`${word}es`]: 0 })
  }
  expect(changesOf({ axe: 0, axes: 5, ax: 10 })).toEqual({ axes: 0 })
  // the first is not similar, the second is
  expect(changesOf({ boxe: 90, box: 0, boxes: 10 })).toEqual({ boxes: 1 })
  expect(changesOf({ bath: 0, baths: 5, bathes: 5, bathe: 0 })).toEqual({ baths: 0, bathe: 2 })
})

it('lets the least frequent form with -s decide which row a word shares', () => {
  // `lens` is a form of `len`, and `lenses` one of `lens`
  expect(changesOf({ len: 0, lens: 5, lenses: 10 })).toEqual({ lenses: 1 })
  expect(changesOf({ lenses: 0, lens: 5, len: 10 })).toEqual({ len: 1 })
})

it('keeps words of three letters, words with -ss, and -es after other letters apart', () => {
  expect(changesOf({ ga: 0, gas: 0 })).toEqual({})
  expect(changesOf({ cat: 0, cats: 0 })).toEqual({ cats: 0 })
  expect(changesOf({ glas: 0, glass: 0 })).toEqual({})
  expect(changesOf({ car: 0, cares: 0 })).toEqual({})
})

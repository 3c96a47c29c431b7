// Scores divided by the number of query rows that count: one threshold for short and long queries.

import { expect, it } from 'vitest'
import { meanScores } from '../../src/collection/mean-scores.js'
import { createStore } from '../../src/store/index.js'
import { random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

const next = random(11)
/** Rows of unit length. */
const unit = (rows: number) => {
  const { data, dim } = randomRows(next, rows, 8)
  for (let from = 0; from < data.length; from += dim) {
    const length = Math.hypot(...data.subarray(from, from + dim))
    for (let k = from; k < from + dim; k++) data[k]! /= length
  }
  return { data, dim }
}

async function withStore<T>(run: (store: Awaited<ReturnType<typeof createStore>>) => Promise<T>): Promise<T> {
  const store = await createStore({ vectors: { colbert: { size: 8, distance: 'Dot' } } })
  await store.upsert(Array.from({ length: 20 }, (_, id) => ({ id, vector: { colbert: unit(4) } })))
  return run(store).finally(() => store.close())
}

it('gives a query that is repeated the same scores as the query', () =>
  withStore(async store => {
    const query = unit(3)
    const twice = { data: Float32Array.from([...query.data, ...query.data]), dim: 8 }
    const once = meanScores(await store.query(query, { limit: 5 }), query)
    const repeated = meanScores(await store.query(twice, { limit: 5 }), twice)
    once.forEach(({ id, score }, i) => {
      expect(repeated[i]!.id).toBe(id)
      expect(repeated[i]!.score).toBeCloseTo(score, 6)
      expect(Math.abs(score)).toBeLessThanOrEqual(1)
    })
  }))

it('leaves out what special tokens added, and does not count them', () =>
  withStore(async store => {
    const words = unit(2)
    const markers = unit(2)
    const query = {
      data: Float32Array.from([...markers.data.subarray(0, 8), ...words.data, ...markers.data.subarray(8)]),
      dim: 8,
      tokens: [
        { text: '[CLS]', special: true },
        { text: 'a' },
        { text: 'b' },
        { text: '[MASK]', special: true },
      ],
    }
    const hits = await store.query(query, { limit: 20, with_matches: true })
    const plain = new Map((await store.query(words, { limit: 20 })).map(({ id, score }) => [id, score]))
    for (const { id, score } of meanScores(hits, query)) expect(score).toBeCloseTo(plain.get(id)! / 2, 5)
    expect(errorOf(() => meanScores([{ score: 1 }], query))).toEqual(
      new RangeError(
        '"hits[0]" has no "matches", and the query has rows of special tokens; search with with_matches: true',
      ),
    )
  }))

it('divides by the sum of weights', () => {
  expect(meanScores([{ id: 1, score: 3 }], [[1], [1]], { weights: [2, 4] })).toEqual([{ id: 1, score: 0.5 }])
})

it('leaves out rows of weight 0, and what special tokens added with their weights', () => {
  expect(meanScores([{ id: 1, score: 3 }], [[1], [1]], { weights: [0, 2] })).toEqual([{ id: 1, score: 1.5 }])
  const tokens = [{ text: '[CLS]', special: true }, { text: 'a' }]
  const query = { data: Float32Array.of(1, 1), dim: 1, tokens }
  const matches = [
    { row: 0, similarity: 0.5, contribution: 2 },
    { row: 0, similarity: 0.5, contribution: 1.5 },
  ]
  const [hit] = meanScores([{ score: 3.5, matches }], query, { weights: [4, 3] })
  expect(hit!.score).toBe(0.5)
})

it('counts all rows if the tokens are not one for each row', () => {
  const query = { data: Float32Array.of(1, 1), dim: 1, tokens: [{ text: '[CLS]', special: true }] }
  expect(meanScores([{ id: 1, score: 3 }], query)).toEqual([{ id: 1, score: 1.5 }])
})

it('names what is wrong with the query and the weights', () => {
  const refused = (query: unknown, options?: object) =>
    (errorOf(() => meanScores([], query as never, options)) as Error).message
  expect(refused({ data: Float32Array.of(1), dim: 1, tokens: [{ text: '[CLS]', special: true }] })).toBe(
    '"query" expected a row that counts, got rows of special tokens only',
  )
  expect(refused([[1], [2]], { weights: [1] })).toBe(
    '"weights" expected 2 numbers, one for each row of the query, got 1',
  )
  expect(refused([[1]], { weights: [-1] })).toBe('"weights[0]" expected a number of at least 0, got -1')
  expect(refused([[1], [2]], { weights: [1, Infinity] })).toBe(
    '"weights[1]" expected a number of at least 0, got Infinity',
  )
  expect(refused([[1]], { weights: 3 })).toBe('"weights" expected 1 numbers, got number')
  expect(refused([[1]], { weights: null })).toBe('"weights" expected 1 numbers, got null')
  expect(refused([[1]], { weight: [3] })).toBe(
    'unknown option "options.weight"; valid options of meanScores: weights',
  )
})

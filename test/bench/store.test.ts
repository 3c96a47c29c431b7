// `npm run bench:store`: the documents and queries that it measures.

import { expect, it } from 'vitest'
import { createLargeData, largePoints, ROUNDS } from '../../bench/store/points.js'
import { random, randomRows } from '../support/random.js'

const rowsOf = (seed: number) => randomRows(random(seed), 2, 3)
const rows = { query: rowsOf(1), others: [rowsOf(2)], documents: [rowsOf(3), rowsOf(4), rowsOf(5)] }

it('takes all documents of a workload, and its queries in turns', () => {
  const { documents, queries } = createLargeData(rows)
  expect(documents).toEqual(rows.documents)
  expect(queries).toHaveLength(2 * ROUNDS + 1)
  expect(queries.slice(0, 3)).toEqual([rows.query, rows.others[0], rows.query])
})

it.each([
  [2, [3, 4]],
  [5, [3, 4, 5, 3, 4]],
])('takes %i documents, from the first one again if there are fewer', (count, seeds) => {
  const data = createLargeData(rows, count)
  expect(data.documents).toEqual(seeds.map(rowsOf))
  expect([...largePoints(data)].map(({ id, vector }) => [id, vector.colbert])).toEqual(
    seeds.map((seed, id) => [id, rowsOf(seed)]),
  )
})

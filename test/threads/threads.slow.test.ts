import { expect, it } from 'vitest'
import { createScorer } from '../../src/index.js'
import { watchWorkers } from '../support/watched-workers.js'

const watched = watchWorkers()
const query = [
  [1, 0],
  [0, 1],
]

it('leaves no worker running after 20 scorers', async () => {
  for (let i = 0; i < 20; i++) {
    await using scorer = await createScorer({ threads: 2 })
    expect(await scorer.score(query, query)).toBe(2)
  }
  expect(watched.started).toHaveLength(40)
  expect(watched.running).toBe(0)
})

// A long search gives other work of the process a turn, and can be cancelled in between.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStore, type Store } from '../../src/store/index.js'
import { random } from '../support/random.js'

const DIM = 64
const next = random(3)
const rowsOf = (count: number) => ({
  data: Float32Array.from({ length: count * DIM }, () => next() - 0.5),
  dim: DIM,
})
/** With 16 MiB of documents, 160 rows make 2.5 GiB of work: three parts. */
const [few, many] = [rowsOf(1), rowsOf(160)]

let store: Store
beforeAll(async () => {
  store = await createStore({ vectors: { text: { size: DIM, distance: 'Dot', screen: 'off' } } })
  for (let id = 0; id < 1024; id++) await store.upsert([{ id, vector: { text: rowsOf(64) } }])
})
afterAll(() => store.close())

/** Calls `use`, and counts the turns of the event loop until it has ended. */
async function countTurns(use: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let timer = setImmediate(function count() {
    turns++
    timer = setImmediate(count)
  })
  try {
    await use()
    return turns
  } finally {
    clearImmediate(timer)
  }
}

it('a short search in memory takes no turn, a long one pauses', async () => {
  expect(await countTurns(() => store.query(few, { limit: 3 }))).toBe(0)
  expect(await countTurns(() => store.query(many, { limit: 3 }))).toBeGreaterThan(1)
})

it('a search that pauses has the results of one that does not', async () => {
  const paused = await store.query(many, { limit: 30 })
  const ids = paused.map(({ id }) => id)
  // so few documents are scored at once
  const rescored = await store.query(many, { limit: 30, filter: { must: [{ has_id: ids }] } })
  expect(rescored).toEqual(paused)
  const others = { must_not: [{ has_id: ids }] }
  const [best] = await store.query(many, { limit: 1, filter: others })
  expect(best!.score).toBeLessThanOrEqual(paused.at(-1)!.score)
})

it('a long search ends in a pause when its signal is aborted', async () => {
  const abort = new AbortController()
  const running = store.query(many, { signal: abort.signal })
  setImmediate(() => abort.abort(new Error('no longer needed')))
  await expect(running).rejects.toThrow('no longer needed')
})

// A kill at every byte that a store writes, and power cuts that lose what was not synced: the store opens with every
// acknowledged point, none half-written, and answers right.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import type { Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { random } from '../support/random.js'
import {
  afterKill,
  afterPowerCut,
  createMemoryFolder,
  createSmallSegments,
  type Files,
} from './memory-folder.js'

/** Every byte takes half a minute; the suite looks at every seventh, and at the first and the last. */
const STRIDE = process.env.STORE_SOAK ? 1 : 7
const TIMEOUT = 600_000 / STRIDE

// compiled once, and not for each store
const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: PointId, round: number) => ({
  id,
  vector: { colbert: Array.from({ length: 1 + (round % 3) }, (_, row) => [Number(id) + 1, round + row]) },
  payload: { round },
})

/** Everything that a store has, as text. */
async function contentOf(store: Store): Promise<string> {
  const points: string[] = []
  for await (const { id, payload, vector } of store.scroll({ with_vector: true })) {
    points.push(`${id} ${JSON.stringify(payload)} ${Object.values(vector!.colbert!)[0]}`)
  }
  const hits = await store.query([[1, 1]], { limit: 100 })
  expect(hits.map(({ id }) => id).sort(), 'a query finds what there is').toEqual(
    points.map(text => Number(text.split(' ')[0])).sort(),
  )
  return points.join('\n')
}

/** Runs changes on a store and notes, after each, how far the journal is and what the store has then. */
async function recorded() {
  const folder = createMemoryFolder()
  const moments: { steps: number; content: string }[] = []
  const store = await createSmallSegments(folder, vectors, 200)
  const changes: readonly ((store: Store) => Promise<unknown>)[] = [
    async () => {},
    store => store.upsert([pointOf(1, 1), pointOf(2, 1), pointOf(3, 1)]),
    store => store.upsert([pointOf(2, 2), pointOf(4, 2)]),
    store => store.delete([1]),
    store => store.upsert([pointOf(1, 3), pointOf(5, 3), pointOf(6, 3), pointOf(7, 3), pointOf(8, 3)]),
    store => store.compact(),
    store => store.upsert([pointOf(3, 4)]),
    store => store.delete([8, 2]),
    store => store.upsert([pointOf(10, 5), pointOf(11, 5), pointOf(12, 5), pointOf(13, 5), pointOf(14, 5)]),
    // in three segments, so that what one log says of another has to be kept
    store => store.upsert([pointOf(15, 6), pointOf(10, 6), pointOf(16, 6), pointOf(17, 6), pointOf(18, 6)]),
    store => store.delete([16, 11]),
    store => store.compact(),
  ]
  for (const change of changes) {
    await change(store)
    moments.push({ steps: folder.journal.length, content: await contentOf(store) })
  }
  await store.close()
  moments.push({ steps: folder.journal.length, content: moments.at(-1)!.content })
  return { journal: folder.journal, moments }
}

/** Opens what was left and compares it with what may be there: the last acknowledged content, or that of the change under way. */
async function check(files: Files, steps: number, moments: readonly { steps: number; content: string }[]) {
  const done = moments.findLastIndex(moment => moment.steps <= steps)
  const allowed = [moments[done]!.content, moments[Math.min(done + 1, moments.length - 1)]!.content]
  const store = await openStoreIn(createMemoryFolder(files), { module })
  try {
    expect((await store.info()).damage).toEqual([])
    expect(allowed, `after ${steps} steps`).toContain(await contentOf(store))
    // and it can be written to
    await store.upsert([pointOf(9, 9)])
    expect(await store.retrieve([9])).toEqual([{ id: 9, payload: { round: 9 } }])
  } finally {
    await store.close()
  }
}

it(
  'a kill at any byte loses nothing that was acknowledged',
  async () => {
    const { journal, moments } = await recorded()
    const first = moments[0]!.steps
    let states = 0
    for (let steps = first; steps <= journal.length; steps++) {
      const next = journal[steps]
      const cuts = next?.kind === 'write' ? next.bytes.length : 1
      for (let bytes = 0; bytes < cuts; bytes += bytes + STRIDE < cuts ? STRIDE : 1) {
        await check(afterKill(journal, steps, bytes), steps, moments)
        states++
      }
    }
    expect(states).toBeGreaterThan(2000 / STRIDE)
    if (STRIDE === 1) console.log(`${states} kills`)
  },
  TIMEOUT,
)

it(
  'a power cut at any moment loses nothing that was acknowledged',
  async () => {
    const { journal, moments } = await recorded()
    const next = random(5)
    for (let steps = moments[0]!.steps; steps <= journal.length; steps++) {
      for (let round = 0; round < 6; round++) await check(afterPowerCut(journal, steps, next), steps, moments)
    }
  },
  TIMEOUT,
)

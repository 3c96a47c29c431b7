// Kills at every byte that a store writes, and power cuts that lose what was not synced. After each, the store opens with
// every acknowledged point, none half-written, and answers correctly. `power-cut.test.ts` runs a sample of the cases,
// `power-cut.slow.test.ts` all of them.

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
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
  type Step,
} from './memory-folder.js'

// compiled once, instead of once per store
const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: PointId, round: number) => ({
  id,
  vector: { colbert: Array.from({ length: 1 + (round % 3) }, (_, row) => [Number(id) + 1, round + row]) },
  payload: { round },
})

/** The contents of a store after a change was acknowledged, and the length of the journal then. */
interface Acknowledged {
  readonly steps: number
  readonly content: string
}

interface Recording {
  readonly journal: readonly Step[]
  readonly acknowledged: readonly Acknowledged[]
}

/** Returns all points of a store as text. */
async function contentOf(store: Store): Promise<string> {
  const points: string[] = []
  for await (const { id, payload, vector } of store.scroll({ with_vector: true })) {
    points.push(`${id} ${JSON.stringify(payload)} ${Object.values(vector!.colbert!)[0]}`)
  }
  const hits = await store.query([[1, 1]], { limit: 100 })
  expect(hits.map(({ id }) => id).sort(), 'a query finds all points').toEqual(
    points.map(text => Number(text.split(' ')[0])).sort(),
  )
  return points.join('\n')
}

/** Changes a store, with compactions and several segments, and records every step that it takes. */
async function recordChanges(): Promise<Recording> {
  const folder = createMemoryFolder()
  const acknowledged: Acknowledged[] = []
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
    // in three segments, so that tombstones of one log for points of another have to be kept
    store => store.upsert([pointOf(15, 6), pointOf(10, 6), pointOf(16, 6), pointOf(17, 6), pointOf(18, 6)]),
    store => store.delete([16, 11]),
    store => store.compact(),
  ]
  for (const change of changes) {
    await change(store)
    acknowledged.push({ steps: folder.journal.length, content: await contentOf(store) })
  }
  await store.close()
  acknowledged.push({ steps: folder.journal.length, content: acknowledged.at(-1)!.content })
  return { journal: folder.journal, acknowledged }
}

/**
 * Opens what a crash after `steps` steps left. The contents are those of the last acknowledged change, or those of the
 * change that was running.
 */
async function checkFiles(files: Files, steps: number, { acknowledged }: Recording): Promise<void> {
  const last = acknowledged.findLastIndex(change => change.steps <= steps)
  const running = Math.min(last + 1, acknowledged.length - 1)
  const allowed = [acknowledged[last]!.content, acknowledged[running]!.content]
  const store = await openStoreIn(createMemoryFolder(files), { module })
  try {
    expect((await store.info()).damage).toEqual([])
    expect(allowed, `after ${steps} steps`).toContain(await contentOf(store))
    // the store can be written to
    await store.upsert([pointOf(9, 9)])
    expect(await store.retrieve([9])).toEqual([{ id: 9, payload: { round: 9 } }])
  } finally {
    await store.close()
  }
}

/**
 * Kills the writer at every `stride`-th byte of each write, and at its first and last byte. Returns the number of kills.
 */
export async function killAtBytes(stride: number): Promise<number> {
  const recording = await recordChanges()
  const { journal, acknowledged } = recording
  let kills = 0
  for (let steps = acknowledged[0]!.steps; steps <= journal.length; steps++) {
    const next = journal[steps]
    const length = next?.kind === 'write' ? next.bytes.length : 1
    const cuts = new Set([0, length - 1])
    for (let bytes = stride; bytes < length; bytes += stride) cuts.add(bytes)
    for (const bytes of cuts) {
      await checkFiles(afterKill(journal, steps, bytes), steps, recording)
      kills++
    }
  }
  return kills
}

/** Cuts the power after every step, `rounds` times with other parts of what was not synced. Returns the number of cuts. */
export async function cutPowerAtSteps(rounds: number): Promise<number> {
  const recording = await recordChanges()
  const { journal, acknowledged } = recording
  const next = random(5)
  let cuts = 0
  for (let steps = acknowledged[0]!.steps; steps <= journal.length; steps++) {
    for (let round = 0; round < rounds; round++) {
      await checkFiles(afterPowerCut(journal, steps, next), steps, recording)
      cuts++
    }
  }
  return cuts
}

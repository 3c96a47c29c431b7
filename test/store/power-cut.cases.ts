// Kills at every byte that a store writes, and power cuts that lose what was not synced. After each, the store opens with
// every acknowledged point, none half-written, and answers correctly. `power-cut.test.ts` runs a sample of the cases,
// `power-cut.slow.test.ts` all of them.

import { expect } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import type { Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { between, type Random, random } from '../support/random.js'
import { createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, FOLDER, type SimulatedDisk } from './simulated-disk.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: PointId, round: number) => ({
  id,
  vector: {
    colbert: Array.from({ length: 1 + (round % 3) }, (_, row) => [Number(id) + 1, round + row]),
    words: { indices: [7, 100 + Number(id)], values: [round, 1] },
  },
  payload: { round },
})

/** The contents of a store after a change was acknowledged, and how many changes of the disk had been recorded then. */
interface Acknowledged {
  readonly steps: number
  readonly content: string
}

interface Recording {
  readonly disk: SimulatedDisk
  readonly acknowledged: readonly Acknowledged[]
}

/** Returns all points of a store as text. */
async function contentOf(store: Store): Promise<string> {
  const points: string[] = []
  const sparse = await store.query({ indices: [7], values: [1] }, { using: 'words', limit: 100 })
  const scores = new Map(sparse.map(({ id, score }) => [id, score]))
  for await (const { id, payload, vector } of store.scroll({ with_vector: true })) {
    const words = `${JSON.stringify(vector!.words)} ${scores.get(id)}`
    points.push(`${id} ${JSON.stringify(payload)} ${Object.values(vector!.colbert!)[0]} ${words}`)
  }
  const ids = points.map(text => Number(text.split(' ')[0])).sort()
  const hits = await store.query([[1, 1]], { limit: 100 })
  for (const found of [hits, sparse]) {
    expect(found.map(({ id }) => id).sort(), 'a query finds all points').toEqual(ids)
  }
  // one of many is found by the int8 copies
  expect((await store.query([[1, 1]], { limit: 1 }))[0]).toEqual(hits[0])
  return points.join('\n')
}

const folderOn = (disk: SimulatedDisk) => createNodeFolder(FOLDER, disk.fileSystem)
const openOn = async (disk: SimulatedDisk) => openStoreIn(await folderOn(disk), { segmentBytes: 200 })

/** Changes a store, with compactions, several segments and a reopening, and records every change of the disk. */
async function recordChanges(): Promise<Recording> {
  const disk = createSimulatedDisk()
  const acknowledged: Acknowledged[] = []
  let store = await createSmallSegments(await folderOn(disk), vectors, 200, { words: {} })
  const changes: readonly ((store: Store) => Promise<unknown>)[] = [
    async () => {},
    store => store.upsert([pointOf(1, 1), pointOf(2, 1), pointOf(3, 1)]),
    store => store.upsert([pointOf(2, 2), pointOf(4, 2)]),
    store => store.delete([1]),
    store => store.upsert([pointOf(1, 3), pointOf(5, 3), pointOf(6, 3), pointOf(7, 3), pointOf(8, 3)]),
    store => store.compact(),
    store => store.upsert([pointOf(3, 4)]),
    async () => {
      await store.close()
      store = await openOn(disk)
    },
    store => store.delete([8, 2]),
    store => store.upsert([pointOf(10, 5), pointOf(11, 5), pointOf(12, 5), pointOf(13, 5), pointOf(14, 5)]),
    // in three segments, so that tombstones of one log for points of another have to be kept
    store => store.upsert([pointOf(15, 6), pointOf(10, 6), pointOf(16, 6), pointOf(17, 6), pointOf(18, 6)]),
    store => store.delete([16, 11]),
    store =>
      store.setPayload({ must: [{ key: 'round', range: { gte: 5 } }] }, { round: 7, more: 'x'.repeat(40) }),
    store => store.deletePayload([10, 4, 17], ['more', 'round']),
    store => store.updateVectors([10, 3, 15].map(id => ({ id, vector: pointOf(id, 8).vector }))),
    store => store.compact(),
  ]
  for (const change of changes) {
    await change(store)
    acknowledged.push({ steps: disk.record.length, content: await contentOf(store) })
  }
  await store.close()
  acknowledged.push({ steps: disk.record.length, content: acknowledged.at(-1)!.content })
  expect(disk.openFiles, 'files that are open after the store was closed').toBe(0)
  return { disk, acknowledged }
}

/**
 * Opens what a crash after `steps` changes of the disk left. The contents are those of the last acknowledged change, or
 * those of the change that was running. Returns them.
 */
async function checkDisk(
  disk: SimulatedDisk,
  steps: number,
  { acknowledged }: Recording,
  crash: string,
): Promise<string> {
  const last = acknowledged.findLastIndex(change => change.steps <= steps)
  const running = Math.min(last + 1, acknowledged.length - 1)
  const allowed = [acknowledged[last]!.content, acknowledged[running]!.content]
  const place = `${crash} after ${steps} changes of the disk`
  const store = await openOn(disk).catch(error => expect.fail(`${place}: ${error.stack}`))
  try {
    expect((await store.info()).damage, place).toEqual([])
    const content = await contentOf(store)
    expect(allowed, place).toContain(content)
    // the store can be written to
    await store.upsert([pointOf(9, 9)])
    expect(await store.retrieve([9]), place).toEqual([{ id: 9, payload: { round: 9 } }])
    return content
  } finally {
    await store.close()
  }
}

/**
 * Kills the writer after every change of the disk: before the next write, after its last byte but one, and at every
 * `stride`-th byte between. Without `stride`, after a third of the changes, at one random byte. Returns the number of kills.
 */
export async function killAtBytes(stride?: number): Promise<number> {
  const recording = await recordChanges()
  const { disk, acknowledged } = recording
  const choose = random(5)
  let kills = 0
  for (let steps = acknowledged[0]!.steps; steps <= disk.record.length; steps++) {
    const next = disk.record[steps]
    // a sync changes nothing that a process sees
    if (next?.kind === 'synced' || (!stride && choose() < 0.7)) continue
    const length = next?.kind === 'write' ? next.bytes.length : 1
    const cuts = new Set(stride ? [0, length - 1] : [between(choose, 0, length - 1)])
    for (let bytes = stride ?? length; bytes < length; bytes += stride ?? 1) cuts.add(bytes)
    for (const bytes of cuts) {
      await checkDisk(
        disk.afterKill(steps, bytes),
        steps,
        recording,
        `a kill at byte ${bytes} of the next write`,
      )
      kills++
    }
  }
  return kills
}

/**
 * Cuts the power after every change of the disk, `rounds` times with other parts of what was not synced, and after some
 * of them again while the store recovers. `rounds` below 1 is the part of the changes. Returns the number of cuts.
 */
export async function cutPowerAtSteps(rounds: number): Promise<number> {
  const recording = await recordChanges()
  const { disk, acknowledged } = recording
  const next = random(5)
  let cuts = 0
  for (let steps = acknowledged[0]!.steps; steps <= disk.record.length; steps++) {
    for (let round = 0; round < rounds; round++) {
      if (next() >= rounds) continue
      const after = disk.afterPowerCut(steps, next)
      await checkDisk(after, steps, recording, 'a power cut')
      cuts++
      if (next() > 0.2) continue
      await cutPowerAgain(after, steps, recording, next)
      cuts++
    }
  }
  return cuts
}

/** Cuts the power a second time, at any moment of the opening after the first, or of the upsert after that. */
async function cutPowerAgain(
  disk: SimulatedDisk,
  steps: number,
  recording: Recording,
  next: Random,
): Promise<void> {
  const again = between(next, 0, disk.record.length)
  const store = await openOn(disk.afterPowerCut(again, next)).catch(error =>
    expect.fail(`a power cut after ${steps} changes, and again after ${again}: ${error.stack}`),
  )
  const { acknowledged } = recording
  const last = acknowledged.findLastIndex(change => change.steps <= steps)
  const running = Math.min(last + 1, acknowledged.length - 1)
  const allowed = [acknowledged[last]!.content, acknowledged[running]!.content]
  const content = (await contentOf(store)).replace(/\n?9 \{"round":9\}[^\n]*/, '')
  await store.close()
  expect(allowed, `a power cut after ${steps} changes, and again after ${again}`).toContain(content)
}

// Calls that are cancelled, and calls that meet others: nothing stays behind, and nothing is missing.

import { expect, it, vi } from 'vitest'
import { parseStoreVectors } from '../../src/store/config.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { createStore, type Store } from '../../src/store/index.js'
import { createStoreIn, openStoreIn } from '../../src/store/open-folder.js'
import { abortedAt } from '../support/aborted-at.js'
import { random, randomRows } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { heldBytes, usedBytes } from './kernel-memory.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, FOLDER, type SimulatedDisk } from './simulated-disk.js'

const { closing, freshPath } = temporaryStores()

vi.mock('../../src/core/packed-documents.js', async load => {
  const { watchMemories } = await import('./kernel-memory.js')
  return watchMemories(await load<typeof import('../../src/core/packed-documents.js')>())
})

const vectors = { colbert: { size: 4, distance: 'Dot' } } as const
const next = random(8)
const pointOf = (id: number) => ({ id, vector: { colbert: randomRows(next, 2, 4) } })
const folderOn = (disk: SimulatedDisk) => createNodeFolder(FOLDER, disk.fileSystem)

async function idsOf(store: Store): Promise<unknown[]> {
  const ids: unknown[] = []
  for await (const { id } of store.scroll()) ids.push(id)
  return ids
}

it('removes the files of a compaction that is cancelled, at whatever call', async () => {
  for (let after = 1; after < 60; after += 3) {
    const disk = createSimulatedDisk()
    const store = await createSmallSegments(await folderOn(disk), vectors, 100)
    for (let id = 0; id < 12; id++) await store.upsert([pointOf(id)])
    await store.delete([1, 4, 7])
    const expected = await idsOf(store)
    const controller = new AbortController()
    let calls = 0
    disk.onCall = () => {
      if (++calls === after) controller.abort(new Error('enough'))
    }
    await store
      .compact({ signal: controller.signal })
      .catch((error: Error) => expect(error.message).toBe('enough'))
    disk.onCall = () => {}
    expect(await idsOf(store), `cancelled at call ${after}`).toEqual(expected)
    const { segments } = await store.info()
    const logs = (await (await folderOn(disk)).list()).filter(name => name.endsWith('.log'))
    expect(logs, `cancelled at call ${after}`).toHaveLength(segments)
    await store.close()
    expect(disk.openFiles, `cancelled at call ${after}`).toBe(0)
  }
})

it('frees the memory of a compaction in memory that is cancelled, at whatever moment', async () => {
  const store = closing(await createStore({ vectors }))
  const all = Array.from({ length: 2500 }, (_, id) => id)
  const cycle = async (turns: number) => {
    await store.upsert(all.map(pointOf))
    await store.delete(all.filter(id => id % 3 === 0))
    const controller = new AbortController()
    const compacting = store.compact({ signal: controller.signal }).catch(() => undefined)
    for (let turn = 0; turn < turns; turn++) await undefined
    controller.abort()
    await compacting
    await store.delete(all)
    await store.compact()
    return usedBytes()
  }
  await cycle(0)
  const expected = await cycle(0)
  for (const turns of [5, 10, 15, 20, 25, 30, 40, 50, 70, 100]) {
    expect(await cycle(turns), `bytes in use, cancelled after ${turns} turns`).toBe(expected)
  }
})

it.each([
  ['reads', 'read', 1, 6],
  ['anything', '', 4, 40],
])('frees the memory of a compaction when the disk refuses %s', async (_, refusedType, step, end) => {
  let refused = 0
  for (let call = 0; call < end; call += step) {
    const disk = createSimulatedDisk()
    const store = await createSmallSegments(await folderOn(disk), vectors, 100)
    for (let id = 0; id < 6; id++) await store.upsert([pointOf(id)])
    await store.delete([3])
    const before = usedBytes()
    let calls = 0
    disk.onCall = ({ type }) => {
      if (!type.includes(refusedType) || calls++ !== call) return
      throw Object.assign(new Error(`EIO: simulated failure of ${type}`), { code: 'EIO' })
    }
    await store.compact().catch(() => refused++)
    disk.onCall = () => {}
    expect(usedBytes(), `bytes in use, call ${call} failed`).toBe(before)
    await store.close().catch(() => undefined)
  }
  expect(refused).toBeGreaterThan(3)
})

it('keeps what a cancelled query has loaded within its account of the memory', async () => {
  const store = closing(
    await createStore({ vectors: { v: { size: 1024, distance: 'Dot' } }, path: freshPath() }),
  )
  const rows = { data: new Float32Array(100 * 1024).fill(1), dim: 1024 }
  const ids = Array.from({ length: 40 }, (_, id) => id)
  await store.upsert(ids.map(id => ({ id, vector: { v: rows } })))
  const query = { data: new Float32Array(1024).fill(1), dim: 1024 }
  const before = usedBytes()
  await store.query(query)
  // the signal is looked at before the query, and before each part of what it loads
  for (let look = 1; look < 8; look++) {
    await store.query(query, { signal: abortedAt(look) }).catch(() => undefined)
    const { resident } = (await store.info()).memory
    expect(Math.abs(usedBytes() - before - resident), `cancelled at look ${look}`).toBeLessThan(256)
  }
  expect((await store.query(query, { limit: 40 })).map(({ score }) => score)).toEqual(Array(40).fill(1024))
  await store.delete(ids)
  await store.compact()
  expect((await store.info()).memory.resident).toBe(0)
  expect(usedBytes() - before).toBeLessThan(256)
})

it('opens for reading while a writer compacts the segments that are being opened', async () => {
  const disk = createSimulatedDisk()
  const writer = await createSmallSegments(await folderOn(disk), vectors, 100)
  for (let id = 0; id < 9; id++) await writer.upsert([pointOf(id)])
  await writer.delete([5])
  const expected = await idsOf(writer)
  disk.onCall = async ({ type, name }) => {
    if (type !== 'open' || name !== '000002.log') return
    disk.onCall = () => {}
    await writer.compact()
  }
  const reader = await openStoreIn(await folderOn(disk), { readOnly: true })
  expect(await idsOf(reader)).toEqual(expected)
  await reader.close()
  await writer.close()
  expect(disk.openFiles).toBe(0)
})

it('does not use the number of a segment again that only deletions name, because a crash kept it from a manifest', async () => {
  const disk = createSimulatedDisk()
  const store = await createSmallSegments(await folderOn(disk), vectors, 100)
  for (let id = 0; id < 9; id++) await store.upsert([pointOf(id)])
  await store.delete([1])
  const first = disk.record.length
  const known = new Set(await (await folderOn(disk)).list())
  const deletions: Promise<void>[] = []
  // a point dies after it was copied
  disk.onCall = ({ type, name }) => {
    const isCopy = type === 'write' && name.endsWith('.rows') && !known.has(name)
    if (isCopy) deletions.push(store.delete([deletions.length === 0 ? 0 : 3]))
  }
  await store.compact()
  await Promise.all(deletions)
  expect(deletions.length).toBeGreaterThan(0)
  const last = disk.record.length
  await store.close()
  for (let steps = first; steps <= last; steps++) {
    // a sync changes nothing that a process sees
    if (disk.record[steps]?.kind === 'synced') continue
    const killed = disk.afterKill(steps)
    const open = async () => openStoreIn(await folderOn(killed), { segmentBytes: 100 })
    const again = await open()
    const left = await idsOf(again)
    // several segments, which may get the number
    for (let id = 20; id < 32; id++) await again.upsert([pointOf(id)])
    await again.close()
    const reopened = await open()
    const added = Array.from({ length: 12 }, (_, i) => 20 + i)
    expect(await idsOf(reopened), `after ${steps} changes of the disk`).toEqual([...left, ...added])
    await reopened.close()
  }
})

it('leaves the old store, no store or the new one when recreating a store is killed, at whatever call', async () => {
  const disk = createSimulatedDisk()
  const store = await createSmallSegments(await folderOn(disk), vectors, 100)
  for (let id = 0; id < 9; id++) await store.upsert([pointOf(id)])
  await store.close()
  const first = disk.record.length
  const recreate = async (one: SimulatedDisk) =>
    createStoreIn(await folderOn(one), { vectors: parseStoreVectors(vectors), ifExists: 'recreate' })
  await (await recreate(disk)).close()
  const outcomes = new Set<number | string>()
  for (let steps = first; steps <= disk.record.length; steps++) {
    const killed = disk.afterKill(steps)
    const left = await openStoreIn(await folderOn(killed)).catch((error: Error) => error.message)
    const outcome = typeof left === 'string' ? left : await left.count()
    expect(
      [9, 0, `there is no store at "${FOLDER}"; create one with createStore()`],
      `after ${steps - first} changes of the disk`,
    ).toContain(outcome)
    outcomes.add(outcome)
    if (typeof left !== 'string') await left.close()
    const again = await recreate(killed)
    expect(await again.count(), `after ${steps - first} changes of the disk`).toBe(0)
    await again.close()
  }
  expect(outcomes.size, 'kinds of outcomes').toBe(3)
})

it('keeps deleted points deleted when a compaction of several groups is killed between them', async () => {
  const disk = createSimulatedDisk()
  // four points fill a segment
  const store = await createSmallSegments(await folderOn(disk), vectors, 100)
  const upsert = async (...ids: readonly number[]) => {
    for (const id of ids) await store.upsert([pointOf(id)])
  }
  await upsert(1, 2, 3, 4, 5, 6, 7, 8, 9)
  await store.delete([1])
  await store.compact()
  // the copy of 2, 3 and 4 comes after the segment whose log has the replacement of 2
  await upsert(2, 10, 11, 12)
  await store.delete([2])
  const expected = await idsOf(store)
  const first = disk.record.length
  const { segments } = await store.compact()
  expect(segments, 'segments that were rewritten').toBe(2)
  for (let steps = first; steps <= disk.record.length; steps++) {
    if (disk.record[steps]?.kind === 'synced') continue
    const killed = await openStoreIn(await folderOn(disk.afterKill(steps)))
    expect(await idsOf(killed), `killed after ${steps - first} changes of the disk`).toEqual(expected)
    await killed.close()
  }
  await store.close()
})

it('frees its memory, its files and its lock when it cannot be closed', async () => {
  for (const fails of ['datasync', 'write', 'rename']) {
    const disk = createSimulatedDisk()
    const store = await createSmallSegments(await folderOn(disk), vectors, 100)
    await store.upsert([pointOf(1)], { wait: false })
    await store.query([[1, 0, 0, 0]])
    await store.query([[1, 0, 0, 0]])
    expect(usedBytes(), 'bytes in use before').toBeGreaterThan(0)
    disk.onCall = ({ type }) => {
      if (type !== fails) return
      disk.onCall = () => {}
      throw Object.assign(new Error(`EIO: simulated failure of ${type}`), { code: 'EIO' })
    }
    await expect(store.close(), fails).rejects.toThrow('could not be written')
    expect(usedBytes(), `bytes in use after a failure of ${fails}`).toBe(0)
    expect(disk.openFiles, `open files after a failure of ${fails}`).toBe(0)
    const again = await openStoreIn(await folderOn(disk))
    await again.close()
  }
})

it('releases the memory of the kernel when it cannot be opened, or was closed', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1000)
  await store.upsert([pointOf(1)])
  expect(heldBytes()).toBeGreaterThan(0)
  await store.close()
  expect(heldBytes()).toBe(0)
  folder.files.get('000001.log')![70]! ^= 1
  await expect(openStoreIn(folder)).rejects.toThrow('is damaged')
  expect(heldBytes()).toBe(0)
})

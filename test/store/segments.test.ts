// When a segment is full, which segments a compaction rewrites, what it keeps of them, and the bytes of files
// and on the disk.

import { expect, it } from 'vitest'
import { groupSegments } from '../../src/store/columns/compaction.js'
import { createSegment } from '../../src/store/columns/segment.js'
import { HEADER_BYTES } from '../../src/store/files/record.js'
import { type SegmentFiles, settleAll, syncSegment } from '../../src/store/files/segment-files.js'
import { isFull, sizeOf } from '../../src/store/files/storage.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import type { Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMemoryFolder, createSmallSegments, type MemoryFolder } from './memory-folder.js'
import { createSimulatedDisk, FOLDER } from './simulated-disk.js'

const vectors = { v: { size: 1, distance: 'Dot', screen: 'off' } } as const
const MiB = 2 ** 20

/** A point with a document of this many rows, of 4 bytes each. */
const pointOf = (id: number, rows: number, text?: string) => ({
  id,
  vector: rows === 0 ? {} : { v: Array.from({ length: rows }, () => [id]) },
  ...(text !== undefined && { payload: { text } }),
})

it('counts a segment as full by its points, or by the bytes of its rows and payloads', () => {
  const segment = { ...createSegment(1, [{ rowBytes: 4 }, { rowBytes: 8 }]), payloadBytes: 5 }
  segment.columns[0]!.bytes = 20
  segment.columns[1]!.bytes = 300
  expect(sizeOf(segment)).toBe(325)
  expect([326, 325, 324].map(bytes => isFull(segment, bytes))).toEqual([false, true, true])
  expect([MiB - 1, MiB, MiB + 1].map(length => isFull({ ...segment, length }, 1e9))).toEqual([
    false,
    true,
    true,
  ])
})

it('merges segments up to the points of a full one, also if the points have no bytes', () => {
  const segmentOf = (number: number, points: number, dead: number) => ({
    ...createSegment(number, [{ rowBytes: 4 }]),
    points,
    length: points + dead,
  })
  const numbersOf = (groups: readonly (readonly { readonly number: number }[])[]) =>
    groups.map(group => group.map(({ number }) => number))
  const large = [1, 2, 3].map(number => segmentOf(number, 0.75 * MiB, 5))
  expect(numbersOf(groupSegments(large, 1e9))).toEqual([[1], [2], [3]])
  const small = Array.from({ length: 12 }, (_, i) => segmentOf(i + 1, Math.floor(MiB / 10), 0))
  expect(numbersOf(groupSegments(small, 1e9))).toEqual([
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    [11, 12],
  ])
  expect(groupSegments([segmentOf(1, MiB / 8, 0), segmentOf(2, MiB, 0)], 1e9)).toEqual([])
})

it('waits for operations that have not ended when one has failed, and throws the first error in their order', async () => {
  const ended: string[] = []
  const operation = async (name: string, steps: number, fails: boolean) => {
    for (let step = 0; step < steps; step++) await Promise.resolve()
    ended.push(name)
    if (fails) throw new Error(name)
  }
  const operations = [operation('slow', 30, false), operation('later', 20, true), operation('early', 1, true)]
  await expect(settleAll(operations)).rejects.toThrow('later')
  expect(ended).toEqual(['early', 'later', 'slow'])
  await settleAll([operation('alone', 1, false)])
  await settleAll([])
})

it('begins a segment for deletions once the log is four times as long as a segment', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 500)
  await store.upsert(Array.from({ length: 40 }, (_, id) => pointOf(id, 1)))
  const logBytes = () =>
    Math.max(...[...folder.files].map(([n, { length }]) => (n.endsWith('.log') ? length : 0)))
  for (let id = 0; id < 40; id++) {
    if (id % 2 === 0) await store.delete([id])
    expect(logBytes(), `after deletion ${id}`).toBeLessThan(4 * 500 + 1000)
  }
  const { segments } = await store.info()
  expect(segments).toBeGreaterThan(1)
  await store.close()
  const reopened = await openStoreIn(folder)
  expect(await reopened.count()).toBe(20)
  expect(await reopened.retrieve([0, 1, 38, 39])).toHaveLength(2)
  await reopened.compact()
  await reopened.close()
  const compacted = await openStoreIn(folder)
  expect(await compacted.count()).toBe(20)
  await compacted.close()
})

it('begins a segment for the batch after the one that filled the segment before', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 40)
  const segments = async (rows: number, text?: string) => {
    await store.upsert([pointOf(1, rows, text)])
    return (await store.info()).segments
  }
  expect(await segments(9)).toBe(1)
  expect(await segments(1), 'after 36 of 40 bytes').toBe(1)
  expect(await segments(1), 'after 40 of 40 bytes').toBe(2)
  expect(await segments(0, 'x'.repeat(40)), 'after 4 of 40 bytes').toBe(2)
  expect(await segments(0), 'after a payload of more than 40 bytes').toBe(3)
  await store.close()
})

/** Bytes of the files that `info` counts. */
const bytesOf = ({ files }: MemoryFolder) =>
  [...files].reduce((sum, [name, { length }]) => sum + (name.startsWith('manifest') ? 0 : length), 0)

it('reports the bytes of all files but the manifest, and those that a compaction frees', async () => {
  const folder = createMemoryFolder()
  let store = await createSmallSegments(folder, vectors, 200)
  const expectBytes = async (moment: string) =>
    expect((await store.info()).bytes, moment).toBe(bytesOf(folder))
  await expectBytes('empty')
  for (let round = 0; round < 4; round++)
    await store.upsert([1, 2, 3].map(id => pointOf(id + round, 9, 'text')))
  await expectBytes('several segments')
  await store.delete([2])
  await expectBytes('a deletion')
  const before = bytesOf(folder)
  const { bytes, points } = await store.compact()
  await expectBytes('a compaction')
  expect(points).toBe(7)
  expect(bytes).toBe(before - bytesOf(folder))
  expect(bytes).toBeGreaterThan(300)
  await store.close()
  store = await openStoreIn(folder)
  await expectBytes('opened again')
  await store.close()
})

/** Creates a store with a segment for each list of rows per point; 0 rows mean a point like the first that is deleted. */
async function storeOf(segmentBytes: number, lists: readonly (readonly number[])[]): Promise<Store> {
  const folder = createMemoryFolder()
  let id = 0
  for (const [i, list] of lists.entries()) {
    // a segment that is full at once, so that the next batch begins another
    const store =
      i === 0 ? await createSmallSegments(folder, vectors, 1) : await openStoreIn(folder, { segmentBytes: 1 })
    const points = list.map(rows => pointOf(++id, rows || list[0]!))
    await store.upsert(points)
    await store.delete(points.filter((_, at) => list[at] === 0).map(point => point.id))
    if (i === lists.length - 1) await store.upsert([pointOf(1000, 1)])
    await store.close()
  }
  return openStoreIn(folder, { segmentBytes })
}

it.each<readonly [string, readonly (readonly number[])[], number, number]>([
  // rows of 4 bytes; a full segment has 400 bytes, a small one less than 50
  ['leaves segments alone that are neither small nor have dead points', [[13], [13], [50, 50]], 0, 3],
  ['merges small segments', [[12], [12], [1]], 3, 1],
  ['leaves a single small segment alone', [[12], [50]], 0, 2],
  ['rewrites a segment with a dead point', [[50, 0], [50]], 1, 2],
  ['merges segments of which little is alive', [[5, 0, 0, 0], [5, 0], [90]], 2, 2],
  [
    'merges no more than a full segment holds',
    [
      [40, 0],
      [40, 0],
      [40, 0],
      [40, 0],
      [40, 0],
    ],
    5,
    3,
  ],
  [
    'merges what fits a full segment exactly',
    [
      [50, 0],
      [50, 0],
      [50, 0],
    ],
    3,
    2,
  ],
])('compaction %s', async (_, lists, rewritten, left) => {
  const store = await storeOf(400, lists)
  const alive = lists.flat().filter(rows => rows > 0).length + 1
  const before = await store.info()
  expect(before).toMatchObject({ points: alive, segments: lists.length + 1 })
  const report = await store.compact()
  expect(report).toMatchObject({ points: before.dead, segments: rewritten })
  // and the active one
  expect(await store.info()).toMatchObject({ points: alive, dead: 0, segments: left + 1 })
  await store.close()
})

it('keeps vectors, payloads, versions and the exactness of scores through a compaction', async () => {
  const folder = createMemoryFolder()
  const twoVectors = { v: { size: 2, distance: 'Dot' }, w: vectors.v } as const
  let store = await createSmallSegments(folder, twoVectors, 1e6)
  const rows = (id: number) => Array.from({ length: id }, (_, i) => [i, id])
  for (const id of [3, 1, 2]) {
    const vector = { ...(id !== 1 && { v: rows(id) }), ...(id !== 3 && { w: [[id]] }) }
    await store.upsert([{ id, vector, ...(id !== 2 && { payload: { name: `é${id}` } }) }])
  }
  // such numbers are summed in f64: in f32 the score would not be 0
  await store.upsert([{ id: 4, vector: { v: [[1e20, -1e20]] } }])
  await store.upsert([{ id: 9, vector: { v: [[1, 1]] } }])
  await store.delete([9])
  const contents = async () => {
    const points: unknown[] = []
    for await (const point of store.scroll({ with_vector: true })) points.push(point)
    return { points, hits: await store.query([[1e19, 1e19]], { using: 'v', with_payload: true }) }
  }
  const before = await contents()
  expect(before.hits.find(({ id }) => id === 4)!.score).toBe(0)
  expect((await store.compact()).points).toBe(1)
  expect(await contents()).toEqual(before)
  await store.close()
  store = await openStoreIn(folder)
  expect(await contents(), 'opened again').toEqual(before)
  await store.close()
})

it('opens a store whose writer was killed after it wrote documents and payloads larger than a read', async () => {
  const folder = createMemoryFolder()
  const wide = { v: { size: 65_536, distance: 'Dot' } } as const
  const store = await createSmallSegments(folder, wide, 1e9)
  const rows = { data: new Float32Array(17 * 65_536).fill(1), dim: 65_536 }
  const points = [
    { id: 1, vector: { v: [new Float32Array(65_536)] } },
    { id: 2, vector: { v: rows }, payload: { text: 'é'.repeat(3 * MiB) } },
  ]
  // without a commit record, everything is checked when the store is opened
  await store.upsert(points, { wait: false })
  const killed = createMemoryFolder(new Map(folder.files))
  const opened = await openStoreIn(killed)
  const [second] = await opened.retrieve([2], { with_vector: true })
  expect((second!.vector!.v as typeof rows).data.length).toBe(17 * 65_536)
  expect((second!.payload as { text: string }).text).toHaveLength(3 * MiB)
  expect(await opened.count()).toBe(2)
  await opened.close()
  await store.close()
})

it('has everything on the disk but a commit record whenever the manifest is replaced', async () => {
  const disk = createSimulatedDisk()
  const folder = await createNodeFolder(FOLDER, disk.fileSystem)
  let store = await createSmallSegments(folder, vectors, 100)
  const range = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => pointOf(first + i, 3, 'text'))
  for (let first = 0; first < 40; first += 10)
    await store.upsert(range(first, 20), { wait: first % 20 === 0 })
  // replaced and deleted while it is copied, so that the copy needs tombstones
  await Promise.all([
    store.compact(),
    store.delete([2, 12, 22, 32]),
    store.upsert(range(5, 30), { wait: false }),
  ])
  await store.delete([7])
  await store.close()
  store = await openStoreIn(await createNodeFolder(FOLDER, disk.fileSystem), { segmentBytes: 100 })
  await Promise.all([store.compact(), store.delete([8, 9, 45])])
  await store.close()
  const { record } = disk
  const files = new Set(
    record.map(change => change.kind === 'name' && /^\d+\./.test(change.name) && change.file),
  )
  let replaced = 0
  for (const [at, change] of record.entries()) {
    if (change.kind !== 'name' || change.name !== 'manifest') continue
    replaced++
    const unsynced = new Map<number, number>()
    for (const [i, written] of record.slice(0, at).entries()) {
      if (written.kind !== 'write' || !files.has(written.file)) continue
      const isSynced = record
        .slice(i, at)
        .some(each => each.kind === 'synced' && each.file === written.file && each.until > i)
      if (isSynced) continue
      unsynced.set(written.file, (unsynced.get(written.file) ?? 0) + written.bytes.length)
    }
    for (const [file, bytes] of unsynced) {
      expect(bytes, `bytes of file ${file} not on the disk at change ${at}`).toBeLessThanOrEqual(HEADER_BYTES)
    }
  }
  expect(replaced).toBeGreaterThan(5)
})

it.each<readonly [string, (store: Store) => Promise<unknown>, readonly number[]]>([
  ['an upsert', store => store.upsert([pointOf(4, 1)]), [1, 2, 3, 4]],
  ['an upsert without waiting', store => store.upsert([pointOf(4, 1)], { wait: false }), [1, 2, 3, 4]],
  ['a replacement', store => store.upsert([pointOf(2, 2)]), [1, 2, 3]],
  ['a deletion by id', store => store.delete([2]), [1, 3]],
  ['a deletion by a filter', store => store.delete({ must_not: { has_id: [2] } }), [2]],
])('keeps %s as the first change after it was opened, through a kill and a close', async (_, change, ids) => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1e6)
  await store.upsert([1, 2, 3].map(id => pointOf(id, 1)))
  await store.close()
  const opened = await openStoreIn(folder)
  await change(opened)
  const killed = createMemoryFolder(new Map(folder.files))
  await opened.close()
  for (const [moment, left] of [['a kill', killed] as const, ['a close', folder] as const]) {
    const again = await openStoreIn(left)
    const found: unknown[] = []
    for await (const { id } of again.scroll()) found.push(id)
    expect(found, moment).toEqual(ids)
    await again.close()
  }
})

it('syncs rows and payloads before the log, and counts as synced only what was written before', async () => {
  const events: string[] = []
  const fileOf = (name: string) => ({
    async sync() {
      events.push(`${name} begins`)
      for (let turn = 0; turn < 5; turn++) await undefined
      // written while the sync is under way
      if (name === 'log') files.end += 48
      events.push(`${name} ends`)
    },
  })
  const parts = {
    log: fileOf('log'),
    payloads: fileOf('payloads'),
    rows: [fileOf('rows 0'), fileOf('rows 1')],
  }
  const files = { ...parts, end: 112, durable: 64, tombstones: [] } as unknown as SegmentFiles
  await syncSegment(files)
  expect(events.slice(-2)).toEqual(['log begins', 'log ends'])
  expect(events).toHaveLength(8)
  expect(files).toMatchObject({ end: 160, durable: 112 })
})

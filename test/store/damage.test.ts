// Damaged files: they are reported with file, segment, byte and point, and salvaging skips them.

import { expect, it } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { type Damage, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { damageAtRandom, query, writtenStore } from './damage.cases.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

it('reports random damage, or answers as before; salvaging and compacting repairs it', async () => {
  await damageAtRandom(40, 3)
})

async function withFlippedBit(name: string, at: number): Promise<Files> {
  const files = await writtenStore()
  const bytes = files.get(name)!.slice()
  bytes[at] = bytes[at]! ^ 4
  files.set(name, bytes)
  return files
}

/** Returns the byte of a file at which the rows of a point begin. */
async function rowsStart(id: PointId, name: string): Promise<number> {
  const files = await writtenStore()
  const store = await openStoreIn(createMemoryFolder(files), { readOnly: true })
  const [point] = await store.retrieve([id], { with_vector: ['colbert'] })
  await store.close()
  const { data } = point!.vector!.colbert as { data: Float32Array }
  return Buffer.from(files.get(name)!).indexOf(Buffer.from(data.buffer))
}

it('reports damaged rows when a query reads them, and answers other queries', async () => {
  const offset = await rowsStart(1, '000001.0.rows')
  const store = await openStoreIn(createMemoryFolder(await withFlippedBit('000001.0.rows', offset + 5)))
  const error = await store.query(query, { using: 'colbert' }).catch(error => error)
  expect(error).toBeInstanceOf(StoreDamageError)
  expect(error.code).toBe('ERR_STORE_DAMAGED')
  expect(error.message).toBe(
    `the store at "a folder in memory" is damaged: 000001.0.rows (segment 1) at byte ${offset}: the rows of "colbert" ` +
      'do not match their checksum, point 1; restore the file from a copy, or open the store with { salvage: true }, which ' +
      'skips everything unreadable',
  )
  expect(await store.query([1, 2, 3], { using: 'dense' })).toHaveLength(10)
  await store.close()
})

it('skips a damaged point when it salvages, and compaction writes new files without it', async () => {
  const offset = await rowsStart(1, '000001.0.rows')
  const folder = createMemoryFolder(await withFlippedBit('000001.0.rows', offset + 5))
  const store = await openStoreIn(folder, { salvage: true })
  const hits = await store.query(query, { using: 'colbert', limit: 50 })
  expect(hits.map(({ id }) => id)).not.toContain(1)
  const damage: Damage = {
    file: '000001.0.rows',
    offset,
    segment: 1,
    id: 1,
    problem: 'the rows of "colbert" do not match their checksum',
  }
  expect((await store.info()).damage).toEqual([damage])
  await store.compact()
  await store.close()
  const reopened = await openStoreIn(folder)
  const rest = await reopened.query(query, { using: 'colbert', limit: 50 })
  expect(rest.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
  await reopened.close()
})

it('reports a damaged log when the store is opened', async () => {
  const files = await withFlippedBit('000001.log', 100)
  await expect(openStoreIn(createMemoryFolder(files))).rejects.toThrow(
    /^the store at "a folder in memory" is damaged: 000001\.log \(segment 1\) at byte 64: \d+ bytes are (missing or )?damaged/,
  )
})

it('reads the other copy of a damaged manifest, and a writer restores it', async () => {
  const folder = createMemoryFolder(await withFlippedBit('manifest', 60))
  const store = await openStoreIn(folder, { readOnly: true })
  expect((await store.info()).damage).toEqual([
    { file: 'manifest', offset: 0, problem: 'the contents are damaged' },
  ])
  await store.close()
  await (await openStoreIn(folder)).close()
  const restored = await openStoreIn(folder)
  expect((await restored.info()).damage).toEqual([])
  await restored.close()
})

it('refuses a newer format', async () => {
  const files = await writtenStore()
  for (const name of ['manifest', 'manifest.copy']) {
    const text = new TextDecoder().decode(files.get(name)).replace(/store \d /, 'store 3 ')
    files.set(name, new TextEncoder().encode(text))
  }
  await expect(openStoreIn(createMemoryFolder(files))).rejects.toThrow(
    'the store at "a folder in memory" has format 3, and this version of maxsimd reads formats up to 2; open it with a newer version',
  )
})

it('reads the copy of the manifest that it can, if the other one has a newer format', async () => {
  for (const name of ['manifest', 'manifest.copy']) {
    const files = await writtenStore()
    const text = new TextDecoder().decode(files.get(name)).replace(/store \d /, 'store 3 ')
    const changed = new Map(files).set(name, new TextEncoder().encode(text))
    const [store, whole] = [
      await openStoreIn(createMemoryFolder(changed)),
      await openStoreIn(createMemoryFolder(files)),
    ]
    expect(await store.count(), name).toBe(await whole.count())
    expect((await store.info()).damage, name).toEqual([])
    await store.close()
    await whole.close()
  }
})

it('salvages the points after a gap in the log of a compacted segment', async () => {
  const folder = createMemoryFolder()
  const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null } } as const
  const store = await createSmallSegments(folder, vectors, 1e9)
  await store.upsert(Array.from({ length: 3000 }, (_, id) => ({ id, vector: { dense: [id] } })))
  await store.delete([7])
  await store.compact()
  await store.close()
  const [name, log] = [...folder.files].find(
    ([name, { length }]) => name.endsWith('.log') && length > 10_000,
  )!
  const damaged = log.slice()
  damaged[log.length >> 1] = damaged[log.length >> 1]! ^ 1
  folder.files.set(name, damaged)
  await expect(openStoreIn(folder)).rejects.toThrow(StoreDamageError)
  const salvaged = await openStoreIn(folder, { salvage: true, readOnly: true })
  // a compaction writes 1,024 points at a time
  expect(await salvaged.count()).toBe(3000 - 1 - 1024)
  await salvaged.close()
})

/** Cuts the last log that has records to its first 64 bytes. */
function withoutLastLog(files: Files): Files {
  const logs = [...files].filter(([name, { length }]) => name.endsWith('.log') && length > 200)
  const [name, log] = logs.sort(([a], [b]) => (a < b ? 1 : -1))[0]!
  return new Map(files).set(name, log.slice(0, 64))
}

it('says which points a lost log may have deleted or replaced, when it salvages', async () => {
  const folder = createMemoryFolder()
  const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null } } as const
  const store = await createSmallSegments(folder, vectors, 20)
  const pointOf = (id: number, value = id) => ({ id, vector: { dense: [value] } })
  for (let id = 1; id <= 8; id++) await store.upsert([pointOf(id)])
  await store.delete([3, 4])
  await store.upsert([pointOf(5, 50)])
  await store.close()
  const damaged = createMemoryFolder(withoutLastLog(folder.files))
  const salvaged = await openStoreIn(damaged, { salvage: true })
  const { damage } = await salvaged.info()
  const loss = damage.find(({ problem }) => problem.includes('missing'))!
  expect(loss.problem).toMatch(
    /^\d+ bytes are missing or damaged; deletions and replacements that were recorded there are unknown$/,
  )
  const ids: PointId[] = []
  for await (const { id } of salvaged.scroll()) ids.push(id)
  expect(loss.atRisk).toEqual(ids)
  // what is written afterwards is kept
  await salvaged.upsert([pointOf(9)])
  await salvaged.delete([1])
  await salvaged.compact()
  await salvaged.close()
  const plain = await openStoreIn(damaged)
  const left: PointId[] = []
  for await (const { id } of plain.scroll()) left.push(id)
  expect(left).toEqual([...ids.filter(id => id !== 1), 9])
  await plain.close()
})

it('names at most 1,000 points that a lost log may have deleted or replaced', async () => {
  const folder = createMemoryFolder()
  const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null } } as const
  const store = await createSmallSegments(folder, vectors, 4004)
  const pointsFrom = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: first + i, vector: { dense: [i] } }))
  await store.upsert(pointsFrom(1, 1001))
  for (let id = 2000; id < 2010; id++) await store.upsert(pointsFrom(id, 1))
  await store.close()
  const damaged = createMemoryFolder(withoutLastLog(folder.files))
  const salvaged = await openStoreIn(damaged, { salvage: true, readOnly: true })
  expect(await salvaged.count()).toBe(1001)
  const { damage } = await salvaged.info()
  const loss = damage.find(({ problem }) => problem.includes('missing'))!
  expect(loss.atRisk).toEqual(pointsFrom(1, 1000).map(({ id }) => id))
  await salvaged.close()
})

it('keeps reporting damage that was salvaged but not compacted', async () => {
  const damaged = createMemoryFolder(withoutLastLog(await writtenStore()))
  const salvaged = await openStoreIn(damaged, { salvage: true })
  await salvaged.upsert([{ id: 500, vector: { dense: [1, 1, 1] } }])
  await salvaged.close()
  await expect(openStoreIn(damaged)).rejects.toThrow(StoreDamageError)
  const again = await openStoreIn(damaged, { salvage: true })
  expect(await again.retrieve([500])).toHaveLength(1)
  await again.close()
})

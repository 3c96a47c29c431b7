// Damaged files: they are reported with file, segment, byte and point, and salvaging skips them.

import { expect, it } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { type Damage, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { damageAtRandom, query, writtenStore } from './damage.cases.js'
import { createMemoryFolder, type Files } from './memory-folder.js'

it('reports random damage, or answers as before', async () => {
  await damageAtRandom(60, 3)
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
    const text = new TextDecoder().decode(files.get(name)).replace('store 1 ', 'store 2 ')
    files.set(name, new TextEncoder().encode(text))
  }
  await expect(openStoreIn(createMemoryFolder(files))).rejects.toThrow(
    'the store at "a folder in memory" has format 2, and this version of maxsimd reads format 1; open it with a newer version',
  )
})

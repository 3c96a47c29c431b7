// A lock that is lost in the middle of a change: another writer has the folder then, so nothing in it is replaced any more.

import { expect, it } from 'vitest'
import { type Folder, type StoreFile, StoreLockedError } from '../../src/store/folders/folder.js'
import type { Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { rebuildStoreIn } from '../../src/store/rebuild-segments.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({
  id,
  vector: { colbert: [[id, 1]], words: { indices: [1, id + 2], values: [1, 0.5] } },
})

/** A folder whose lock is lost after a number of writes, syncs and replacements, and the names that are replaced afterwards. */
function losingFolder(inner: Folder) {
  const late: string[] = []
  let left = Infinity
  const counted = async <T>(run: () => Promise<T>): Promise<T> => {
    const result = await run()
    left--
    return result
  }
  const fileOf = (file: StoreFile): StoreFile => ({
    ...file,
    write: (bytes, position) => counted(() => file.write(bytes, position)),
    sync: () => counted(() => file.sync()),
  })
  const folder: Folder = {
    ...inner,
    async open(name, writable) {
      const file = await inner.open(name, writable)
      return file && fileOf(file)
    },
    create: async name => fileOf(await inner.create(name)),
    replace(name, bytes) {
      // the copy follows the manifest
      if (left <= 0 && name !== 'manifest.copy') late.push(name)
      return counted(() => inner.replace(name, bytes))
    },
    async lock() {
      const { release } = await inner.lock()
      const check = async () => {
        if (left <= 0) throw new StoreLockedError('the lock was lost')
      }
      return { check, release }
    },
  }
  const loseAfter = (calls: number) => {
    left = calls
  }
  return { folder, late, loseAfter, isLost: () => left <= 0 }
}

/** A folder with a store of several segments and dead points. */
async function folderWithPoints() {
  const losing = losingFolder(createMemoryFolder())
  const store = await createSmallSegments(losing.folder, vectors, 40, { words: {} })
  for (let id = 0; id < 6; id++) await store.upsert([pointOf(id)])
  await store.delete([1, 4])
  await store.close()
  return losing
}

const onStore = (change: (store: Store) => Promise<unknown>) => async (folder: Folder) => {
  const store = await openStoreIn(folder, { segmentBytes: 40 })
  try {
    await change(store)
  } finally {
    await store.close()
  }
}

it.each<[string, (folder: Folder) => Promise<unknown>]>([
  ['segments are begun', onStore(store => store.upsert([20, 21, 22].map(pointOf), { batchPoints: 1 }))],
  ['a store is compacted', onStore(store => store.compact())],
  ['postings are kept', onStore(store => store.query({ indices: [1], values: [1] }, { using: 'words' }))],
  ['vectors are removed', folder => rebuildStoreIn(folder, { remove: ['colbert'] })],
])('replaces nothing once its lock is lost while %s', async (_, change) => {
  for (let calls = 1, wasLost = true; wasLost; calls++) {
    const { folder, late, loseAfter, isLost } = await folderWithPoints()
    loseAfter(calls)
    const outcome = await change(folder).then(
      () => 'done',
      (error: Error) => error.message,
    )
    expect(late, `lost after ${calls} calls`).toEqual([])
    expect(['done', 'the lock was lost']).toContain(outcome)
    wasLost = isLost()
  }
})

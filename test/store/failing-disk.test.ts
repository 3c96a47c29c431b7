// A disk that fails, with a sample of the cases of `failing-disk.slow.test.ts`, and failures that need a test of their own.

import { expect, it } from 'vitest'
import { parseStoreVectors } from '../../src/store/config.js'
import type { Folder, StoreFile } from '../../src/store/folders/folder.js'
import { StoreWriteError, UpsertError } from '../../src/store/index.js'
import { createStoreIn } from '../../src/store/open-folder.js'
import {
  changes,
  copyOfFilled,
  failAt,
  failDuring,
  failure,
  folderOn,
  openOn,
  pointOf,
  vectors,
} from './failing-disk.cases.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, type SimulatedDisk } from './simulated-disk.js'

it.each(changes)(
  'keeps what was acknowledged if some call of the disk fails during %s',
  async (_, change) => {
    expect(await failDuring(change, 2, 3)).toBeGreaterThan(1)
  },
)

it('opens and creates a store after any call of the disk failed during that', async () => {
  const create = async (disk: SimulatedDisk) =>
    createStoreIn(await folderOn(disk), {
      vectors: parseStoreVectors(vectors),
      ifExists: 'reuse',
    })
  for (const [type, openStore] of [['create', create] as const, ['open', openOn] as const]) {
    for (let nth = 1; ; nth++) {
      const disk = type === 'open' ? copyOfFilled() : createSimulatedDisk()
      const failed = failAt(disk, nth, false)
      const store = await openStore(disk).catch(() => undefined)
      disk.onCall = () => {}
      await store?.close()
      expect(disk.openFiles, `open files after ${JSON.stringify(failed)}`).toBe(0)
      const again = await openStore(disk)
      expect(await again.count(), JSON.stringify(failed)).toBe(type === 'open' ? 9 : 0)
      await again.upsert([pointOf(40)])
      await again.close()
      if (failed.length === 0) break
    }
  }
})

it('writes the end of a log again that a failed sync may have lost', async () => {
  // Linux reports a failed sync once, and takes the lost pages for written
  const disk = createSimulatedDisk()
  const store = await createSmallSegments(await folderOn(disk), vectors, 1e6)
  await store.upsert([pointOf(1)])
  const first = disk.record.length
  disk.onCall = ({ type, name }) => {
    if (type === 'datasync' && name.endsWith('.rows')) throw failure('EIO')
  }
  await expect(store.upsert([pointOf(2)])).rejects.toMatchObject({ cause: { code: 'ERR_STORE_WRITE' } })
  disk.onCall = () => {}
  await store.close()
  const steps = disk.record.length
  const reopened = await openOn(disk)
  const bytesOf = (changes: typeof disk.record) =>
    changes.flatMap(change =>
      change.kind === 'write'
        ? Array.from(change.bytes, (byte, i) => `file ${change.file}, byte ${change.position + i}: ${byte}`)
        : [],
    )
  const written = bytesOf(disk.record.slice(first, steps))
  expect(written.length).toBeGreaterThan(100)
  expect(bytesOf(disk.record.slice(steps))).toEqual(expect.arrayContaining(written))
  expect(await reopened.count()).toBe(2)
  await reopened.close()
})

/** Changes the files of a folder. */
function wrapFiles(folder: Folder, wrap: (name: string, file: StoreFile) => StoreFile): Folder {
  return {
    ...folder,
    open: async (name, writable) => {
      const file = await folder.open(name, writable)
      return file && wrap(name, file)
    },
    create: async name => wrap(name, await folder.create(name)),
  }
}

it('fails a long upsert whose sync in the background failed, with and without waiting', async () => {
  for (const wait of [true, false]) {
    let isArmed = false
    let failures = 0
    let endSource = () => {}
    const lastPoint = new Promise<void>(resolve => {
      endSource = resolve
    })
    const folder = wrapFiles(createMemoryFolder(), (name, file) =>
      name.endsWith('.rows')
        ? {
            ...file,
            write: async () => {},
            async sync() {
              if (!isArmed) return
              isArmed = false
              failures++
              await lastPoint
              // after it was written
              await new Promise(resolve => setTimeout(resolve, 50))
              throw failure('EIO')
            },
          }
        : file,
    )
    const large = { colbert: { size: 65_536, distance: 'Dot' } } as const
    const store = await createSmallSegments(folder, large, 1e9)
    isArmed = true
    const vector = { colbert: [new Float32Array(65_536)] }
    const points = function* () {
      for (let id = 0; id < 270; id++) yield { id, vector }
      endSource()
    }
    const error = await store.upsert(points(), { wait }).catch((error: unknown) => error as UpsertError)
    expect(failures).toBe(1)
    expect(error).toBeInstanceOf(UpsertError)
    expect((error as UpsertError).cause).toBeInstanceOf(StoreWriteError)
    expect((error as UpsertError).message).toMatch(
      /^the store at "a folder in memory" could not be written: EIO: i\/o error; close it, and open it again; \d+ points in/,
    )
    await expect(store.delete([0])).rejects.toThrow(StoreWriteError)
    await store.close()
  }
})

it('waits for all writes of a batch that failed before it goes on', async () => {
  let isArmed = false
  let finishWrite = () => {}
  let written = false
  const folder = wrapFiles(createMemoryFolder(), (name, file) => ({
    ...file,
    async write(bytes, position) {
      if (isArmed && name.endsWith('.payloads')) throw failure('ENOSPC')
      if (isArmed && name.endsWith('.rows')) {
        await new Promise<void>(resolve => {
          finishWrite = resolve
        })
        written = true
      }
      await file.write(bytes, position)
    },
  }))
  const store = await createSmallSegments(folder, vectors, 1e6)
  isArmed = true
  let isSettled = false
  const failing = store.upsert([pointOf(1)]).catch((error: unknown) => error)
  void failing.then(() => {
    isSettled = true
  })
  for (let turn = 0; turn < 200; turn++) await undefined
  expect(isSettled, 'the upsert ended while a write was under way').toBe(false)
  finishWrite()
  expect(await failing).toBeInstanceOf(StoreWriteError)
  expect(written).toBe(true)
  await store.close()
})

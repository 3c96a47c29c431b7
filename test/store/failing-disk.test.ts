// A disk that fails: each call of the file system in turn, during each change of a store. Afterwards everything that was
// acknowledged is there, what was not is there entirely or not at all, and the store was not written to after the failure.

import { expect, it } from 'vitest'
import { parseStoreVectors } from '../../src/store/config.js'
import type { Folder, StoreFile } from '../../src/store/folders/folder.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { type Store, StoreWriteError, UpsertError } from '../../src/store/index.js'
import { createStoreIn, openStoreIn } from '../../src/store/open-folder.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, type DiskCall, FOLDER, type SimulatedDisk } from './simulated-disk.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number, round = 0) => ({
  id,
  vector: { colbert: Array.from({ length: 1 + (id % 3) }, (_, row) => [id + row, round]) },
  payload: { id, round },
})
const pointsOf = (ids: readonly number[], round: number) => ids.map(id => pointOf(id, round))

const folderOn = (disk: SimulatedDisk) => createNodeFolder(FOLDER, disk.fileSystem)
const openOn = async (disk: SimulatedDisk) => openStoreIn(await folderOn(disk), { segmentBytes: 200 })
const failure = (code: string) => Object.assign(new Error(`${code}: i/o error`), { code })

/** Returns all points as text, read in two ways. */
async function contentOf(store: Store): Promise<string> {
  const points: string[] = []
  for await (const { id, payload, vector } of store.scroll({ with_vector: true })) {
    points.push(`${id} ${JSON.stringify(payload)} ${Object.values(vector!.colbert!)[0]}`)
  }
  const hits = await store.query([[1, 1]], { limit: 100 })
  expect(hits).toHaveLength(points.length)
  return points.join('\n')
}

/** Returns a disk with a store in several segments, with replaced and deleted points. */
async function createFilledDisk(): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk()
  const store = await createSmallSegments(await folderOn(disk), vectors, 200)
  await store.upsert(pointsOf([1, 2, 3, 4, 5, 6, 7, 8], 1), { batchPoints: 4 })
  await store.upsert(pointsOf([2, 9, 10], 2))
  await store.delete([3])
  await store.close()
  return disk
}

const filled = await createFilledDisk()
const copyOfFilled = () => filled.afterKill(filled.record.length)

type Change = (store: Store) => Promise<unknown>

const changes: readonly (readonly [string, Change])[] = [
  ['upsert in several batches', store => store.upsert(pointsOf([1, 20, 21], 3), { batchPoints: 1 })],
  ['upsert without waiting', store => store.upsert(pointsOf([1, 20, 21], 3), { wait: false })],
  ['delete', store => store.delete([2, 9])],
  ['change payloads', store => store.setPayload([2, 9, 10], { more: true })],
  ['compact', store => store.compact()],
  ['close', store => store.close()],
]

/** Calls that change nothing, and whose failure is not that of a change. */
const READS = ['read', 'stat', 'lstat', 'readdir', 'readlink', 'close']

/** Lets the `nth` call that changes the disk fail, or all calls from then on. Returns the failed calls. */
function failAt(disk: SimulatedDisk, nth: number, isLasting: boolean): DiskCall[] {
  const failed: DiskCall[] = []
  let count = 0
  disk.onCall = call => {
    if (READS.includes(call.type)) return
    count++
    if (count !== nth && !(isLasting && count > nth)) return
    failed.push(call)
    throw failure(isLasting ? 'ENOSPC' : 'EIO')
  }
  return failed
}

/** The states of a store that an interrupted change may leave. */
async function statesOf(change: Change): Promise<{ before: string; states: string[] }> {
  const disk = copyOfFilled()
  const store = await openOn(disk)
  const before = await contentOf(store)
  const states = new Set([before])
  // each batch is a state
  const steps = disk.record.length
  await change(store)
  await store.close()
  for (let step = steps; step <= disk.record.length; step++) {
    if (step < disk.record.length && disk.record[step]!.kind !== 'write') continue
    const reopened = await openOn(disk.afterKill(step))
    states.add(await contentOf(reopened))
    await reopened.close()
  }
  return { before, states: [...states] }
}

it.each(changes)('keeps what was acknowledged if any call of the disk fails during %s', async (_, change) => {
  const { before, states } = await statesOf(change)
  for (const isLasting of [false, true]) {
    for (let nth = 1; ; nth += isLasting ? 5 : 1) {
      const disk = copyOfFilled()
      const store = await openOn(disk)
      const failed = failAt(disk, nth, isLasting)
      const error = await change(store).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      )
      if (failed.length === 0) {
        disk.onCall = () => {}
        await store.close()
        break
      }
      const place = `call ${nth}, ${failed[0]!.type} of "${failed[0]!.name}"${isLasting ? ', and all later ones' : ''}`
      const isClosed = change === changes.at(-1)![1]
      if (error && !isClosed) {
        const reason = error instanceof UpsertError ? error.cause : error
        expect(reason, place).toBeInstanceOf(StoreWriteError)
        expect(reason, place).toMatchObject({ code: 'ERR_STORE_WRITE', cause: { code: /^E/ } })
        const steps = disk.record.length
        // the disk works again, but nobody can tell what it contains
        disk.onCall = () => {}
        for (const [name, later] of changes.slice(0, -1)) {
          const refused = await later(store).catch((reason: unknown) => reason)
          expect((refused as UpsertError).cause ?? refused, `${place}: ${name}`).toMatchObject({
            code: /^(ERR_STORE_WRITE|E)/,
          })
        }
        expect(disk.record.length, `${place}: changes of the disk after the failure`).toBe(steps)
        for (const id of [4, 5, 10]) expect(await store.retrieve([id]), place).toHaveLength(1)
      }
      disk.onCall = () => {}
      await store.close().catch(() => undefined)
      expect(disk.openFiles, `${place}: open files`).toBe(0)
      const reopened = await openOn(disk)
      const content = await contentOf(reopened)
      if (error) expect(states, place).toContain(content)
      else expect(content, `${place}: acknowledged`).toBe(states.at(-1))
      await reopened.upsert([pointOf(30)])
      expect(await reopened.count()).toBe(content.split('\n').length + 1)
      await reopened.close()
    }
  }
  expect(before).not.toBe('')
})

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

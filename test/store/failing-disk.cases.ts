// A disk that fails: each call of the file system in turn, during each change of a store. Afterwards everything that was
// acknowledged is there, what was not is there entirely or not at all, and the store was not written to after the failure.

import { expect } from 'vitest'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { type Store, StoreWriteError, UpsertError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, type DiskCall, FOLDER, type SimulatedDisk } from './simulated-disk.js'

export const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
export const pointOf = (id: number, round = 0) => ({
  id,
  vector: { colbert: Array.from({ length: 1 + (id % 3) }, (_, row) => [id + row, round]) },
  payload: { id, round },
})
const pointsOf = (ids: readonly number[], round: number) => ids.map(id => pointOf(id, round))

export const folderOn = (disk: SimulatedDisk) => createNodeFolder(FOLDER, disk.fileSystem)
export const openOn = async (disk: SimulatedDisk) => openStoreIn(await folderOn(disk), { segmentBytes: 200 })
export const failure = (code: string) => Object.assign(new Error(`${code}: i/o error`), { code })

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
export const copyOfFilled = () => filled.afterKill(filled.record.length)

type Change = (store: Store) => Promise<unknown>

export const changes: readonly (readonly [string, Change])[] = [
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
export function failAt(disk: SimulatedDisk, nth: number, isLasting: boolean): DiskCall[] {
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

/**
 * Lets each `step`-th call of the disk fail during a change, from the `first` on, and checks that what was acknowledged is
 * kept. Returns the number of failures.
 */
export async function failDuring(change: Change, first: number, step: number): Promise<number> {
  let failures = 0
  const { before, states } = await statesOf(change)
  for (const isLasting of [false, true]) {
    for (let nth = first; ; nth += isLasting ? 5 : step) {
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
      failures++
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
  return failures
}

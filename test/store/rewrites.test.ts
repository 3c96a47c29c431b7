// How stored points are written again, when their payloads or vectors change: in batches, and until the call is aborted.

import { expect, it } from 'vitest'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { createStore, type Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, FOLDER } from './simulated-disk.js'

const { closing } = temporaryStores()

const idsTo = (count: number) => Array.from({ length: count }, (_, id) => id)

const DIM = 512
/** Rows that are all equal. */
const rowsOf = (count: number) => ({ data: new Float32Array(count * DIM).fill(1), dim: DIM })

/** A store with points 0 to `count`, each with as many rows. */
async function filled(count: number, rows = 1): Promise<Store> {
  const store = closing(await createStore({ vectors: { v: { size: DIM, distance: 'Dot' } } }))
  const v = rowsOf(rows)
  await store.upsert(idsTo(count).map(id => ({ id, vector: { v }, payload: { id } })))
  return store
}

it.each([
  ['many points', 1030, 1, [1024, 6]],
  ['large points', 3, 2 ** 21 / (4 * DIM), [2, 1]],
] as const)(
  'writes a change of %s in batches of 1024 points or 4 MiB, so that they do not collect in memory',
  async (_, count, rows, batches) => {
    const store = await filled(count, rows)
    await store.setPayload(idsTo(count), { n: 1 })
    // the points of a batch have the same version
    const counts = new Map<number, number>()
    for (const { version } of await store.query(rowsOf(1), { limit: count })) {
      counts.set(version!, (counts.get(version!) ?? 0) + 1)
    }
    expect([...counts.values()]).toEqual(batches)
  },
)

it('keeps the exactness of scores when large values are written again and their old segment is removed', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, { v: { size: 2, distance: 'Dot' } }, 1)
  // such numbers are summed in f64: in f32 the score would not be 0
  await store.upsert([{ id: 1, vector: { v: [[1e20, -1e20]] } }])
  await store.setPayload([1], { n: 1 })
  await store.compact()
  await store.close()
  const reopened = closing(await openStoreIn(folder))
  expect((await reopened.info()).dead).toBe(0)
  const [hit] = await reopened.query([[1e19, 1e19]])
  expect(hit!.score).toBe(0)
})

it('ends a change between two points when it is aborted, and the store can be changed again', async () => {
  const count = 1000
  const store = await filled(count)
  const controller = new AbortController()
  const call = store.setPayload(idsTo(count), { isChanged: true }, { signal: controller.signal })
  const reason = new Error('enough')
  for (let turn = 0; turn < 200; turn++) await undefined
  controller.abort(reason)
  await expect(call).rejects.toBe(reason)
  const changed = await store.count({ must: [{ key: 'isChanged', match: { value: true } }] })
  expect(changed, 'changed points').toBe(0)
  await store.setPayload([0], { isChanged: true })
  expect((await store.retrieve([0]))[0]!.payload).toEqual({ id: 0, isChanged: true })
})

it('syncs a change before its call ends, unless it does not wait', async () => {
  const disk = createSimulatedDisk()
  const vectors = { v: { size: 1, distance: 'Dot', multivector_config: null } } as const
  const store = await createSmallSegments(await createNodeFolder(FOLDER, disk.fileSystem), vectors, 1e6)
  await store.upsert([{ id: 1, vector: { v: [1] } }])
  let value = 1
  const calls: readonly ((options: { readonly wait?: boolean }) => Promise<unknown>)[] = [
    options => store.upsert([{ id: 2, vector: { v: [++value] } }], options),
    options => store.setPayload([1], { n: ++value }, options),
    options => store.updateVectors([{ id: 1, vector: { v: [++value] } }], options),
  ]
  for (const [i, call] of calls.entries()) {
    for (const wait of [false, true, undefined]) {
      const before = disk.calls.length
      await call(wait === undefined ? {} : { wait })
      const synced = disk.calls.slice(before).some(({ type }) => type === 'datasync')
      expect(synced, `call ${i}, wait: ${wait}`).toBe(wait !== false)
    }
  }
  await store.close()
})

// `rebuildStore` adds and removes vectors in place: what stays is the same bit for bit, and an interruption changes nothing.

import { readdirSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { type AddedVector, createStore, openStore, rebuildStore, type Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { rebuildStoreIn } from '../../src/store/rebuild-segments.js'
import { random, randomRows } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, FOLDER, type SimulatedDisk } from './simulated-disk.js'

const { closing, freshPath } = temporaryStores()

/** The first row of a document. */
const first: AddedVector = {
  config: { size: 4, distance: 'Dot', multivector_config: null, datatype: 'i8' },
  from: 'colbert',
  make: ({ data, dim }) => data.subarray(0, dim) as Float32Array,
}

const contentOf = async (store: Store) => {
  const points: unknown[] = []
  for await (const point of store.scroll({ with_vector: true })) points.push(point)
  return points
}

const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error.message,
  )

/** A store with several kinds of vectors, dead points, and points that lack a vector. */
async function createMixed(path: string): Promise<Store> {
  const store = await createStore({
    path,
    vectors: {
      colbert: { size: 4, distance: 'Cosine' },
      half: { size: 3, distance: 'Dot', datatype: 'float16' },
      tiny: { size: 9, distance: 'Dot', datatype: 'i8', multivector_config: null },
    },
    sparse_vectors: { words: { modifier: 'idf' } },
  })
  const next = random(3)
  const points = Array.from({ length: 40 }, (_, id) => ({
    id,
    vector: {
      ...(id % 7 !== 0 && { colbert: randomRows(next, 1 + (id % 5), 4) }),
      half: randomRows(next, 2, 3),
      tiny: [...randomRows(next, 1, 9).data],
      words: { indices: [id, 100], values: [1, 0.5] },
    },
    payload: { title: `point ${id}`, n: id },
  }))
  await store.upsert(points)
  await store.delete([3, 9])
  await store.setPayload([5], { title: 'changed' })
  return store
}

it('adds a vector, and leaves vectors, payloads, versions and scores as they are', async () => {
  const path = freshPath()
  const before = await createMixed(path)
  const query = randomRows(random(8), 3, 4)
  const search = (store: Store) => store.query(query, { using: 'colbert', limit: 40, with_vector: true })
  const sparse = (store: Store) =>
    store.query({ indices: [100, 5], values: [1, 2] }, { using: 'words', limit: 40 })
  const [content, hits, words] = [await contentOf(before), await search(before), await sparse(before)]
  await before.close()
  await rebuildStore(path, { add: { first } })
  const store = closing(await openStore(path))
  expect(Object.keys(store.config.vectors)).toEqual(['colbert', 'half', 'tiny', 'first'])
  const withoutFirst = (points: readonly { readonly vector?: object | undefined }[]) =>
    points.map(({ vector = {}, ...point }) => {
      const { first, ...rest } = vector as Record<string, unknown>
      return { ...point, vector: rest }
    })
  expect(withoutFirst((await contentOf(store)) as { vector?: object }[])).toEqual(content)
  expect(withoutFirst(await search(store))).toEqual(hits)
  expect(await sparse(store)).toEqual(words)
  const { vectors, dead } = await store.info()
  expect(dead).toBe(0)
  // segment 1 had the points before
  expect(readdirSync(path).filter(name => name.startsWith('000001'))).toEqual([])
  // points without the source have no such vector
  expect(vectors.first!.points).toBe(vectors.colbert!.points)
  const [point] = await store.retrieve([5], { with_vector: ['colbert', 'first'] })
  const { colbert, first: made } = point!.vector as unknown as {
    colbert: { data: Float32Array }
    first: Float32Array
  }
  made.forEach((value, k) => {
    expect(Math.abs(value - colbert.data[k]!)).toBeLessThan(0.01)
  })
})

it('removes a vector, and can replace one of the same name', async () => {
  const path = freshPath()
  await (await createMixed(path)).close()
  await rebuildStore(path, { add: { first }, remove: ['half'] })
  const last = {
    ...first,
    make: ({ data, dim }: { data: ArrayLike<number>; dim: number }) => Array.from(data).slice(-dim),
  }
  await rebuildStore(path, { add: { first: last as AddedVector }, remove: ['first', 'tiny'] })
  const store = closing(await openStore(path))
  expect(Object.keys(store.config.vectors)).toEqual(['colbert', 'first'])
  await store.upsert([{ id: 99, vector: { colbert: randomRows(random(1), 2, 4), first: [1, 2, 3, 4] } }])
  expect(await store.count()).toBe(39)
})

it('needs no more memory for many points than for a few', async () => {
  const path = freshPath()
  const store = await createStore({ path, vectors: { colbert: { size: 4, distance: 'Dot' } } })
  await store.upsert(Array.from({ length: 5000 }, (_, id) => ({ id, vector: { colbert: [[id, 1, 2, 3]] } })))
  await store.close()
  const wide = (): AddedVector => ({
    config: { size: 128, distance: 'Dot', multivector_config: null },
    from: 'colbert',
    make: () => new Float32Array(128).fill(1),
  })
  const grown: number[] = []
  let done = 0
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow')
  try {
    await rebuildStore(path, {
      add: { wide: wide() },
      onProgress(points) {
        done = points
        grown.push(grow.mock.calls.length)
      },
    })
  } finally {
    grow.mockRestore()
  }
  expect([done, grown.length]).toEqual([5000, 5])
  expect(grown.at(-1), 'calls of grow after each 1,024 points').toBe(grown[0])
})

it('leaves the store as it was when it is cancelled, or when making a vector fails', async () => {
  const path = freshPath()
  const before = await createMixed(path)
  const content = await contentOf(before)
  await before.close()
  const files = readdirSync(path).sort()
  const stop = new AbortController()
  const onProgress = () => stop.abort(new Error('enough'))
  expect(await rejectionOf(rebuildStore(path, { add: { first }, signal: stop.signal, onProgress }))).toBe(
    'enough',
  )
  expect(readdirSync(path).sort()).toEqual(files)
  const within = new AbortController()
  let made = 0
  const leaving: AddedVector = {
    ...first,
    make(document) {
      made++
      within.abort(new Error('now'))
      return first.make(document)
    },
  }
  expect(await rejectionOf(rebuildStore(path, { add: { first: leaving }, signal: within.signal }))).toBe(
    'now',
  )
  expect(made, 'vectors that were made').toBe(1)
  expect(readdirSync(path).sort()).toEqual(files)
  const broken: AddedVector = { ...first, make: () => [1, 2] }
  expect(await rejectionOf(rebuildStore(path, { add: { first: broken } }))).toBe(
    '"point 1.vector.first[0]" expected 4 numbers, got 2; all rows have the same dim',
  )
  expect(readdirSync(path).sort()).toEqual(files)
  const store = closing(await openStore(path))
  expect(await contentOf(store)).toEqual(content)
  expect(Object.keys(store.config.vectors)).toEqual(['colbert', 'half', 'tiny'])
})

it('leaves the old store or the new one, whatever change a kill or a power cut interrupts', async () => {
  const vectors = { colbert: { size: 4, distance: 'Dot' } } as const
  const disk = createSimulatedDisk()
  const folder = await createNodeFolder(FOLDER, disk.fileSystem)
  const created = await createSmallSegments(folder, vectors, 200)
  const next = random(4)
  for (let id = 0; id < 9; id++) await created.upsert([{ id, vector: { colbert: randomRows(next, 2, 4) } }])
  const content = await contentOf(created)
  await created.close()
  const begin = disk.record.length
  await rebuildStoreIn(folder, { add: { first } })
  const end = disk.record.length
  const checked = async (interrupted: SimulatedDisk, steps: number) => {
    const store = await openStoreIn(await createNodeFolder(FOLDER, interrupted.fileSystem))
    const points = (await contentOf(store)) as { vector: Record<string, unknown> }[]
    const isNew = 'first' in store.config.vectors
    for (const { vector } of points) {
      expect(vector.first !== undefined, `after ${steps} changes`).toBe(isNew)
      delete vector.first
    }
    expect(points, `after ${steps} changes`).toEqual(content)
    await store.close()
    return isNew
  }
  const outcomes: boolean[] = []
  for (let steps = begin; steps <= end; steps += 3) {
    outcomes.push(await checked(disk.afterKill(steps), steps))
    await checked(disk.afterPowerCut(steps, random(steps)), steps)
  }
  expect(outcomes).toEqual([...outcomes].sort())
  expect(new Set(outcomes).size).toBe(2)
})

it('names what is wrong with its options', async () => {
  const path = freshPath()
  await (await createMixed(path)).close()
  const refused = (options: object) => rejectionOf(rebuildStore(path, options))
  expect(await refused({ remove: ['none'] })).toBe(
    '"remove" expected dense vectors of the store ("colbert", "half", "tiny"), got "none"',
  )
  expect(await refused({ add: { half: first } })).toBe(
    '"add.half" is a vector of the store; choose another name, or remove it',
  )
  expect(await refused({ add: { words: first } })).toBe(
    '"add.words" is a vector of the store; choose another name, or remove it',
  )
  expect(await refused({ add: { first: { ...first, from: 'none' } } })).toBe(
    '"add.first.from" expected a dense vector that stays ("colbert", "half", "tiny"), got "none"',
  )
  expect(await refused({ add: { first: { ...first, make: 5 } } })).toBe(
    '"add.first.make" expected a function, got number',
  )
  expect(await refused({ vectors: {} })).toBe(
    'unknown option "options.vectors"; valid options of rebuildStore: add, remove, signal, onProgress',
  )
  const unnamed = freshPath()
  await (await createStore({ path: unnamed, vectors: { size: 4, distance: 'Dot' } })).close()
  expect(await rejectionOf(rebuildStore(unnamed, { add: { first } }))).toBe(
    'the vector of the store has no name, so another one cannot be added; copy the points to a new store with a named vector',
  )
  const open = closing(await openStore(path))
  expect(await refused({ add: { first } })).toContain(
    `the store at "${path}" is locked by process ${process.pid}`,
  )
  expect(open.config.vectors.first).toBeUndefined()
})

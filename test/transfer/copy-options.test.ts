// What copies, imports and exports make of their options: the settings of an upsert, its progress, and the vector of a point.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesSource, type FilePoint, readPoints } from '../../src/formats/index.js'
import type { QdrantCollection } from '../../src/qdrant/index.js'
import { createStore, openStore, type StoreConfig, type UpsertReport } from '../../src/store/index.js'
import { ASSIGNED_IDS_FILE } from '../../src/transfer/assigned-ids.js'
import { exportPoints, importPoints, pullFirstStage, push } from '../../src/transfer/index.js'
import { startFakeQdrant } from '../support/fake-qdrant.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-copy-options-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const vectors = { v: { size: 1, distance: 'Dot' } } as const
const two = { a: { size: 1, distance: 'Dot' }, b: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { v: [[id]] }, payload: { n: id } })
const lines = (text: string) => readPoints(bytesSource(new TextEncoder().encode(text), 'a.jsonl'))

interface Upsert {
  readonly name: string
  readonly settings: object
  readonly points: readonly object[]
}

/** A collection that records its calls, and reports two points and three that were skipped. */
function recordingCollection() {
  const upserts: Upsert[] = []
  const record = (name: string) => async (given: AsyncIterable<object>, settings: object) => {
    const points: object[] = []
    for await (const point of given) points.push(point)
    upserts.push({ name, settings, points })
    const report = { points: 2, skipped: 3 } as UpsertReport
    const { onProgress } = settings as { onProgress?: (report: UpsertReport) => void }
    onProgress?.(report)
    return report
  }
  const collection = { upsert: record('upsert'), updateVectors: record('updateVectors') }
  return { collection: collection as unknown as QdrantCollection, upserts }
}

describe('a push', () => {
  it.each([
    [false, 'upsert', { payload: { n: 1 } }],
    [true, 'updateVectors', {}],
  ])('passes on its settings, and counts the skipped points as done: vectorsOnly %s', async (...args) => {
    const [vectorsOnly, name, payload] = args
    await using store = await createStore({ vectors })
    await store.upsert([pointOf(1)])
    const { collection, upserts } = recordingCollection()
    const { signal } = new AbortController()
    const settings = { signal, resume: 'skip', batchBytes: 7000, concurrency: 2, shard_key: 'eu' } as const
    const progress: number[] = []
    const onProgress = (points: number) => progress.push(points)
    expect(await push(store, collection, { ...settings, vectorsOnly, onProgress })).toMatchObject({
      points: 2,
    })
    expect(upserts).toHaveLength(1)
    expect(upserts[0]).toMatchObject({ name, settings })
    const vector = { v: { data: Float32Array.of(1), dim: 1 } }
    expect(upserts[0]!.points).toEqual([{ id: 1, vector, ...payload }])
    expect(progress).toEqual([5])
  })

  it('sends vectors and payloads, in the batches of the collection, by default', async () => {
    await using store = await createStore({ vectors })
    const { collection, upserts } = recordingCollection()
    await push(store, collection)
    expect(upserts).toMatchObject([{ name: 'upsert', points: [] }])
    expect(Object.values(upserts[0]!.settings).filter(value => value !== undefined)).toEqual([])
  })
})

/** The points of a store at a path, with all vectors. */
async function pointsAt(path: string): Promise<unknown[]> {
  await using store = await openStore(path, { readOnly: true })
  const points: unknown[] = []
  for await (const point of store.scroll({ with_vector: true })) points.push(point)
  return points
}

async function storeAt(name: string, config: StoreConfig['vectors'], points: readonly object[] = []) {
  const path = join(root, name)
  await using store = await createStore({ path, vectors: config })
  await store.upsert(points as never)
  return path
}

describe('an import', () => {
  it('puts the rows into the vector that "using" names, and the text into the payload', async () => {
    const path = await storeAt('using', two)
    await expect(importPoints(lines('{"id":1,"vector":[1,2]}'), { path })).rejects.toThrow('"using"')
    await importPoints(lines('{"id":1,"vector":[1,2],"text":"t","payload":{"n":7}}'), { path, using: 'b' })
    expect(await pointsAt(path)).toEqual([
      { id: 1, payload: { n: 7, text: 't' }, vector: { b: { data: Float32Array.of(1, 2), dim: 2 } } },
    ])
  })

  it('into an unnamed vector has no name', async () => {
    const path = await storeAt('unnamed', { size: 1, distance: 'Dot' } as never)
    await importPoints(lines('{"id":1,"vector":[3]}'), { path })
    expect(await pointsAt(path)).toMatchObject([{ vector: { '': { data: Float32Array.of(3) } } }])
  })

  it('assigns numbers after the largest id that is a number', async () => {
    const uuid = 'ffffffff-ffff-4fff-bfff-ffffffffffff'
    const path = await storeAt('after', vectors, [pointOf(5), pointOf(2), { ...pointOf(1), id: uuid }])
    await importPoints(lines('{"vector":[1]}\n{"vector":[2]}'), { path })
    const ids = (await pointsAt(path)).map(point => (point as { id: unknown }).id)
    expect(ids).toEqual([2, 5, 6, 7, uuid])
  })

  it.each(['Übung 日本 😀.npy', 'a "b" \\ c.npy', 'a\nb.npy'])(
    'assigns the same ids again to the file %j',
    async file => {
      const path = await storeAt(`named-${encodeURIComponent(file)}`, vectors)
      for (const value of [1, 2]) {
        const report = await importPoints(lines(`{"vector":[${value}]}`), { path, file })
        expect(report).toMatchObject({ points: 1, removed: 0, total: 1 })
      }
      expect(await pointsAt(path)).toMatchObject([{ id: 0, vector: { v: { data: Float32Array.of(2) } } }])
    },
  )

  it('finds the ids of a file in a long list of files', async () => {
    const path = await storeAt('many', vectors)
    const others = Array.from({ length: 2000 }, (_, i) => [`folder/a long name of a file ${i}.npy`, [[i, 1]]])
    const files = Object.fromEntries([...others, ['a.npy', [[5000, 1]]]])
    const text = JSON.stringify({ version: 1, files })
    expect(text.length).toBeGreaterThan(65_536)
    writeFileSync(join(path, ASSIGNED_IDS_FILE), text)
    await importPoints(lines('{"vector":[1]}'), { path, file: 'a.npy' })
    expect(await pointsAt(path)).toMatchObject([{ id: 5000 }])
  })

  it('of a file without a name is named so in errors', async () => {
    await expect(importPoints(lines(''), { path: join(root, 'none') })).rejects.toThrow(
      'the file: has no points',
    )
  })
})

it('an import that fails after a single point says so', async () => {
  async function* points(): AsyncGenerator<FilePoint> {
    const plain = { text: undefined, payload: {} }
    // as large as a batch
    yield { id: 1, vector: { data: new Float32Array(2 ** 20), dim: 4 }, ...plain }
    yield { id: 2, vector: { data: Float32Array.of(1, 2, 3, Number.NaN), dim: 4 }, ...plain }
  }
  await expect(importPoints(points(), { path: join(root, 'single'), file: 'a.npy' })).rejects.toThrow(
    /^a\.npy: "point 2\.vector.*; 1 point before it is in the store$/,
  )
})

it('an export has the rows of the vector that "using" names', async () => {
  await using store = await createStore({ vectors: two })
  await store.upsert([{ id: 1, vector: { a: [[1]], b: [[2, 3]] }, payload: { n: 1 } }])
  const exported: unknown[] = []
  const points = store.scroll({ with_vector: true })
  for await (const point of exportPoints(points, store.config.vectors, 'b')) exported.push(point)
  expect(exported).toEqual([{ id: 1, payload: { n: 1 }, vector: { data: Float32Array.of(2, 3), dim: 2 } }])
  await expect(exportPoints(points, store.config.vectors).next()).rejects.toThrow('"using"')
})

it('a first stage that a server does not have is undefined, and another error is thrown', async () => {
  const server = await startFakeQdrant()
  expect(await pullFirstStage({ url: server.url }, 'c')).toBeUndefined()
  server.intercept = ({ path }) => (path.endsWith('first-stage') ? { status: 403, error: 'no' } : undefined)
  await expect(pullFirstStage({ url: server.url }, 'c')).rejects.toMatchObject({ status: 403 })
  await server.close()
})

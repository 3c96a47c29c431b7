// Copies from a collection whose answers the test writes, and imports that leave nothing: which options each call gets, and
// what a copy that fails reports.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { FilePoint } from '../../src/formats/index.js'
import type { QdrantCollection } from '../../src/qdrant/index.js'
import { createStore, openStore, type Store, UpsertError } from '../../src/store/index.js'
import { importPoints, pull } from '../../src/transfer/index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-copies-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const vectors = { v: { size: 1, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { v: { data: Float32Array.of(id), dim: 1 } }, payload: {} })

/** A collection of the points 1 to `count`, and the options of the calls that read it. */
function collectionOf(count: number) {
  const calls: object[] = []
  const collection = {
    async *scroll(options: object) {
      calls.push(options)
      for (let id = 1; id <= count; id++) yield pointOf(id)
    },
    async retrieve(ids: readonly number[], options: object) {
      calls.push(options)
      return ids.map(pointOf)
    },
  }
  return { collection: collection as unknown as QdrantCollection, calls }
}

it.each([undefined, 'skip'] as const)(
  'each read of a pull has its signal and its shard key: resume %s',
  async resume => {
    await using store = await createStore({ vectors })
    const { collection, calls } = collectionOf(3)
    const { signal } = new AbortController()
    await pull(collection, store, { signal, shard_key: 'eu', resume })
    expect(calls).toHaveLength(resume ? 2 : 1)
    for (const options of calls) expect(options).toMatchObject({ signal, shard_key: 'eu' })
    expect(await store.count()).toBe(3)
  },
)

it('a pull that fails after a batch reports the points that it skipped before', async () => {
  await using store = await createStore({ vectors })
  await store.upsert([1, 2].map(pointOf))
  const cause = new Error('the disk is full')
  const upsert: Store['upsert'] = async points => {
    let read = 0
    for await (const _ of points) read++
    const rest = { rows: read, bytes: 1, batches: 1, retries: 0, seconds: 0, applied: false }
    throw new UpsertError(cause, { points: read, skipped: 1, ...rest })
  }
  const failing = { ...store, upsert }
  const error = await pull(collectionOf(5).collection, failing, { resume: 'skip' }).catch(reason => reason)
  expect(error).toBeInstanceOf(UpsertError)
  expect(error).toMatchObject({ cause, report: { points: 3, skipped: 3 } })
})

it('an import that fails before its first batch leaves no store and no list of ids', async () => {
  const path = join(root, 'new')
  async function* points(): AsyncGenerator<FilePoint> {
    yield { id: undefined, vector: { data: Float32Array.of(1), dim: 1 }, text: undefined, payload: {} }
    throw new Error('the disk failed')
  }
  await expect(importPoints(points(), { path, file: 'a.npy' })).rejects.toThrow('the disk failed')
  expect(existsSync(path)).toBe(false)
})

it('an import reports the ids that several documents have, once each, and the points that it removed', async () => {
  const path = join(root, 'repeated')
  async function* points(ids: readonly (number | string | undefined)[]): AsyncGenerator<FilePoint> {
    for (const [i, id] of ids.entries())
      yield { id, vector: { data: Float32Array.of(i), dim: 1 }, text: undefined, payload: {} }
  }
  const report = await importPoints(points(['a', 7, 'a', 'b', '7', 'a']), { path, file: 'a.jsonl' })
  expect(report).toMatchObject({ points: 6, total: 3, removed: 0, duplicates: ['a', '7'] })
  const other = join(root, 'removed')
  await importPoints(points([undefined, undefined, undefined]), { path: other, file: 'a.npy' })
  const store = await openStore(other)
  await store.delete([1])
  await store.close()
  // of the two points that the file does not have now, one is there
  expect(await importPoints(points([undefined]), { path: other, file: 'a.npy' })).toMatchObject({
    ...{ points: 1, total: 1, removed: 1, duplicates: [] },
  })
})

// What `verify`, `compare` and copies ask a server for, how far they report to be, and which near ties they take as right. Faults that
// `verify` finds are in verify.test.ts.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallProgress } from '../../src/collection/collection.js'
import {
  compare,
  createCollection,
  createLocalCopy,
  type QdrantCollection,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { findOrderFaults } from '../../src/qdrant/verify/check-hits.js'
import type { HitCheck } from '../../src/qdrant/verify/verify-report.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const query = [[1, 0]]
const pointsOf = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } }))

async function filled(count = 40, points: readonly object[] = pointsOf(count)): Promise<QdrantCollection> {
  const collection = await createCollection({ url: server.url }, 'c', { vectors })
  await collection.upsert(points as never)
  server.requests.length = 0
  return collection
}

async function storeOf(count: number) {
  const store = await createStore({ vectors })
  await store.upsert(pointsOf(count))
  return store
}

/** The requests that read points. */
const reads = () =>
  server.requests.filter(({ method, path }) => method === 'POST' && path.includes('/points'))

describe('a shard key is sent with every request that reads points, by', () => {
  it.each<[name: string, paths: readonly string[], call: (collection: QdrantCollection) => unknown]>([
    [
      'verify',
      ['', '/count', '/query', '/scroll'],
      c => verify(c, [query], { shard_key: 'eu', limit: 2, source: new Map([[0, [[0, 1]]]]) }),
    ],
    ['compare', ['/query'], async c => compare(c, await storeOf(3), [query], { shard_key: 'eu', rounds: 1 })],
    ['createLocalCopy', ['/scroll'], c => createLocalCopy(c, { shard_key: 'eu' })],
    ['sampleQueries', ['/scroll'], c => sampleQueries(c, 1, { shard_key: 'eu' })],
    ['sampleSize', ['/scroll'], c => sampleSize(c, 1, { shard_key: 'eu' })],
  ])('%s', async (_, paths, call) => {
    await call(await filled(3))
    expect([...new Set(reads().map(({ path }) => path.split('/points')[1]))].sort()).toEqual(paths)
    expect(reads().map(({ body }) => body.shard_key)).toEqual(reads().map(() => 'eu'))
  })
})

it('compare sends its search options to both sides, and reports each query when all its rounds are done', async () => {
  const collection = await filled(4)
  const store = await storeOf(4)
  const local = vi.fn(store.query)
  const filter = { must: [{ has_id: [1, 2, 3] }] }
  const progress: CallProgress[] = []
  const { signal } = new AbortController()
  const options = { using: 'colbert', filter, params: { exact: true }, limit: 2, rounds: 2, signal }
  const comparison = await compare(collection, { ...store, query: local } as never, [query, [[0, 1]]], {
    ...options,
    onProgress: report => {
      expect(local).toHaveBeenCalledTimes(3 * report.done)
      progress.push(report)
    },
  })
  expect(progress).toEqual([1, 2].map(done => ({ phase: 'queries', done, total: 2 })))
  expect(comparison).toMatchObject({ queries: 2, limit: 2, rounds: 2, agrees: true })
  expect(reads()).toHaveLength(6)
  const sent = { using: 'colbert', filter, params: { exact: true }, limit: 2 }
  for (const { body } of reads()) expect(body).toMatchObject(sent)
  for (const [, given] of local.mock.calls) expect(given).toMatchObject({ ...sent, signal })
})

it('compare says that each of several shards has its own candidates', async () => {
  const [collection, store] = [await filled(4), await storeOf(4)]
  const notes = async () => (await compare(collection, store, [query], { rounds: 1 })).notes
  expect(await notes()).toEqual([])
  server.alter = ({ path }, result) => {
    if (path.endsWith('/cluster')) result.remote_shards = [{ shard_id: 1, state: 'Active' }]
  }
  expect(await notes()).toEqual([
    expect.stringMatching(
      /^the server's collection has 2 shards with 2 replicas: each shard rescores its own /,
    ),
  ])
})

describe('progress', () => {
  it('of verify is reported for each query, and every 32 points and documents up to the last', async () => {
    const progress: CallProgress[] = []
    const source = new Map(pointsOf(40).map(({ id, vector }) => [id, vector.colbert]))
    await verify(await filled(40), [query, [[0, 1]]], { source, onProgress: report => progress.push(report) })
    expect(progress.map(({ phase, done, total }) => [phase, done, total])).toEqual([
      ['queries', 1, 2],
      ['queries', 2, 2],
      ['points', 32, 40],
      ['points', 40, 40],
      ['documents', 32, 40],
      ['documents', 40, 40],
    ])
  })

  it('of a copy is reported every 32 documents, and at the end', async () => {
    const progress: number[] = []
    const copy = await createLocalCopy(await filled(70), { onProgress: count => progress.push(count) })
    expect(progress).toEqual([32, 64, 70])
    copy.dispose()
  })
})

describe('verify', () => {
  it('states the bound of the query with the most rows', async () => {
    const rows = (count: number) => Array.from({ length: count }, () => [1, 0])
    const { bound } = await verify(await filled(3), [rows(2), rows(5), rows(3)])
    expect(bound).toContain('(f32 sums over 2 dims and 5 rows, in another order)')
  })

  it('names no query row if only the sum of several rows is wrong', async () => {
    const collection = await filled(3)
    server.alter = ({ path, body }, result) => {
      if (path.endsWith('/query') && body.query.length > 1) result.points[0].score += 1
    }
    const report = await verify(collection, [[[1, 0], [0, 1]]]) // biome-ignore format: one line
    const [wrong, ...others] = report.checks.filter(({ ok }) => ok === false)
    expect([wrong!.rank, wrong!.row, others]).toEqual([0, undefined, []])
    expect(report.ok).toBe(false)
  })

  it.each([
    [1, 2],
    [2, 2],
    [1, 0],
    [2, 0],
  ])(
    'names the first row that a scan reads otherwise than a query: replicas %i, row %i',
    async (replicas, row) => {
      const collection = await filled(1, [{ id: 7, vector: { colbert: [[0, 5], [1, 0], [0, 6]] } }]) // biome-ignore format: one line
      server.alter = ({ path }, result) => {
        if (replicas === 2 && path.endsWith('/cluster'))
          result.local_shards.push({ shard_id: 0, state: 'Active' })
        if (!path.endsWith('/points/scroll')) return
        for (const point of result.points) {
          // the score of the query stays the same
          const rows = point.vector.colbert.map((other: number[], i: number) => (i === row ? [0, 7] : other))
          point.vector = { colbert: rows }
        }
      }
      expect(await verify(collection, [query])).toMatchObject({
        ok: false,
        disagreements: 0,
        missed: [],
        documents: [{ id: 7, fault: 'inconsistent', row }],
      })
    },
  )

  it('leaves out points without rows', async () => {
    const collection = await filled(3)
    server.alter = ({ path }, result) => {
      if (path.endsWith('/points/scroll')) result.points[0].vector = { colbert: [] }
    }
    expect(await verify(collection, [query], { limit: 1 })).toMatchObject({
      ok: true,
      hits: 1,
      scanned: 3,
      recall: 1,
      documents: [],
      notes: [],
    })
  })

  it('counts the documents that uint8 truncated, and those of zeros', async () => {
    const uint8 = { colbert: { size: 2, distance: 'Dot', datatype: 'uint8' } } as const
    const bytes = await createCollection({ url: server.url }, 'bytes', { vectors: uint8 })
    await bytes.upsert([1, 2, 3].map(id => ({ id, vector: { colbert: [[id, 1]] } })))
    const source = new Map([[1, [[1.5, 1]]], [2, [[2, 1.25]]], [3, [[3, 1]]]]) // biome-ignore format: one line
    expect(await verify(bytes, [query], { source })).toMatchObject({
      ok: true,
      documents: [],
      notes: ['uint8 changed the numbers of 2 documents'],
    })
    const zeros = await filled(
      2,
      [1, 2].map(id => ({ id, vector: { colbert: [[0, 0]] } })),
    )
    expect((await verify(zeros, [query])).notes).toEqual(['2 documents consist of zeros only'])
  })

  it('of a store leaves out at most 100 points of a query whose scores are beyond f32', async () => {
    const large = (count: number) =>
      Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: [[3e38, 3e38]] } }))
    const report = async (count: number) => {
      const store = await createStore({ vectors })
      await store.upsert([...large(count), { id: 1000, vector: { colbert: [[1, 1]] } }])
      return verify(store, [[[1, 1]]], { scan: false })
    }
    const { hits, documents } = await report(100)
    expect([hits, documents.length, new Set(documents.map(({ fault }) => fault))]).toEqual([
      1,
      100,
      new Set(['overflow']),
    ])
    await expect(report(101)).rejects.toThrow('beyond f32')
  })
})

describe('a near tie', () => {
  const check = (local: number, bound: number) => ({ query: 3, id: local, local, bound }) as HitCheck

  it.each([
    ['dot', [1, 1.25], []],
    ['dot', [1, 1.75], [{ query: 3, worse: 1, better: 1.75, gap: 0.75 }]],
    ['dot', [2, 1], []],
    ['euclid', [1.25, 1], []],
    ['euclid', [1.75, 1], [{ query: 3, worse: 1.75, better: 1, gap: 0.75 }]],
    ['euclid', [1, 2], []],
  ] as const)('is in the wrong order only beyond the bounds of both: %s of %j', (metric, scores, faults) => {
    const checks = scores.map(local => check(local, 0.25))
    expect(findOrderFaults({ metric, judged: true }, checks)).toEqual(faults)
    expect(findOrderFaults({ metric, judged: false }, checks)).toEqual([])
  })

  it('is compared with all later hits, and named with the first that is better', () => {
    const checks = [check(1, 0), check(1, 0), check(3, 0), check(4, 0)]
    expect(
      findOrderFaults({ metric: 'dot', judged: true }, checks).map(({ worse, better }) => [worse, better]),
    ).toEqual([
      [1, 3],
      [1, 3],
      [3, 4],
    ])
  })

  it.each([
    ['is no missed point', 2e-7, 1, 0],
    ['is a missed point beyond the bounds of both', 2e-4, 2 / 3, 1],
  ])('of the last hit %s', async (_, gap, recall, missed) => {
    const rows = [[9, 1], [8, 1], [1 + gap, 1], [1, 1], [0, 1]] // biome-ignore format: one line
    const collection = await filled(
      5,
      rows.map((row, id) => ({ id, vector: { colbert: [row] } })),
    )
    // the server finds the fourth point in place of the third
    server.intercept = ({ path, body }) => {
      if (path.endsWith('/query')) body.limit = 4
      return undefined
    }
    server.alter = ({ path }, result) => {
      if (path.endsWith('/query')) result.points.splice(2, 1)
    }
    const report = await verify(collection, [query], { limit: 3 })
    expect(report).toMatchObject({ ok: missed === 0, disagreements: 0, recall })
    expect(report.missed.map(({ id, lastScore }) => [id, lastScore])).toEqual(missed ? [[2, 1]] : [])
  })
})

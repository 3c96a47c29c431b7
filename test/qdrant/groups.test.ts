// Queries for groups on a fake server: the request, and what is made of the response. `test/collection` has what groups are.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { createCollection, type QdrantCollection } from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
let collection: QdrantCollection
let groups: unknown

beforeEach(async () => {
  server = await startFakeQdrant()
  collection = await createCollection({ url: server.url }, 'c', {
    vectors: { colbert: { size: 2, distance: 'Dot' } },
  })
  server.intercept = ({ path }) =>
    path.endsWith('/groups')
      ? response => response.end(JSON.stringify({ result: { groups }, status: 'ok', time: 0.5 }))
      : undefined
})
afterEach(() => server.close())

const sent = () => server.requestsTo('POST', '/collections/c/points/query/groups').map(({ body }) => body)

it('sends the query with its options, and returns hits and looked up points', async () => {
  groups = [
    {
      id: 'a',
      hits: [{ id: 1, version: 7, score: 0.1, payload: { n: 1 }, vector: { colbert: [[1, 2]] } }],
      lookup: { id: 5, payload: { title: 'A' }, vector: { dense: [1, 2, 3] } },
    },
    { id: 2, hits: [{ id: 2, version: 8, score: 0, vector: { colbert: [[3, 4]] } }], lookup: null },
  ]
  const filter = { must: [{ key: 'n', match: { value: 1 } }] }
  const with_lookup = { collection: 'documents', with_payload: { exclude: ['x'] }, with_vectors: true }
  const costs: unknown[] = []
  const found = await collection.queryGroups([[1, 2]], {
    group_by: 'of.document',
    limit: 4,
    group_size: 5,
    filter,
    with_payload: { include: ['n'] },
    with_vector: true,
    with_lookup,
    shard_key: 'eu',
    score_threshold: 0.5,
    params: { exact: true },
    prefetch: { query: [[3, 4]], limit: 7 },
    onCost: cost => costs.push(cost.serverSeconds),
  })
  expect(sent()).toEqual([
    {
      query: [[1, 2]],
      using: 'colbert',
      limit: 4,
      group_by: 'of.document',
      group_size: 5,
      filter,
      with_payload: { include: ['n'] },
      with_vector: true,
      with_lookup,
      shard_key: 'eu',
      score_threshold: 0.5,
      params: { exact: true },
      prefetch: [{ query: [[3, 4]], using: 'colbert', limit: 7 }],
    },
  ])
  expect(found).toEqual([
    {
      id: 'a',
      hits: [
        {
          id: 1,
          version: 7,
          score: Math.fround(0.1),
          payload: { n: 1 },
          vector: { colbert: { data: Float32Array.of(1, 2), dim: 2 } },
        },
      ],
      lookup: { id: 5, payload: { title: 'A' }, vector: { dense: Float32Array.of(1, 2, 3) } },
    },
    {
      id: 2,
      hits: [
        {
          id: 2,
          version: 8,
          score: 0,
          payload: {},
          vector: { colbert: { data: Float32Array.of(3, 4), dim: 2 } },
        },
      ],
    },
  ])
  expect(costs).toEqual([0.5])
})

it('returns a point that was looked up without what was not asked for', async () => {
  groups = [{ id: 'a', hits: [], lookup: { id: 5, payload: null, vector: null } }]
  const with_lookup = { collection: 'documents', with_payload: false }
  const found = await collection.queryGroups([[1, 2]], { group_by: 'of', with_lookup })
  expect(found).toStrictEqual([{ id: 'a', hits: [], lookup: { id: 5 } }])
})

it('ends with the reason of its signal', async () => {
  const stop = new AbortController()
  server.intercept = ({ path }) => {
    if (path.endsWith('/groups')) stop.abort(new Error('enough'))
    return () => {}
  }
  const call = collection.queryGroups([[1, 2]], { group_by: 'of', signal: stop.signal })
  await expect(call).rejects.toThrow('enough')
})

it('asks for ten groups of three by default', async () => {
  groups = []
  expect(await collection.queryGroups([[1, 2]], { group_by: 'a', with_lookup: 'documents' })).toEqual([])
  expect(sent()).toEqual([
    { query: [[1, 2]], using: 'colbert', limit: 10, group_by: 'a', group_size: 3, with_lookup: 'documents' },
  ])
})

it.each([[undefined], [[{ id: 1 }]], [[{ id: 1, hits: 5 }]]])(
  'refuses a response with the groups %j',
  async wrong => {
    groups = wrong
    await expect(collection.queryGroups([[1, 2]], { group_by: 'a' })).rejects.toThrow(/unexpected|response/)
  },
)

// Updates of vectors on a fake server: they share the code of upserts, so these cases are about what differs. `test/collection`
// has what an update does.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createCollection,
  type PointVectors,
  type QdrantCollection,
  UpsertError,
} from '../../src/qdrant/index.js'
import { startFakeGrpc } from '../support/fake-grpc.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
let collection: QdrantCollection

const config = {
  vectors: {
    colbert: { size: 2, distance: 'Dot' },
    dense: { size: 2, distance: 'Dot', multivector_config: null },
  },
} as const
const ids = (count: number) => Array.from({ length: count }, (_, id) => id)
const updates = (count: number): PointVectors[] =>
  ids(count).map(id => ({ id, vector: { colbert: [[id, 1]] } }))

beforeEach(async () => {
  server = await startFakeQdrant()
  collection = await createCollection({ url: server.url }, 'c', config)
  await collection.upsert(ids(9).map(id => ({ id, vector: { dense: [id, 0] }, payload: { id } })))
  server.requests.length = 0
})
afterEach(() => server.close())

const requests = () => server.requestsTo('PUT', '/points/vectors')
const storedVectors = async (which: readonly number[]) =>
  (await collection.retrieve(which, { with_vector: true })).map(({ vector }) => Object.keys(vector!).sort())

it('sends ids and vectors in batches, to the shard and with the compression of the options', async () => {
  const progress: number[] = []
  const report = await collection.updateVectors(updates(5), {
    batchPoints: 2,
    concurrency: 1,
    shard_key: ['eu', 7],
    gzip: true,
    onProgress: ({ points }) => progress.push(points),
  })
  expect(requests().map(({ query }) => query)).toEqual(Array(3).fill('wait=true'))
  expect(requests().map(({ headers }) => headers['content-encoding'])).toEqual(Array(3).fill('gzip'))
  expect(requests()[1]!.body).toEqual({
    points: [
      { id: 2, vector: { colbert: [[2, 1]] } },
      { id: 3, vector: { colbert: [[3, 1]] } },
    ],
    shard_key: ['eu', 7],
  })
  expect(progress).toEqual([2, 4, 5])
  expect(report).toMatchObject({ points: 5, rows: 5, batches: 3, skipped: 0, retries: 0, applied: true })
  expect(await storedVectors([0, 4, 5])).toEqual([['colbert', 'dense'], ['colbert', 'dense'], ['dense']])
  const [point] = await collection.retrieve([4])
  expect(point!.payload).toEqual({ id: 4 })
})

it('halves batches that are too large, sends lost ones again, and waits for the queue', async () => {
  let count = 0
  server.intercept = ({ path, text }) => {
    if (!path.endsWith('/points/vectors')) return undefined
    if (text.length > 200) return { status: 413, error: 'too large' }
    return (['lose', 'queue'] as const)[count++]
  }
  const report = await collection.updateVectors(updates(9), { concurrency: 1 })
  expect(report).toMatchObject({ points: 9, retries: 1, applied: true })
  expect(server.requestsTo('GET', '/collections/c').length).toBeGreaterThan(0)
  expect(await storedVectors(ids(9))).toEqual(Array(9).fill(['colbert', 'dense']))
})

describe('with resume', () => {
  it('leaves out the points that have all of their vectors, which it looks up by the names of the vectors', async () => {
    await collection.updateVectors(updates(3))
    server.requests.length = 0
    const rows = [[1, 1]]
    const report = await collection.updateVectors(
      [
        { id: 1, vector: { colbert: rows } },
        { id: 2, vector: { colbert: rows, dense: [5, 5] } },
        { id: 3, vector: { colbert: rows, dense: [6, 6] } },
        { id: 4, vector: { colbert: rows } },
      ],
      { resume: 'skip', shard_key: 'eu' },
    )
    expect(report).toMatchObject({ points: 2, skipped: 2 })
    const lookup = (has_id: readonly number[], ...names: readonly string[]) => ({
      filter: { must: [{ has_id }, ...names.map(has_vector => ({ has_vector }))] },
      limit: has_id.length,
      with_payload: false,
      with_vector: false,
      shard_key: 'eu',
    })
    expect(server.requestsTo('POST', '/scroll').map(({ body }) => body)).toEqual([
      lookup([1, 4], 'colbert'),
      lookup([2, 3], 'colbert', 'dense'),
    ])
    expect(requests().map(({ body }) => body.points.map(({ id }: { id: number }) => id))).toEqual([[3, 4]])
  })

  it('asks for as many points at a time as strict mode allows', async () => {
    const strict_mode_config = { enabled: true, max_query_limit: 2 }
    const strict = await createCollection({ url: server.url }, 'strict', { ...config, strict_mode_config })
    await strict.upsert(ids(5).map(id => ({ id, vector: { colbert: [[1, 1]] } })))
    server.requests.length = 0
    expect(await strict.updateVectors(updates(5), { resume: 'skip' })).toMatchObject({
      points: 0,
      skipped: 5,
    })
    expect(server.requestsTo('POST', '/scroll').map(({ body }) => body.limit)).toEqual([2, 2, 2])
  })
})

it('fails for a point that does not exist, and counts the batches before it', async () => {
  const first = collection.updateVectors([{ id: 99, vector: { colbert: [[1, 1]] } }])
  await expect(first).rejects.toMatchObject({ name: 'QdrantError', status: 404 })
  const later = [...updates(4), { id: 99, vector: { colbert: [[1, 1]] } }]
  const error = await collection.updateVectors(later, { batchPoints: 2 }).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(UpsertError)
  expect((error as UpsertError).report).toMatchObject({ points: 4, batches: 2 })
  expect((error as UpsertError).message).toMatch(
    /No point with id 99 found; 4 points in 2 batches had been written: call updateVectors again with resume: 'skip' to send the rest$/,
  )
})

it('refuses wrong points before anything is sent', async () => {
  const wrong = [...updates(3), { id: 3, vector: { colbert: [[1, 1]] }, payload: { a: 1 } }] as PointVectors[]
  await expect(collection.updateVectors(wrong)).rejects.toThrow(
    '"point 3.payload" is not changed by updateVectors()',
  )
  await expect(collection.updateVectors([{ id: 1, vector: {} }], { resume: 'skip' })).rejects.toThrow(
    '"point 1.vector" expected at least one vector',
  )
  expect(server.requests).toEqual([])
})

it('goes over gRPC with the same vectors', async () => {
  const grpc = await startFakeGrpc(server)
  try {
    const other = await createCollection({ url: server.url }, 'c', config, {
      ifExists: 'reuse',
      grpc: { port: grpc.port },
    })
    const report = await other.updateVectors(
      [
        {
          id: 1,
          vector: {
            colbert: [
              [1, 2],
              [3, 4],
            ],
            dense: [7, 8],
          },
        },
        { id: 2, vector: { dense: [9, 9] } },
      ],
      { shard_key: 'eu' },
    )
    expect(report).toMatchObject({ points: 2, rows: 4, transport: 'grpc', applied: true })
    expect(grpc.calls.map(({ method }) => method)).toContain('Points/UpdateVectors')
    const [message] = grpc.calls.flatMap(call => call.message ?? [])
    expect(message).toMatchObject({
      collection_name: 'c',
      wait: true,
      shard_key_selector: { shard_keys: [{ keyword: 'eu' }] },
      points: [
        { id: { num: 1n }, vectors: { vectors: { vectors: { dense: { dense: { data: [7, 8] } } } } } },
        { id: { num: 2n } },
      ],
    })
    const [point] = await other.retrieve([1], { with_vector: ['colbert'] })
    const colbert = { data: Float32Array.of(1, 2, 3, 4), dim: 2 }
    expect(point).toEqual({ id: 1, payload: { id: 1 }, vector: { colbert } })
    const unknown = other.updateVectors([{ id: 99, vector: { dense: [1, 1] } }])
    await expect(unknown).rejects.toMatchObject({
      status: 404,
      reason: 'Not found: No point with id 99 found',
    })
  } finally {
    await grpc.close()
  }
})

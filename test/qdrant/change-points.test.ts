// Changes of points on a fake server: which requests they send. `test/collection` has what the changes do.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { createCollection, type QdrantCollection } from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
let collection: QdrantCollection
/** The requests that changed points. */
const changes: { readonly call: string; readonly body: object }[] = []

beforeEach(async () => {
  server = await startFakeQdrant()
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  collection = await createCollection({ url: server.url }, 'c', { vectors })
  changes.length = 0
  server.intercept = ({ method, path, query, body }) => {
    changes.push({ call: `${method} ${path}?${query}`, body })
    return response =>
      response.end(JSON.stringify({ result: { status: 'completed' }, status: 'ok', time: 0 }))
  }
})
afterEach(() => server.close())

it('send the payload or the keys, the points, and the key and the shard if they are given', async () => {
  const filter = { must: [{ key: 'n', match: { value: 1 } }] }
  const id = '5C56C793-69F3-4FBF-87E6-C4BF54C28C26'
  await collection.setPayload([1, id], { a: 2n ** 60n }, { key: 'of.x', shard_key: ['a', 'b'] })
  await collection.setPayload(filter, { a: null }, { wait: false })
  await collection.overwritePayload([1], { a: 1 }, { shard_key: 'a' })
  await collection.deletePayload(filter, ['a', 'b[].c'])
  await collection.clearPayload([1], { shard_key: 7 })
  await collection.deleteVectors(filter, ['colbert'], { wait: false, shard_key: 'a' })
  const path = '/collections/c/points/payload'
  expect(changes).toEqual([
    {
      call: `POST ${path}?wait=true`,
      body: { points: [1, id.toLowerCase()], payload: { a: 2 ** 60 }, key: 'of.x', shard_key: ['a', 'b'] },
    },
    { call: `POST ${path}?wait=false`, body: { filter, payload: { a: null } } },
    { call: `PUT ${path}?wait=true`, body: { points: [1], payload: { a: 1 }, shard_key: 'a' } },
    { call: `POST ${path}/delete?wait=true`, body: { filter, keys: ['a', 'b[].c'] } },
    { call: `POST ${path}/clear?wait=true`, body: { points: [1], shard_key: 7 } },
    {
      call: 'POST /collections/c/points/vectors/delete?wait=false',
      body: { filter, vector: ['colbert'], shard_key: 'a' },
    },
  ])
  expect(server.requestsTo('POST', '/payload')[0]!.text).toContain('"a":1152921504606846976}')
})

it('name at most 10,000 points in a request', async () => {
  const ids = Array.from({ length: 20_001 }, (_, id) => id)
  await collection.setPayload(ids, { a: 1 })
  const sent = changes.map(({ body }) => (body as { readonly points: readonly number[] }).points)
  expect(sent.map(points => points.length)).toEqual([10_000, 10_000, 1])
  expect(sent.flat()).toEqual(ids)
})

it('refuse names and paths that are wrong before anything is sent', async () => {
  await expect(collection.deleteVectors([1], ['none'])).rejects.toThrow(
    '"names[0]" expected a vector of the collection ("colbert"), got "none"',
  )
  await expect(collection.deletePayload([1], ['a', 'b['])).rejects.toThrow(
    '"keys[1]" expected a path such as',
  )
  await expect(collection.setPayload([1], [] as never)).rejects.toThrow('"payload" expected an object')
  await expect(collection.overwritePayload([1], null as never)).rejects.toThrow(
    '"payload" expected an object',
  )
  expect(changes).toEqual([])
})

it('refuse half of a surrogate pair before anything is sent', async () => {
  const message = '"payload.title[1]" expected text, got half of a surrogate pair at character 1'
  await expect(collection.setPayload([1], { title: ['a', 'b\ud83d'] })).rejects.toThrow(message)
  await expect(collection.overwritePayload([1], { title: ['a', 'b\ud83d'] })).rejects.toThrow(message)
  expect(changes).toEqual([])
})

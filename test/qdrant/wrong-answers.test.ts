// Answers that are no answers of Qdrant are refused by every call, and errors have the members that programs need.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createCollection,
  openCollection,
  type QdrantCollection,
  QdrantError,
  verify,
} from '../../src/qdrant/index.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const colbert = { size: 2, distance: 'Dot' } as const
const query = [[1, 2]]
const point = { id: 1, vector: { colbert: query } }

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const make = () => createCollection({ url: server.url }, 'c', { vectors: { colbert } })

/** Answers requests to a path with a result. */
function answer(pathEnd: string, result: unknown): void {
  server.intercept = ({ path }) =>
    path.endsWith(pathEnd)
      ? response => response.end(JSON.stringify({ result, status: 'ok', time: 0 }))
      : undefined
}

const WRONG_LISTS: readonly unknown[] = [{}, { points: 7 }, { points: [null] }, { points: ['a'] }]

describe('a wrong answer is refused by', () => {
  it.each<[string, string, readonly unknown[], (collection: QdrantCollection) => unknown]>([
    ['query', '/query', WRONG_LISTS, c => c.query(query)],
    ['query with vectors', '/query', WRONG_LISTS, c => c.query(query, { with_vector: true })],
    ['rerank', '/query', WRONG_LISTS, c => c.rerank(query)],
    ['scroll', '/scroll', WRONG_LISTS, c => c.scroll().next()],
    ['scroll with vectors', '/scroll', WRONG_LISTS, c => c.scroll({ with_vector: true }).next()],
    [
      'queryBatch',
      '/query/batch',
      [{}, [], [{ points: [] }], [{ points: [] }, {}], [{ points: [] }, { points: [] }, { points: [] }]],
      c => c.queryBatch([{ query }, { query }]),
    ],
    [
      'rerankBatch',
      '/query/batch',
      [[], [{ points: [] }, { points: [7] }]],
      c => c.rerankBatch([{ query }, { query }]),
    ],
    [
      'queryGroups',
      '/query/groups',
      [{ groups: [{ hits: [7] }] }],
      c => c.queryGroups(query, { group_by: 'a' }),
    ],
    ['retrieve', '/points', [{}, 'points'], c => c.retrieve([1])],
    ['retrieve with vectors', '/points', [{}], c => c.retrieve([1], { with_vector: true })],
    ['count', '/count', [{}, { count: '7' }], c => c.count()],
    ['upsert', '/points', [{}, { status: 7 }], c => c.upsert([point])],
    ['upsert that resumes', '/points', [{}], c => c.upsert([point], { resume: 'skip' })],
    ['updateVectors', '/vectors', [{}], c => c.updateVectors([point])],
    ['updateVectors that resumes', '/scroll', WRONG_LISTS, c => c.updateVectors([point], { resume: 'skip' })],
    ['info', '/cluster', [{}, { local_shards: [] }, { remote_shards: [] }], c => c.info()],
    ['info of the state', '/collections/c', [{}, { config: {} }], c => c.info()],
    ['verify', '/cluster', [{}], c => verify(c, [query])],
  ])('%s', async (_, path, results, call) => {
    const collection = await make()
    for (const result of results) {
      answer(path, result)
      const error = await (call(collection) as Promise<QdrantError>).catch(error => error)
      expect(error, JSON.stringify(result)).toBeInstanceOf(QdrantError)
      expect(error.message).toContain('the server returned an unexpected response: ')
    }
  })

  it('createCollection, before anything is created', async () => {
    answer('/exists', { exists: 'no' })
    await expect(make()).rejects.toThrow(
      'GET /collections/c/exists: the server returned an unexpected response',
    )
    expect(server.collections.size).toBe(0)
  })
})

describe('an error', () => {
  it('of a refusal has its status, reason, method, path and attempts', async () => {
    server.intercept = () => ({ status: 503, error: 'busy', headers: { 'retry-after': '0' } })
    const transport = createTransport({ url: server.url }, { retries: 1 })
    const error = await transport.send({ method: 'PUT', path: '/a?wait=true' }).catch(error => error)
    expect({ ...error }).toEqual({
      ...{ name: 'QdrantError', code: 'ERR_QDRANT', status: 503, reason: 'busy' },
      ...{ method: 'PUT', path: '/a', attempts: 2 },
    })
    expect(error).not.toHaveProperty('cause')
  })

  it('without a response has its cause, and no status', async () => {
    server.intercept = () => 'drop'
    const transport = createTransport({ url: server.url }, { retries: 1 })
    const error = await transport.send({ method: 'GET', path: '/a?b=1' }).catch(error => error)
    expect(error).toMatchObject({
      method: 'GET',
      path: '/a',
      attempts: 2,
      cause: { message: 'fetch failed' },
    })
    expect([error.status, error.reason]).toEqual([undefined, undefined])
  })

  it('of a wrong answer has its method and path, and no status', async () => {
    const collection = await make()
    answer('/count', {})
    const error = await collection.count().catch(error => error)
    expect(error).toMatchObject({ method: 'POST', path: '/collections/c/points/count', attempts: 1 })
    expect(error.status).toBeUndefined()
  })
})

it('a collection and its vectors may have any characters that the server takes', async () => {
  const [name, vector] = ['ä b#%41', 'é &=%2B']
  await createCollection({ url: server.url }, name, { vectors: { [vector]: colbert } })
  const collection = await openCollection({ url: server.url }, name)
  await collection.upsert([{ id: 1, vector: { [vector]: query } }])
  const [hit] = await collection.query(query, { with_vector: [vector], with_matches: true })
  expect(hit).toMatchObject({ id: 1, score: 5, matches: [{ row: 0 }] })
  expect(Object.keys(hit!.vector!)).toEqual([vector])
  expect([...server.collections.keys()]).toEqual([name])
})

it.each([
  [undefined, false],
  [false, false],
  [true, true],
])(
  'matches of an unnamed vector come with the vector only if it is asked for: %s',
  async (with_vector, has) => {
    const collection = await createCollection({ url: server.url }, 'c', { vectors: colbert })
    await collection.upsert([{ id: 1, vector: query }])
    const options = { with_matches: true, ...(with_vector !== undefined && { with_vector }) }
    const [hit] = await collection.query(query, options)
    expect(hit!.matches).toEqual([{ row: 0, similarity: 5, contribution: 5 }])
    expect(hit!.vector).toEqual(has ? { '': { data: Float32Array.of(1, 2), dim: 2 } } : undefined)
    const [ranked] = await collection.rerank(query, { with_matches: true })
    expect(ranked).toMatchObject({ id: 1, matches: hit!.matches })
  },
)

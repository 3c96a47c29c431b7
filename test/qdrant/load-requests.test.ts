// The requests around the batches of an upsert, what its report counts, and what is made of answers that lack members.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createScorer } from '../../src/index.js'
import {
  addVector,
  createCollection,
  createLocalCopy,
  createVectorCache,
  type OpenOptions,
  type QdrantCollection,
} from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const colbert = { size: 2, distance: 'Dot' } as const

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

async function make(options: OpenOptions = {}, config: object = {}): Promise<QdrantCollection> {
  const client = { url: server.url }
  const collection = await createCollection(client, 'c', { vectors: { colbert }, ...config }, options)
  server.requests.length = 0
  return collection
}

const pointsOf = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } }))
const textsOf = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: { text: String(id) } } }))

describe('an upsert that resumes', () => {
  it('looks up 256 ids at a time', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(3))
    const report = await collection.upsert(pointsOf(300), { resume: 'skip' })
    expect(report).toMatchObject({ points: 297, skipped: 3 })
    const lookups = server.requestsTo('POST', '/points').map(({ body }) => body)
    expect(lookups.map(({ ids }) => ids.length)).toEqual([256, 44])
    for (const body of lookups) expect(body).toMatchObject({ with_payload: false, with_vector: false })
  })

  it('embeds the texts of missing points only', async () => {
    const calls: (readonly string[])[] = []
    const encoder = {
      query: () => [[1, 1]],
      documents(texts: readonly string[]) {
        calls.push(texts)
        return texts.map(text => [[Number(text), 1]])
      },
    }
    const collection = await make({ encoder })
    await collection.upsert([0, 2].map(id => ({ id, vector: { colbert: [[9, 9]] } })))
    expect(await collection.upsert(textsOf(4), { resume: 'skip' })).toMatchObject({ points: 2, skipped: 2 })
    expect(calls).toEqual([['1', '3']])
    const stored = [...server.collections.get('c')!.points.values()].map(({ id, vector }) => [
      id,
      vector.colbert,
    ])
    expect(stored.sort()).toEqual([
      [0, [[9, 9]]],
      [1, [[1, 1]]],
      [2, [[9, 9]]],
      [3, [[3, 1]]],
    ])
  })
})

it('an upsert embeds the texts of 32 points at a time', async () => {
  const documents = vi.fn((texts: readonly string[]) => texts.map(text => [[Number(text), 1]]))
  const collection = await make({ encoder: { query: () => [[1, 1]], documents } })
  expect(await collection.upsert(textsOf(70))).toMatchObject({ points: 70, rows: 70, batches: 1 })
  expect(documents.mock.calls.map(([texts]) => texts.length)).toEqual([32, 32, 6])
})

it('the retries of a report are those of all of its requests', async () => {
  const collection = await make()
  const failed = new Set<string>()
  server.intercept = ({ method, path }) => {
    const name = `${method} ${path}`
    if (!failed.has(name)) {
      failed.add(name)
      return { status: 503, error: 'busy', headers: { 'retry-after': '0' } }
    }
    return method === 'PUT' ? 'queue' : undefined
  }
  const report = await collection.upsert(pointsOf(2), { resume: 'skip' })
  // the look-up of ids, the batch, and the queue
  expect([...failed]).toEqual([
    'POST /collections/c/points',
    'PUT /collections/c/points',
    'GET /collections/c',
  ])
  expect(report).toMatchObject({ points: 2, retries: 3, applied: true })
})

it('answers without versions, payloads and vectors are read as empty', async () => {
  const collection = await make({}, { sparse_vectors: { words: {} } })
  await collection.upsert(pointsOf(1))
  server.alter = (_, result) => {
    for (const point of result.points ?? result) Object.assign(point, { payload: null, vector: null })
    for (const point of result.points ?? []) delete point.version
  }
  const everything = { with_payload: true, with_vector: true }
  expect(await collection.query([[1, 1]], everything)).toEqual([{ id: 0, score: 1, version: 0, payload: {} }])
  expect(await collection.retrieve([0], everything)).toEqual([{ id: 0, payload: {} }])
  expect(await collection.retrieve([0], { with_payload: false })).toEqual([{ id: 0 }])
})

it('values of sparse vectors are f32, as the server stores them', async () => {
  const collection = await make({}, { sparse_vectors: { words: {} } })
  await collection.upsert([{ id: 1, vector: { words: { indices: [3], values: [0.1] } } }])
  const [point] = await collection.retrieve([1], { with_vector: true })
  expect(point!.vector).toEqual({ words: { indices: [3], values: [Math.fround(0.1)] } })
})

it('a cache is not trusted where the vector of the first stage is quantized', async () => {
  const quantized = { ...colbert, quantization_config: { binary: {} } }
  const collection = await make({}, { vectors: { colbert: quantized } })
  await collection.upsert(pointsOf(3))
  const cache = createVectorCache({ maxBytes: 1e6 })
  const first = await collection.rerank([[1, 0]], { cache })
  server.requests.length = 0
  expect(await collection.rerank([[1, 0]], { cache })).toEqual(first)
  // candidates, and the exact scores of the copies
  const queries = server.requestsTo('POST', '/points/query').map(({ body }) => body.params)
  expect(queries).toEqual([undefined, { quantization: { ignore: true } }])
})

it('addVector gives up after a minute of optimization, before a change', async () => {
  await make()
  server.alter = ({ path }, result) => {
    if (path === '/collections/c') result.status = 'yellow'
  }
  const now = performance.now.bind(performance)
  let looks = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + (looks >= 3 ? 60_001 : 0))
  server.intercept = ({ path }) => {
    if (path === '/collections/c') looks++
    return undefined
  }
  await expect(addVector({ url: server.url }, 'c', 'more', colbert)).rejects.toThrow(
    'the collection "c" is being optimized (status yellow), and cannot get a vector meanwhile; try again later',
  )
  expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})

describe('a local copy', () => {
  /** A scorer, and how often its corpora were disposed. */
  async function watchedScorer() {
    const scorer = await createScorer()
    const createCorpus = scorer.corpus.bind(scorer)
    const disposals: (() => number)[] = []
    vi.spyOn(scorer, 'corpus').mockImplementation(options => {
      const corpus = createCorpus(options)
      const dispose = vi.spyOn(corpus, 'dispose')
      disposals.push(() => dispose.mock.calls.length)
      return corpus
    })
    return { scorer, disposals: () => disposals.map(count => count()) }
  }

  it('that cannot be read frees its memory, and not the given scorer', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(40))
    const { scorer, disposals } = await watchedScorer()
    let pages = 0
    server.intercept = ({ path }) =>
      path.endsWith('/scroll') && ++pages > 1 ? { status: 400, error: 'gone' } : undefined
    await expect(createLocalCopy(collection, { scorer })).rejects.toThrow('gone')
    expect(disposals()).toEqual([1])
    expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
    scorer.dispose()
  })

  it('frees its memory when it is disposed, and not the given scorer', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(3))
    const { scorer, disposals } = await watchedScorer()
    const copy = await createLocalCopy(collection, { scorer })
    expect(copy).toMatchObject({ length: 3, rows: 3, kernel: scorer.kernel, name: 'c, copied' })
    expect(disposals()).toEqual([0])
    copy.dispose()
    expect(disposals()).toEqual([1])
    expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
    scorer.dispose()
  })
})

// Upserts to a fake server: waiting for its update queue, and which points they send.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  compare,
  createCollection,
  createLocalCopy,
  type Payload,
  type QdrantCollection,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { pull, push, storeConfigOf } from '../../src/transfer/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
let collection: QdrantCollection

const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } } as const
const points = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } }))

beforeEach(async () => {
  server = await startFakeQdrant()
  collection = await createCollection({ url: server.url }, 'c', config)
  server.requests.length = 0
})
afterEach(() => server.close())

describe('waiting for the update queue', () => {
  it('looks at the queue until it is empty, if the server only acknowledged a batch', async () => {
    server.intercept = ({ path }) => (path.endsWith('/points') ? 'queue' : undefined)
    server.queueLengths = [1, 1, 0]
    expect(await collection.upsert(points(1))).toMatchObject({ points: 1, applied: true })
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /collections/c/points',
      ...Array(3).fill('GET /collections/c'),
    ])
  })

  it('is not done without `wait`, nor if every batch was applied', async () => {
    expect(await collection.upsert(points(3), { batchPoints: 1 })).toMatchObject({ applied: true })
    server.intercept = ({ path }) => (path.endsWith('/points') ? 'queue' : undefined)
    expect(await collection.upsert(points(3), { wait: false })).toMatchObject({ applied: false })
    expect(server.requestsTo('GET', '/c')).toHaveLength(0)
    expect(server.requestsTo('PUT', '/points').map(({ query }) => query)).toEqual([
      ...Array(3).fill('wait=true'),
      'wait=false',
    ])
  })

  it('ends with the reason of the signal', async () => {
    server.intercept = ({ path }) => (path.endsWith('/points') ? 'queue' : undefined)
    server.queueLengths = Array(1000).fill(1)
    const controller = new AbortController()
    const upserted = collection.upsert(points(1), { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 20)
    await expect(upserted).rejects.toThrow('enough')
  })
})

describe('a copy that is resumed', () => {
  it('into a store that has every point reads no vectors from the server', async () => {
    await collection.upsert(points(5))
    const store = await createStore(config)
    expect(await pull(collection, store)).toMatchObject({ points: 5, skipped: 0 })
    server.requests.length = 0
    const progress: number[] = []
    const report = await pull(collection, store, { resume: 'skip', onProgress: n => progress.push(n) })
    expect(report).toMatchObject({ points: 0, skipped: 5 })
    expect(new Set(progress)).toEqual(new Set([5]))
    const withVectors = server.requests.filter(({ body }) => body?.with_vector)
    expect(withVectors.map(({ path, text }) => `${path} ${text}`)).toEqual([])
    await store.close()
  })

  it('reads from the server only the points that the store does not have', async () => {
    await collection.upsert(points(5))
    const store = await createStore(config)
    await store.upsert(points(3))
    server.requests.length = 0
    const progress: number[] = []
    const report = await pull(collection, store, { resume: 'skip', onProgress: n => progress.push(n) })
    expect(report).toMatchObject({ points: 2, skipped: 3 })
    expect(new Set(progress)).toEqual(new Set([5]))
    const read = server.requests.filter(({ body }) => body?.with_vector).map(({ body }) => body.ids)
    expect(read).toEqual([[3, 4]])
    expect(await store.count()).toBe(5)
    await store.close()
  })

  it('that fails reports the points that were there before, too', async () => {
    await collection.upsert(points(5000))
    const store = await createStore(config)
    await store.upsert(points(1500))
    server.intercept = ({ body }) =>
      body?.with_vector && body.ids.includes(4000) ? { status: 400, error: 'Wrong input' } : undefined
    const error = await pull(collection, store, { resume: 'skip' }).catch(error => error)
    expect(error).toMatchObject({ name: 'UpsertError', cause: { status: 400 } })
    expect(error.report.skipped).toBe(1500)
    expect(error.report.points).toBeGreaterThan(0)
    expect(await store.count()).toBe(1500 + error.report.points)
    await store.close()
  })

  it('into a collection sends only the points that it does not have', async () => {
    const store = await createStore(config)
    await store.upsert(points(5))
    await collection.upsert(points(2))
    server.requests.length = 0
    const progress: number[] = []
    const report = await push(store, collection, { resume: 'skip', onProgress: n => progress.push(n) })
    expect(report).toMatchObject({ points: 3, skipped: 2 })
    expect(progress.at(-1)).toBe(5)
    const sent = server
      .requestsTo('PUT', '/points')
      .map(({ body }) => body.points.map((p: { id: number }) => p.id))
    expect(sent).toEqual([[2, 3, 4]])
    await store.close()
  })
})

it('a store for the points of a collection has its datatypes, and float32 for those that a store does not have', async () => {
  const vector = { size: 2, distance: 'Dot' } as const
  const typed = await createCollection({ url: server.url }, 'typed', {
    vectors: {
      half: { ...vector, datatype: 'float16' },
      byte: { ...vector, datatype: 'uint8' },
      dense: { ...vector, multivector_config: null },
    },
  })
  expect(storeConfigOf(typed)).toEqual({
    vectors: {
      half: { ...vector, datatype: 'float16' },
      byte: { ...vector, datatype: 'float32' },
      dense: { ...vector, datatype: 'float32', multivector_config: null },
    },
  })
})

describe('a batch that is too large for the server or a proxy', () => {
  const limited = (bytes: number, status: number, error: string) => {
    server.intercept = ({ method, path, text }) =>
      method === 'PUT' && path.endsWith('/points') && text.length > bytes ? { status, error } : undefined
  }

  it.each([
    [413, '<html>413 Request Entity Too Large</html>'],
    [400, 'JSON payload (300 bytes) is larger than allowed (limit: 200 bytes).'],
  ])('is halved, and later ones are smaller: status %i', async (status, error) => {
    limited(200, status, error)
    const report = await collection.upsert(points(40), { concurrency: 1, batchPoints: 8 })
    const sent = server.requestsTo('PUT', '/points')
    const accepted = sent.filter(({ text }) => text.length <= 200)
    expect(report).toMatchObject({
      points: 40,
      rows: 40,
      batches: accepted.length,
      retries: 0,
      applied: true,
    })
    expect(report.bytes).toBe(accepted.reduce((sum, { text }) => sum + text.length, 0))
    expect(accepted.flatMap(({ body }) => body.points.map(({ id }: { id: number }) => id))).toEqual(
      Array.from({ length: 40 }, (_, id) => id),
    )
    // the first batch, and the one that was full before it was refused
    expect(sent.length - accepted.length).toBe(2)
    expect(await collection.count()).toBe(40)
  })

  it.each([350, 380, 410])(
    'is halved if it begins with a point that did not fit before: %i bytes',
    async bytes => {
      // the second batch is full before the first one is refused
      limited(200, 413, 'too large')
      await collection.upsert(points(40), { concurrency: 2, batchBytes: bytes })
      const accepted = server.requestsTo('PUT', '/points').filter(({ text }) => text.length <= 200)
      const ids = accepted.flatMap(({ body }) => body.points.map(({ id }: { id: number }) => id))
      expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, id) => id))
    },
  )

  it('is refused with a remedy if it is a single point', async () => {
    limited(50, 413, 'too large')
    const error = await collection.upsert(points(3)).catch(error => error)
    expect(error).toMatchObject({ name: 'QdrantError', status: 413 })
    limited(10, 413, 'too large')
    await expect(collection.upsert(points(1))).rejects.toThrow(
      'PUT /collections/c/points answered 413: too large; lower "batchBytes", or raise the limit of the proxy or server on the size of a request',
    )
  })

  it('is not halved for another reason', async () => {
    server.intercept = ({ path }) =>
      path.endsWith('/points') ? { status: 400, error: 'Wrong input' } : undefined
    await expect(collection.upsert(points(4))).rejects.toThrow('Wrong input')
    expect(server.requestsTo('PUT', '/points')).toHaveLength(1)
  })
})

describe('a batch', () => {
  const batchesOf = async (options: object) => {
    server.requests.length = 0
    await collection.upsert(points(6), { concurrency: 1, ...options })
    return server.requestsTo('PUT', '/points').map(({ body, text }) => ({ points: body.points.length, text }))
  }

  it('may have exactly batchBytes bytes, without its end', async () => {
    const [pair] = await batchesOf({ batchPoints: 2 })
    const bytes = pair!.text.length - ']}'.length
    expect((await batchesOf({ batchBytes: bytes })).map(batch => batch.points)).toEqual([2, 2, 2])
    expect((await batchesOf({ batchBytes: bytes - 1 })).map(batch => batch.points)).toEqual([
      1, 1, 1, 1, 1, 1,
    ])
  })

  it('never has more bytes than the server accepts, whatever batchBytes is', async () => {
    const payload = { text: 'x'.repeat(8_000_000) }
    await collection.upsert(
      points(5).map(point => ({ ...point, payload })),
      { batchBytes: 1e9, wait: false },
    )
    const sizes = server.requestsTo('PUT', '/points').map(({ text }) => text.length)
    expect(sizes).toHaveLength(2)
    expect(Math.max(...sizes)).toBeLessThan(33_554_432)
  })

  it('that failed is reported when the others in flight have ended, with them in the report', async () => {
    server.intercept = async ({ path, body }) => {
      if (!path.endsWith('/points')) return
      if (body.points[0].id === 1) return { status: 400, error: 'Wrong input' }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    const error = await collection.upsert(points(3), { batchPoints: 1, concurrency: 2 }).catch(error => error)
    expect(error).toMatchObject({ name: 'UpsertError', report: { points: 1, batches: 1 } })
  })

  it('that failed ends the reading of points, before the next batch is full', async () => {
    let isAnswered = false
    server.intercept = ({ path }) => {
      if (!path.endsWith('/points')) return undefined
      isAnswered = true
      return { status: 400, error: 'Wrong input' }
    }
    let read = 0
    async function* slowPoints() {
      for (const point of points(2000)) {
        if (point.id > 1000) {
          await vi.waitUntil(() => isAnswered)
          await new Promise(resolve => setTimeout(resolve, 2))
        }
        read++
        yield point
      }
    }
    const error = await collection.upsert(slowPoints(), { batchPoints: 1000 }).catch(error => error)
    expect(error).toMatchObject({ name: 'QdrantError', status: 400 })
    expect(read).toBeLessThan(1500)
  })
})

describe('a text that was cut inside a character is refused with its point and name', () => {
  const half = 'I love \u{1f600}'.slice(0, -1)
  it.each<[string, object, string]>([
    ['in a payload', { text: half }, '"point 17.payload.text"'],
    ['in a list', { pages: ['fine', { text: half }] }, '"point 17.payload.pages[1].text"'],
    ['in a name', { [half]: 1 }, '"point 17.payload, a name in it"'],
  ])('%s', async (_, payload, path) => {
    const load = [...points(1), { id: 17, vector: { colbert: [[1, 1]] }, payload: payload as Payload }]
    await expect(collection.upsert(load)).rejects.toThrow(
      `${path} expected text, got half of a surrogate pair at character 7; cut texts between characters, or repair them with toWellFormed()`,
    )
    expect(server.requestsTo('PUT', '/points')).toEqual([])
  })

  it('in a text to embed', async () => {
    const load = [{ id: 17, vector: { colbert: { text: half } } }]
    await expect(collection.upsert(load)).rejects.toThrow('"point 17.vector.colbert.text" expected text')
  })

  it('but whole characters, and backslashes before a u, are not', async () => {
    const payload = { text: '\u{1f600}', path: 'C:\\ud83d\\users', quote: '"' }
    await collection.upsert([{ id: 1, vector: { colbert: [[1, 1]] }, payload }])
    expect((await collection.retrieve([1]))[0]!.payload).toEqual(payload)
  })
})

it('every call sends its shard key', async () => {
  const shard_key = 'tenant'
  await collection.upsert(points(2), { shard_key, resume: 'skip' })
  await collection.upsert(points(2), { shard_key: ['a', 7] })
  await collection.retrieve([1], { shard_key })
  for await (const _ of collection.scroll({ shard_key }));
  await collection.count(undefined, { shard_key })
  await collection.query([[1, 1]], { shard_key })
  await collection.rerank([[1, 1]], { shard_key })
  await collection.delete([1], { shard_key })
  await collection.delete({ must: [{ has_id: [1] }] }, { shard_key })
  const sent = server.requests.map(({ method, path, body }) => [
    method,
    path.split('/').pop(),
    body.shard_key,
  ])
  expect(sent).toEqual([
    ['POST', 'points', 'tenant'],
    ['PUT', 'points', 'tenant'],
    ['PUT', 'points', ['a', 7]],
    ['POST', 'points', 'tenant'],
    ['POST', 'scroll', 'tenant'],
    ['POST', 'count', 'tenant'],
    ['POST', 'query', 'tenant'],
    ['POST', 'query', 'tenant'],
    ['POST', 'delete', 'tenant'],
    ['POST', 'delete', 'tenant'],
  ])
})

it('every request of calls that read whole collections has their shard key', async () => {
  const shard_key = ['a', 7]
  await collection.upsert(points(3))
  const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
  // lacks two of the points, which have to be requested
  const rest = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
  await rest.upsert(points(1))
  const source = new Map([[1, [[1, 1]]]])
  const queries = [[[1, 1]]]
  // a wrong score, so that verify queries single rows too
  server.alter = (_, result) => {
    for (const point of result.points ?? []) if (point.score) point.score *= 2
  }
  const calls: Record<string, () => unknown> = {
    verify: () => verify(collection, queries, { shard_key, source }),
    'verify without a scan': () => verify(collection, queries, { shard_key, source, scan: false }),
    compare: () => compare(collection, store, queries, { shard_key, rounds: 1 }),
    createLocalCopy: () => createLocalCopy(collection, { shard_key }),
    sampleQueries: () => sampleQueries(collection, 2, { shard_key }),
    sampleSize: () => sampleSize(collection, 2, { shard_key }),
    pull: () => pull(collection, store, { shard_key }),
    'pull of the rest': () => pull(collection, rest, { shard_key, resume: 'skip' }),
    push: () => push(store, collection, { shard_key, resume: 'skip' }),
  }
  for (const [name, call] of Object.entries(calls)) {
    server.requests.length = 0
    await call()
    const sent = server.requests.filter(({ body }) => body).map(({ body }) => body.shard_key)
    expect(sent.length, name).toBeGreaterThan(0)
    for (const key of sent) expect(key, name).toEqual(shard_key)
  }
  expect(await store.count()).toBe(3)
  expect(await rest.count()).toBe(3)
  await store.close()
  await rest.close()
})

it('points of an unnamed vector that were read can be written', async () => {
  const unnamed = { vectors: { size: 2, distance: 'Dot' } } as const
  const from = await createCollection({ url: server.url }, 'from', unnamed)
  const to = await createCollection({ url: server.url }, 'to', unnamed)
  await from.upsert([1, 2, 3].map(id => ({ id, vector: [[id, 1]], payload: { id } })))
  expect(await to.upsert(from.scroll({ with_vector: true }) as never)).toMatchObject({ points: 3 })
  expect(server.collections.get('to')!.points).toEqual(server.collections.get('from')!.points)
  const store = await createStore(unnamed as never)
  expect(await store.upsert(from.scroll({ with_vector: true }) as never)).toMatchObject({ points: 3 })
  expect(await store.query([[1, 0]], { limit: 1 })).toMatchObject([{ id: 3, score: 3 }])
  await store.close()
})

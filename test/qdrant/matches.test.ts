// `with_matches`, `rerankBatch` and the candidates' ranks against a fake server: which requests they send, and what happens
// to a hit whose point changes between its score and its rows. What hits contain is in `test/collection/matches.cases.ts`.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PayloadSelection } from '../../src/collection/collection.js'
import {
  createCollection,
  createVectorCache,
  type QdrantCollection,
  type Query,
} from '../../src/qdrant/index.js'
import { type FakeQdrant, type FakeRequest, startFakeQdrant } from '../support/fake-qdrant.js'
import { random as createRandom, randomRows } from '../support/random.js'

let server: FakeQdrant
const DIM = 4
const query = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
]
const rowsOf = (id: number) => [
  [10 - id, 0, 1, 0],
  [0, 20 - id, 0, 1],
]

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

async function filled(count = 3, encoder?: object): Promise<QdrantCollection> {
  const multi = { size: DIM, distance: 'Dot' } as const
  const collection = await createCollection(
    { url: server.url },
    'c',
    {
      vectors: { colbert: multi, dense: { ...multi, multivector_config: null } },
      sparse_vectors: { words: {} },
    },
    { encoder: encoder as never },
  )
  await collection.upsert(
    Array.from({ length: count }, (_, id) => ({
      id,
      vector: { colbert: rowsOf(id), dense: [1, 0, 0, id] },
      payload: { tokens: ['a', 'b'], n: id },
    })),
  )
  server.requests.length = 0
  return collection
}

const requests = (pathEnd: string) => server.requestsTo('POST', pathEnd).map(({ body }) => body)
const using = 'colbert'
const rowsIn = (hits: readonly { readonly matches?: readonly { readonly row: number }[] | undefined }[]) =>
  hits.map(({ matches }) => matches?.map(({ row }) => row))

/** Changes a point as an upsert would. */
function change(id: number, rows: number[][]): void {
  const { points } = server.collections.get('c')!
  const point = points.get(String(id))!
  points.set(String(id), { ...point, version: point.version + 1, vector: { ...point.vector, colbert: rows } })
}

/** Alters the result of the first request to a path. */
// biome-ignore lint/suspicious/noExplicitAny: points as the server sends them
function alterFirst(pathEnd: string, alter: (points: any[]) => void): void {
  let isDone = false
  server.alter = ({ path }: FakeRequest, result) => {
    if (isDone || !path.endsWith(pathEnd)) return
    isDone = true
    alter(result.points)
  }
}

describe('with_matches', () => {
  it('sends one request, for the vector and the payload fields that name rows', async () => {
    const collection = await filled()
    const [bare] = await collection.query(query, { using, with_matches: true })
    expect(Object.keys(bare!).sort()).toEqual(['id', 'matches', 'score', 'version'])
    expect(requests('/points/query')).toMatchObject([
      { with_vector: ['colbert'], with_payload: ['tokens', 'patches', 'layout'] },
    ])
    expect(server.requests).toHaveLength(1)
    const exclude = ['n', 'tokens', 'patches.x']
    const [hit] = await collection.query(query, {
      using,
      with_matches: true,
      with_payload: { exclude },
      with_vector: ['dense'],
    })
    expect(requests('/points/query')[1]).toMatchObject({
      with_vector: ['dense', 'colbert'],
      with_payload: { exclude: ['n', 'patches.x'] },
    })
    expect(hit!.payload).not.toHaveProperty('tokens')
    expect(Object.keys(hit!.vector!)).toEqual(['dense'])
    await collection.query(query, { using, with_matches: true, with_payload: { include: ['n'] } })
    expect(requests('/points/query')[2].with_payload).toEqual(['n', 'tokens', 'patches', 'layout'])
    await collection.query([1, 0, 0, 0], { using: 'dense', with_matches: true })
    expect(requests('/points/query')[3]).not.toHaveProperty('with_payload')
  })

  it('asks for a field that names rows beside one whose name begins with it, and not beside a part of it', async () => {
    const collection = await filled()
    const sentFor = async (with_payload: PayloadSelection) => {
      const [hit] = await collection.query(query, { using, with_matches: true, with_payload })
      return [requests('/points/query').at(-1).with_payload, Object.keys(hit!.payload ?? {})]
    }
    expect(await sentFor(['tokens2', 'patches.x', 'layout[]'])).toEqual([
      ['tokens2', 'patches.x', 'layout[]', 'tokens'],
      expect.not.arrayContaining(['tokens']),
    ])
    expect(await sentFor({ include: ['tokens.a', 'patches'] })).toEqual([
      ['tokens.a', 'patches', 'layout'],
      expect.not.arrayContaining(['layout']),
    ])
  })

  it.each<[PayloadSelection]>([[true], [['tokens']], [{ include: ['tokens'] }], [{ exclude: ['n'] }]])(
    'leaves the fields that name rows in the payload if with_payload is %j',
    async with_payload => {
      const collection = await filled()
      const [hit] = await collection.query(query, { using, with_matches: true, with_payload })
      expect(hit!.payload).toMatchObject({ tokens: ['a', 'b'] })
    },
  )

  it('fetches the text of hits only with an encoder that returns its tokens', async () => {
    const encoder = { query: () => query, documents: () => [], documentTokens: () => [] }
    const collection = await filled(3, encoder)
    await collection.query({ text: 'x' }, { using, with_matches: true })
    expect(requests('/points/query')[0].with_payload).toEqual(['tokens', 'patches', 'layout', 'text'])
  })

  it('returns no matches of a point that changed after it was scored, and those of the others', async () => {
    const collection = await filled()
    alterFirst('/points/query', points => {
      // the server scored the old rows, and then read the new ones
      const point = points.find(({ id }) => id === 1)
      point.vector.colbert = [[0, 1, 0, 0], [3, 0, 0, 0]] // biome-ignore format: two rows
      change(1, point.vector.colbert)
    })
    const hits = await collection.query(query, { using, with_matches: true, shard_key: 'a' })
    expect(hits.map(({ id, score }) => [id, score])).toEqual([[0, 30], [1, 28], [2, 26]]) // biome-ignore format: short
    expect(rowsIn(hits)).toEqual([[0, 1], undefined, [0, 1]])
    expect(hits[1]).not.toHaveProperty('matches')
    const [, again] = requests('/points/query')
    expect(again).toMatchObject({ limit: 1, with_vector: false, shard_key: 'a', params: {} })
    expect(again.prefetch).toMatchObject([{ filter: { must: [{ has_id: [1] }] }, limit: 1 }])
    expect(requests('/points/query')).toHaveLength(2)
  })

  it('returns no matches of a point that was deleted, or whose vector was, after it was scored', async () => {
    const collection = await filled()
    alterFirst('/points/query', points => {
      points[0].score += 1
      server.collections.get('c')!.points.delete('0')
      points[2].vector = {}
    })
    const hits = await collection.query(query, { using, with_matches: true })
    expect(rowsIn(hits)).toEqual([undefined, [0, 1], undefined])
  })

  it('trusts rows whose version is that of the hit, where scores are of quantized vectors', async () => {
    const collection = await filled()
    alterFirst('/points/query', points => {
      for (const point of points) point.score += 7
    })
    const params = { hnsw_ef: 5 }
    const hits = await collection.query(query, { using, with_matches: true, params })
    expect(rowsIn(hits)).toEqual([[0, 1], [0, 1], [0, 1]]) // biome-ignore format: short
    // contributions are of the rows, and not of the quantized score
    expect(hits[0]).toMatchObject({ score: 37, matches: [{ contribution: 10 }, { contribution: 20 }] })
    expect(requests('/points/query')[1]).toMatchObject({ limit: 3, params })
  })

  it('confirms each hit by itself', async () => {
    const collection = await filled()
    alterFirst('/points/query', points => {
      for (const point of points) point.score += 7
      change(1, rowsOf(5))
    })
    const hits = await collection.query(query, { using, with_matches: true })
    expect(rowsIn(hits)).toEqual([[0, 1], undefined, [0, 1]])
  })

  it.each([
    ['1.18.3', 0],
    ['1.19.0', 1],
  ] as const)(
    'knows that a server %s computes float16 in halves, or not: %i scores are doubtful',
    async (release, doubtful) => {
      const other = await startFakeQdrant(release)
      const fields = { vectors: { colbert: { size: DIM, distance: 'Dot', datatype: 'float16' } } } as const
      const collection = await createCollection({ url: other.url }, 'c', fields)
      await collection.upsert([{ id: 1, vector: { colbert: [[1, 0, 0, 0]] } }])
      other.alter = ({ path }, result) => {
        if (path.endsWith('/points/query')) for (const point of result.points) point.score *= 1 + 2 ** -11
      }
      await collection.query([[1, 0, 0, 0]], { using, with_matches: true })
      expect(other.requestsTo('POST', '/points/query')).toHaveLength(1 + doubtful)
      await other.close()
    },
  )

  it('normalises the rows of a query for Cosine', async () => {
    const collection = await createCollection({ url: server.url }, 'cosine', {
      vectors: { colbert: { size: 2, distance: 'Cosine' } },
    })
    await collection.upsert([{ id: 1, vector: { colbert: [[5, 0]] } }])
    const options = { with_matches: true }
    for (const [hit] of [
      await collection.query([[3, 0]], options),
      await collection.rerank([[3, 0]], options),
    ]) {
      expect(hit!.matches).toEqual([{ row: 0, similarity: 1, contribution: 1 }])
    }
  })

  it('trusts rows of another replica, whose versions differ, if it returns the same score', async () => {
    const collection = await filled()
    let isFirst = true
    server.alter = (_, result) => {
      for (const point of result.points) {
        point.score += 7
        if (isFirst) point.version += 100
      }
      isFirst = false
    }
    const hits = await collection.query(query, { using, with_matches: true })
    expect(rowsIn(hits)).toEqual([[0, 1], [0, 1], [0, 1]]) // biome-ignore format: short
  })

  it('confirms 32 doubtful hits at a time', async () => {
    const collection = await filled(40)
    alterFirst('/points/query', points => {
      for (const point of points) point.score += 7
    })
    const hits = await collection.query(query, { using, with_matches: true, limit: 40 })
    expect(hits.every(({ matches }) => matches?.length === 2)).toBe(true)
    expect(requests('/points/query').map(({ limit }) => limit)).toEqual([40, 32, 8])
  })

  it('reads the rows of the id that is the query, and returns no matches if it was deleted', async () => {
    const collection = await filled()
    const answer = server.intercept
    server.intercept = request => {
      if (request.path.endsWith('/points/query')) {
        return response => {
          response.writeHead(200, { 'content-type': 'application/json' })
          const point = { id: 1, version: 0, score: 442, vector: { colbert: rowsOf(1) } }
          response.end(JSON.stringify({ result: { points: [point] }, status: 'ok', time: 0 }))
        }
      }
      return answer(request)
    }
    const options = { using, with_matches: true, shard_key: 'a' }
    const hits = await collection.query(0, options)
    expect(requests('/points')).toEqual([
      { ids: [0], with_payload: false, with_vector: ['colbert'], shard_key: 'a' },
    ])
    expect(rowsIn(hits)).toEqual([[0, 1]])
    server.collections.get('c')!.points.delete('0')
    expect(rowsIn(await collection.query(0, options))).toEqual([undefined])
  })

  it('adds matches to those queries of a batch that want them, in one request', async () => {
    const collection = await filled()
    const results = await collection.queryBatch([
      { query, using, with_matches: true },
      { query, using, with_payload: true },
    ])
    expect(results.map(rowsIn)).toEqual([[[0, 1], [0, 1], [0, 1]], [undefined, undefined, undefined]]) // biome-ignore format: short
    expect(server.requests).toHaveLength(1)
    expect(results[1]![0]).not.toHaveProperty('vector')
  })

  const refused: readonly (readonly [string, Query | undefined, object, string])[] = [
    [
      'a text that the server embeds',
      { text: 'x' },
      { using },
      'got a text; pass "encoder" when you open the collection, or omit "with_matches"',
    ],
    [
      'a sparse vector',
      { indices: [1], values: [1] },
      { using: 'words' },
      'got a sparse vector; rerank its hits by a multi-vector, or omit "with_matches"',
    ],
    [
      'a text of a sparse vector',
      { text: 'x' },
      { using: 'words' },
      'got a sparse vector; rerank its hits by a multi-vector, or omit "with_matches"',
    ],
    [
      'an id of another collection',
      { nearest: 1 },
      { using, lookup_from: { collection: 'd' } },
      'got an id of another collection; pass the vector in its place, or omit "with_matches"',
    ],
    [
      'a recommendation',
      { recommend: { positive: [1] } },
      { using },
      'got recommend; query by the multi-vector with the other stages in "prefetch", or use rerank()',
    ],
  ]
  it.each(refused)('is refused before anything is sent for %s', async (_, query, options, message) => {
    const collection = await filled()
    await expect(collection.query(query!, { ...options, with_matches: true })).rejects.toThrow(
      new RangeError(`"with_matches" expected a query with the rows of one vector, ${message}`),
    )
    await expect(collection.queryBatch([{ query: query!, ...options, with_matches: true }])).rejects.toThrow(
      `"queries[0].with_matches" expected a query with the rows of one vector, ${message}`,
    )
    expect(server.requests).toEqual([])
  })
})

describe('rerank', () => {
  it('reads only the payload fields of its hits for the matches, if it has their documents', async () => {
    const collection = await filled()
    const options = { using, with_matches: true, limit: 2, candidates: 3, shard_key: 'a' } as const
    const hits = await collection.rerank(query, options)
    const [first, labels, ...others] = requests('/points/query')
    expect(first).toMatchObject({ limit: 3, with_vector: ['colbert'] })
    expect(labels).toMatchObject({
      limit: 2,
      with_vector: false,
      with_payload: ['tokens', 'patches', 'layout'],
    })
    expect(labels.prefetch).toMatchObject([{ filter: { must: [{ has_id: [0, 1] }] } }])
    expect(labels.shard_key).toBe('a')
    expect(others).toEqual([])
    expect(hits[0]!.matches!.map(({ token }) => token)).toEqual([{ text: 'a' }, { text: 'b' }])
    server.requests.length = 0
    await collection.rerank(query, { ...options, with_payload: true })
    expect(server.requests).toHaveLength(1)
  })

  it('returns no tokens of a point that changed meanwhile', async () => {
    const collection = await filled()
    alterFirst('/points/query', () => change(1, rowsOf(1)))
    const hits = await collection.rerank(query, { using, with_matches: true })
    expect(hits.map(({ matches }) => matches![0]!.token?.text)).toEqual(['a', undefined, 'a'])
  })

  it('returns no candidate where the server ranks', async () => {
    const collection = await filled()
    const hits = await collection.rerank(query, { using, rescore: 'server', with_matches: true })
    expect(rowsIn(hits)).toEqual([[0, 1], [0, 1], [0, 1]]) // biome-ignore format: short
    for (const hit of hits) expect(hit).not.toHaveProperty('candidate')
  })
})

it('rerank stays within the limits of strict mode', async () => {
  const collection = await createCollection({ url: server.url }, 'strict', {
    vectors: { colbert: { size: DIM, distance: 'Dot' } },
    strict_mode_config: { enabled: true, max_query_limit: 7, condition_max_size: 3 },
  })
  await collection.upsert(Array.from({ length: 20 }, (_, id) => ({ id, vector: { colbert: rowsOf(id) } })))
  const cache = createVectorCache({ maxBytes: 1e6 })
  expect(await collection.rerank(query, { cache, limit: 5 })).toHaveLength(5)
  expect(requests('/points/query').map(({ limit }) => limit)).toEqual([7, 3, 3, 1])
})

describe('rerankBatch', () => {
  it('sends one request for all first stages, and fetches shared documents once', async () => {
    const collection = await filled(50)
    const stage = (limit: number) => ({ query: [0, 0, 0, 1], using: 'dense', limit })
    const results = await collection.rerankBatch([
      { query, using, prefetch: stage(20) },
      { query: [[0, 0, 0, 1]], using, prefetch: stage(40) },
      { query: [1, 0, 0, 0], using: 'dense', candidates: 10 },
      { query, using, rescore: 'server', candidates: 10, limit: 2 },
    ])
    expect(results.map(({ length }) => length)).toEqual([10, 10, 10, 2])
    const [{ searches }] = requests('/points/query/batch')
    expect(
      searches.map(({ limit, with_vector }: { limit: number; with_vector: unknown }) => [limit, with_vector]),
    ).toEqual([
      [20, false],
      [40, false],
      [10, false],
      [2, undefined],
    ])
    const fetched = requests('/points/query').map(({ limit, using }) => [using, limit])
    expect(fetched).toEqual([
      ['colbert', 32],
      ['colbert', 8],
      ['dense', 10],
    ])
    expect(server.requests).toHaveLength(4)
  })

  it('fetches documents of other shards apart, and uses the cache of each search', async () => {
    const collection = await filled(10)
    const cache = createVectorCache({ maxBytes: 1e6 })
    const other = createVectorCache({ maxBytes: 1e6 })
    const searches = [
      { query, using, cache, shard_key: 'a' },
      { query, using, cache: other, shard_key: 'a' },
      { query, using, shard_key: 'b' },
    ]
    const first = await collection.rerankBatch(searches)
    expect(requests('/points/query').map(({ shard_key, limit }) => [shard_key, limit])).toEqual([
      ['a', 10],
      ['b', 10],
    ])
    expect([cache.size, other.size]).toEqual([10, 10])
    server.requests.length = 0
    expect(await collection.rerankBatch(searches.slice(0, 2))).toEqual(first.slice(0, 2))
    expect(requests('/points/query')).toEqual([])
  })

  it('stops when its signal is aborted, and reports the cost of its first request', async () => {
    const collection = await filled()
    const costs: unknown[] = []
    await collection.rerankBatch([{ query, using }], { onCost: cost => costs.push(cost) })
    expect(costs).toMatchObject([{ bytesSent: expect.any(Number) }])
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(collection.rerankBatch([{ query, using }], { signal })).rejects.toThrow('stop')
    await expect(collection.rerankBatch([], { sigal: signal } as never)).rejects.toThrow(
      'unknown option "options.sigal"; valid options of rerankBatch: signal, onCost',
    )
    expect(await collection.rerankBatch([])).toEqual([])
  })

  it('returns what single calls return for random queries', async () => {
    const collection = await filled(60)
    const next = createRandom(3)
    const searches = Array.from({ length: 8 }, () => ({
      query: randomRows(next, 3, DIM),
      using,
      candidates: 15,
      prefetch: { query: randomRows(next, 1, DIM).data, using: 'dense' },
    }))
    const batch = await collection.rerankBatch(searches)
    for (const [index, { query, ...options }] of searches.entries()) {
      expect(batch[index], `query ${index}`).toEqual(await collection.rerank(query, options))
    }
  })
})

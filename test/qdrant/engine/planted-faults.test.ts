// A trial of `verify`: faults are planted in documents, answers, requests, shards and settings, one in each test. The
// report must name exactly these, with a source and without one, and nothing in collections that are right.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createScorer, type MultiVector, type Scorer } from '../../../src/index.js'
import {
  createCollection,
  type Hit,
  openCollection,
  type PointId,
  type QdrantCollection,
  type VerifyOptions,
  type VerifyReport,
  verify,
} from '../../../src/qdrant/index.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import {
  client,
  createRandom,
  freshCollection,
  freshName,
  isServer,
  kind,
  type Packed,
  randomRows,
  since,
  url,
} from './support.js'

const DIM = 16
const COUNT = 40
const DISTANCES = ['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const

let scorer: Scorer
let proxy: FaultProxy

beforeAll(async () => {
  scorer = await createScorer()
  proxy = await startFaultProxy(url, process.env.QDRANT_API_KEY)
})
beforeEach(() => {
  for (const path of ['/points/query', '/points/count', '/points/scroll']) {
    proxy.alter(path, undefined)
    proxy.alterRequest(path, undefined)
  }
})
afterAll(async () => {
  scorer.dispose()
  await proxy.close()
})

interface World {
  readonly collection: QdrantCollection
  /** The same collection through the proxy. */
  readonly proxied: QdrantCollection
  readonly source: ReadonlyMap<PointId, Packed>
  readonly queries: readonly Packed[]
  readonly random: () => number
  /** A document of the source. */
  rows(id: PointId): Packed
  /** Replaces a document. */
  put(id: PointId, rows: Packed): Promise<unknown>
}

let seed = 0

async function createWorld(vector: object = {}, config: object = {}): Promise<World> {
  const random = createRandom(++seed)
  const distance = DISTANCES[seed % 4]!
  const collection = await freshCollection({
    vectors: { colbert: { size: DIM, distance, ...vector } },
    ...config,
  } as never)
  const scale = 'datatype' in vector && vector.datatype === 'uint8' ? 250 : undefined
  const source = new Map<PointId, Packed>(
    Array.from({ length: COUNT }, (_, id) => [id, randomRows(random, 3 + (id % 4), DIM, scale)]),
  )
  await collection.upsert([...source].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
  return {
    collection,
    proxied: await openCollection({ url: proxy.url }, collection.name),
    source,
    queries: Array.from({ length: 3 }, (_, i) => randomRows(random, 2 + 3 * i, DIM, scale)),
    random,
    rows: id => source.get(id)!,
    put: (id, rows) => collection.upsert([{ id, vector: { colbert: rows } }]),
  }
}

/** All findings of a report, in words and sorted. */
function findings({ checks, order, missed, documents, problems }: VerifyReport): string[] {
  const found = [
    ...checks.filter(({ ok }) => ok === false).map(({ id }) => `score of ${id}`),
    ...order.map(({ query }) => `order of query ${query}`),
    ...missed.map(({ id }) => `missed ${id}`),
    ...documents.map(
      ({ id, fault, row, other }) =>
        `${fault} ${id}${row === undefined ? '' : ` row ${row}`}${other === undefined ? '' : ` of ${other}`}`,
    ),
    ...problems,
  ]
  return [...new Set(found)].sort()
}

const check = (
  { queries, ...world }: Pick<World, 'collection' | 'queries'>,
  options: VerifyOptions = {},
  on: QdrantCollection = world.collection,
) => verify(on, queries, { scorer, ...options })

/** Rows with some numbers changed. */
const changed = ({ data, dim }: Packed, change: (value: number, index: number) => number): Packed => ({
  data: Float32Array.from(data, change),
  dim,
})
const fromRow = ({ data, dim }: Packed, first: number, end?: number): Packed => ({
  data: data.slice(first * dim, end === undefined ? undefined : end * dim),
  dim,
})
const concat = (...parts: readonly Packed[]): Packed => ({
  data: Float32Array.from(parts.flatMap(({ data }) => [...data])),
  dim: DIM,
})
const reversed = (rows: Packed): Packed => {
  const count = rows.data.length / DIM
  return concat(...Array.from({ length: count }, (_, i) => fromRow(rows, count - 1 - i, count - i)))
}

describe('a planted document is named with a source, and its score is right', () => {
  const inRow1 = (index: number) => index >= DIM && index < 2 * DIM
  type Plant = (world: World) => Promise<unknown>
  const documents: readonly (readonly [name: string, expected: readonly string[], plant: Plant])[] = [
    ['rows in reverse order', ['stale 3 row 0'], ({ put, rows }) => put(3, reversed(rows(3)))],
    [
      'a number moved by a few bits',
      ['stale 5 row 1'],
      ({ put, rows }) => {
        const moved = changed(rows(5), (value, k) => (k === DIM + 4 ? value * (1 + 2 ** -17) : value))
        return put(5, moved)
      },
    ],
    [
      'a row of another document',
      ['stale 6 row 2'],
      ({ put, rows }) => put(6, concat(fromRow(rows(6), 0, 2), fromRow(rows(7), 1, 2), fromRow(rows(6), 3))),
    ],
    [
      'a row with the opposite sign',
      ['stale 9 row 1'],
      ({ put, rows }) => {
        const negated = changed(rows(9), (value, k) => (inRow1(k) ? -value : value))
        return put(9, negated)
      },
    ],
    [
      'a number of another sign',
      ['stale 9 row 0'],
      ({ put, rows }) => {
        const negated = changed(rows(9), (value, k) => (k === 3 ? -value : value))
        return put(9, negated)
      },
    ],
    [
      'two numbers exchanged',
      ['stale 2 row 1'],
      ({ put, rows }) => {
        const { data } = rows(2)
        const exchanged = changed(rows(2), (value, k) =>
          k === 20 ? data[21]! : k === 21 ? data[20]! : value,
        )
        return put(2, exchanged)
      },
    ],
    ['the last row cut off', ['truncated 7 row 5'], ({ put, rows }) => put(7, fromRow(rows(7), 0, -1))],
    [
      'all rows but the first cut off',
      ['truncated 7 row 1'],
      ({ put, rows }) => put(7, fromRow(rows(7), 0, 1)),
    ],
    ['the first row lost', ['stale 8 row 0'], ({ put, rows }) => put(8, fromRow(rows(8), 1))],
    ['a row too many', ['stale 8 row 3'], ({ put, rows }) => put(8, concat(rows(8), fromRow(rows(1), 0, 1)))],
    [
      'a row twice',
      ['stale 12 row 1'],
      ({ put, rows }) =>
        put(12, concat(fromRow(rows(12), 0, 1), fromRow(rows(12), 0, 1), fromRow(rows(12), 1))),
    ],
    [
      'two documents exchanged',
      ['swapped 13 row 0 of 14', 'swapped 14 row 0 of 13'],
      async ({ put, rows }) => {
        await put(13, rows(14))
        await put(14, rows(13))
      },
    ],
    [
      'a row exchanged between two documents',
      ['stale 16 row 0', 'stale 17 row 0'],
      async ({ put, rows }) => {
        await put(16, concat(fromRow(rows(17), 0, 1), fromRow(rows(16), 1)))
        await put(17, concat(fromRow(rows(16), 0, 1), fromRow(rows(17), 1)))
      },
    ],
    [
      'a point with a payload only',
      ['missing 21'],
      ({ collection }) => collection.upsert([{ id: 21, vector: {}, payload: { title: 'a' } }]),
    ],
    ['a deleted point', ['missing 22'], ({ collection }) => collection.delete([22])],
    ['a point that nobody wrote', ['unknown 99'], ({ put, random }) => put(99, randomRows(random, 3, DIM))],
    ['a copy under another id', ['unknown 98'], ({ put, rows }) => put(98, rows(5))],
    [
      'four faults at once',
      ['missing 3', 'swapped 2 row 0 of 30', 'truncated 1 row 2', 'unknown 97'],
      async ({ collection, put, rows, random }) => {
        await put(1, fromRow(rows(1), 0, 2))
        await put(2, rows(30))
        await collection.delete([3])
        await put(97, randomRows(random, 2, DIM))
      },
    ],
  ]
  it.each(documents)('%s', async (_, expected, plant) => {
    const world = await createWorld()
    await plant(world)
    const report = await check(world, { source: world.source as ReadonlyMap<PointId, MultiVector> })
    expect(findings(report)).toEqual(expected)
    expect(report.ok).toBe(false)
    const alone = await check(world)
    expect(findings(alone)).toEqual([])
    expect(alone.ok).toBe(true)
  })
})

type Answer = { result: { points: (Hit & { vector: { colbert: number[][] } })[] } }

describe('a wrong answer is named without a source', () => {
  it('a score that is wrong by two bounds', async () => {
    const world = await createWorld()
    const { id, bound, rank } = (await check(world)).checks[4]!
    proxy.alter('/points/query', ({ result }: Answer) => {
      for (const point of result.points) {
        if (point.id === id) (point as { score: number }).score += 2.01 * bound + 1e-7 * Math.abs(point.score)
      }
    })
    const report = await check(world, {}, world.proxied)
    expect(findings(report)).toEqual([`score of ${id}`])
    expect(report.checks[4]).toMatchObject({ id, rank, ok: false })
  })

  it('a score of the other sign, and one of the next hit', async () => {
    const world = await createWorld({ distance: 'Dot' })
    const first: PointId[] = []
    proxy.alter('/points/query', ({ result: { points } }: Answer) => {
      if (points.length < 3) return
      first.push(points[1]!.id, points[2]!.id)
      Object.assign(points[1]!, { score: -points[1]!.score })
      Object.assign(points[2]!, { score: points[3]!.score })
    })
    const report = await check(world, {}, world.proxied)
    expect(findings(report)).toEqual([...new Set(first.map(id => `score of ${id}`))].sort())
  })

  it('a query row that was lost on the way', async () => {
    const world = await createWorld()
    proxy.alterRequest('/points/query', body => {
      const { query } = body as { query: number[][] }
      if (query.length > 1) query.pop()
    })
    const report = await check(world, { scan: false }, world.proxied)
    expect(report).toMatchObject({ ok: false, disagreements: report.hits, hits: 30 })
  })

  it('hits under the ids of others', async () => {
    const world = await createWorld()
    const ids = new Set<PointId>()
    proxy.alter('/points/query', ({ result: { points } }: Answer) => {
      if (points.length < 2) return
      const [a, b] = [points[0]!.id, points[1]!.id]
      Object.assign(points[0]!, { id: b })
      Object.assign(points[1]!, { id: a })
      ids.add(a).add(b)
    })
    const report = await check(world, {}, world.proxied)
    expect(report.ok).toBe(false)
    expect(findings(report)).toEqual([...ids].map(id => `inconsistent ${id} row 0`).sort())
  })

  it('rows of another document in a hit', async () => {
    const world = await createWorld()
    const wrong = (await check(world)).checks[2]!.id
    proxy.alter('/points/query', ({ result: { points } }: Answer) => {
      for (const point of points) {
        if (point.id === wrong && point.vector) point.vector.colbert = [...points.at(-1)!.vector.colbert]
      }
    })
    const report = await check(world, {}, world.proxied)
    const expected = [`inconsistent ${wrong} row 0`, `score of ${wrong}`]
    expect(findings(report).filter(finding => !finding.startsWith('order'))).toEqual(expected)
  })

  it('a hit twice', async () => {
    const world = await createWorld()
    proxy.alter('/points/query', ({ result: { points } }: Answer) => {
      if (points.length > 5) points.splice(3, 1, points[2]!)
    })
    const seen = (await world.proxied.query(world.queries[0]!))[2]!.id
    const report = await check(world, { scan: false }, world.proxied)
    expect(findings(report)).toContain(`duplicate ${seen}`)
    expect(findings(report).every(finding => finding.startsWith('duplicate'))).toBe(true)
  })

  it('hits from the worst to the best', async () => {
    const world = await createWorld()
    proxy.alter('/points/query', ({ result: { points } }: Answer) => void points.reverse())
    const report = await check(world, { scan: false }, world.proxied)
    expect(findings(report)).toEqual(['order of query 0', 'order of query 1', 'order of query 2'])
  })

  it('the best hit left out, by an offset', async () => {
    const world = await createWorld()
    const best = new Set<PointId>()
    for (const query of world.queries) best.add((await world.collection.query(query))[0]!.id)
    proxy.alterRequest('/points/query', body => void Object.assign(body, { offset: 1 }))
    const report = await check(world, {}, world.proxied)
    expect(findings(report)).toEqual([...best].map(id => `missed ${id}`).sort())
    expect(report.recall).toBeCloseTo(0.9, 6)
  })

  it('points left out by a filter', async () => {
    const world = await createWorld()
    const [best] = await world.collection.query(world.queries[0]!)
    proxy.alterRequest(
      '/points/query',
      body => void Object.assign(body, { filter: { must_not: [{ has_id: [best!.id] }] } }),
    )
    const report = await check({ ...world, queries: [world.queries[0]!] }, {}, world.proxied)
    expect(findings(report)).toEqual([`missed ${best!.id}`])
  })

  it('hits left out by a threshold, so that every other point is missed', async () => {
    const world = await createWorld({ distance: 'Dot' })
    const hits = await world.collection.query(world.queries[1]!, { limit: COUNT })
    const score_threshold = (hits[4]!.score + hits[5]!.score) / 2
    proxy.alterRequest('/points/query', body => void Object.assign(body, { score_threshold }))
    const report = await check({ ...world, queries: [world.queries[1]!] }, {}, world.proxied)
    expect(report.hits).toBe(5)
    expect(findings(report)).toEqual(
      hits
        .slice(5)
        .map(({ id }) => `missed ${id}`)
        .sort(),
    )
  })

  it('no hits at all', async () => {
    const world = await createWorld()
    proxy.alter('/points/query', ({ result }: Answer) => void result.points.splice(0))
    const report = await check(world, {}, world.proxied)
    expect(report).toMatchObject({ ok: false, hits: 0, recall: 0 })
    expect(findings(report)).toHaveLength(COUNT)
  })

  it('points that cannot be read, or are read twice', async () => {
    const world = await createWorld()
    proxy.alter('/points/scroll', ({ result }: Answer) => void result.points.splice(4, 1))
    const report = await check(world, {}, world.proxied)
    expect(report.ok).toBe(false)
    expect(report.problems[0]).toMatch(/^the server counts 40 points, and 38 can be read/)
    proxy.alter('/points/scroll', ({ result: { points } }: Answer) => void points.push(points.at(-1)!))
    expect(findings(await check(world, {}, world.proxied))).toContain('duplicate 31')
  })
})

describe('numbers that cannot be scored are named', () => {
  it.runIf(isServer)('a stored infinity', async () => {
    const world = await createWorld({ distance: 'Dot' })
    const row = Array.from({ length: DIM }, (_, k) => (k === 3 ? '1e39' : '0.5')).join(',')
    await fetch(`${url}/collections/${world.collection.name}/points?wait=true`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'api-key': process.env.QDRANT_API_KEY ?? '' },
      body: `{"points":[{"id":77,"vector":{"colbert":[[${row.replaceAll('1e39', '0.25')}],[${row}]]}}]}`,
    })
    for (const limit of [5, 60]) {
      const report = await check(world, { limit })
      expect(findings(report)).toEqual(['not finite 77 row 1'])
      expect(report.ok).toBe(false)
    }
    await expect(world.collection.query(world.queries[0]!, { limit: 60 })).rejects.toThrow(
      'the score of point 77',
    )
  })

  it('a score beyond f32', async () => {
    const world = await createWorld({ distance: 'Dot' })
    await world.put(77, { data: new Float32Array(DIM).fill(3e38), dim: DIM })
    const queries = [changed(world.queries[2]!, value => 5 * Math.abs(value))]
    expect(findings(await check({ ...world, queries }))).toEqual(['overflow 77'])
    expect(findings(await check({ ...world, queries }, { limit: 60, scan: false }))).toEqual(['overflow 77'])
  })

  it('uint8 zeros, and fractions that uint8 lost', async () => {
    const world = await createWorld({ distance: 'Dot' })
    const fractions = new Map([...world.source].map(([id, rows]) => [id, changed(rows, Math.abs)]))
    const stored = await freshCollection({
      vectors: { colbert: { size: DIM, distance: 'Dot', datatype: 'uint8' } },
    })
    await stored.upsert([...fractions].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
    const zeros = [...fractions.keys()].map(id => `zeros ${id}`)
    const queries = world.queries.map(rows => changed(rows, value => 100 * Math.abs(value)))
    expect(findings(await check({ collection: stored, queries }))).toEqual(zeros.sort())
    expect(findings(await check({ collection: stored, queries }, { source: world.collection }))).toEqual(
      [
        ...zeros,
        'the source stores float32, the collection uint8, which changed the numbers of 40 documents',
      ].sort(),
    )
    const report = await check({ collection: stored, queries }, { source: fractions })
    expect(findings(report)).toEqual(zeros)
    expect(report.notes).toContain('uint8 changed the numbers of 40 documents')
  })

  it('a half that is the next one', async () => {
    const world = await createWorld({ datatype: 'float16' })
    await world.put(
      4,
      changed(world.rows(4), (value, k) => (k === 2 * DIM + 1 ? value * (1 + 2 ** -8) : value)),
    )
    expect(findings(await check(world, { source: world.source }))).toEqual(['stale 4 row 2'])
  })
})

describe('settings that differ are named', () => {
  it('another metric', async () => {
    const world = await createWorld({ distance: 'Euclid' })
    const other = await freshCollection({ vectors: { colbert: { size: DIM, distance: 'Manhattan' } } })
    await other.upsert([...world.source].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
    expect(findings(await check(world, { source: other }))).toEqual([
      'the source compares by Manhattan, the collection by Euclid',
    ])
  })

  it('another vector of the points', async () => {
    const { queries, source, random } = await createWorld()
    const vectors = { a: { size: DIM, distance: 'Dot' }, b: { size: DIM, distance: 'Dot' } } as const
    const collection = await freshCollection({ vectors })
    await collection.upsert(
      [...source].map(([id, rows]) => ({ id, vector: { a: rows, b: randomRows(random, 4, DIM) } })),
    )
    expect(findings(await check({ collection, queries }, { source, using: 'a' }))).toEqual([])
    const report = await check({ collection, queries }, { source, using: 'b' })
    expect(findings(report)).toEqual([...source.keys()].map(id => `stale ${id} row 0`).sort())
    await expect(check({ collection, queries }, { source })).rejects.toThrow('"using" is required')
    await expect(check({ collection, queries }, { using: 'c' })).rejects.toThrow('"using" expected')
  })

  it('rows that were normalised', async () => {
    const world = await createWorld({ distance: 'Manhattan' })
    const doubled = new Map([...world.source].map(([id, rows]) => [id, changed(rows, value => 2 * value)]))
    const report = await check(world, { source: doubled })
    expect(findings(report)).toEqual([...doubled.keys()].map(id => `stale ${id} row 0`).sort())
  })

  it.runIf(isServer)('another collection behind an alias', async () => {
    const [world, other] = [await createWorld({ distance: 'Dot' }), await createWorld({ distance: 'Euclid' })]
    const alias_name = freshName()
    const point = (collection_name: string, before: object[] = []) =>
      client.updateCollectionAliases({
        actions: [...before, { create_alias: { collection_name, alias_name } }] as never,
      })
    await point(world.collection.name)
    const collection = await openCollection(client, alias_name)
    expect(findings(await check({ ...world, collection }, { source: world.source }))).toEqual([])
    await point(other.collection.name, [{ delete_alias: { alias_name } }])
    const report = await check({ ...world, collection }, { source: world.source })
    expect(report).toMatchObject({ ok: false, disagreements: 30 })
    expect(report.documents).toHaveLength(COUNT)
    await client.updateCollectionAliases({ actions: [{ delete_alias: { alias_name } }] })
  })

  it('a collection that was created again with other documents', async () => {
    const world = await createWorld({ distance: 'Dot' })
    const { name } = world.collection
    await client.deleteCollection(name)
    const again = await createCollection(client, name, {
      vectors: { colbert: { size: DIM, distance: 'Dot' } },
    })
    await again.upsert(
      [...world.source].map(([id, { data }]) => ({
        id: COUNT - 1 - Number(id),
        vector: { colbert: { data, dim: DIM } },
      })),
    )
    const report = await check(world, { source: world.source })
    const swapped = [...world.source.keys()].map(id => `swapped ${id} row 0 of ${COUNT - 1 - Number(id)}`)
    expect(findings(report)).toEqual(swapped.sort())
  })
})

describe('an approximate search is measured', () => {
  /** The exact best of all queries, less the hits. */
  async function reallyMissed({ collection, queries }: World, params: object): Promise<string[]> {
    const missed = new Set<PointId>()
    for (const query of queries) {
      const exact = await collection.query(query, { params: { exact: true } })
      const found = new Set((await collection.query(query, { params: params as never })).map(({ id }) => id))
      for (const { id } of exact) if (!found.has(id)) missed.add(id)
    }
    return [...missed].map(id => `missed ${id}`).sort()
  }

  it('quantized scores without a second look: what is missed, and documents that are wrong', async () => {
    const world = await createWorld({ distance: 'Dot', quantization_config: { binary: {} } })
    const params = { quantization: { rescore: false } }
    const missed = await reallyMissed(world, params)
    const report = await check(world, { params })
    expect(report).toMatchObject({ ok: undefined, judged: false })
    expect(findings(report)).toEqual(missed)
    expect(missed.length).toBeGreaterThan(0)
    await world.put(7, fromRow(world.rows(7), 0, 1))
    const faulty = await check(world, { params, source: world.source })
    expect(faulty.ok).toBe(false)
    expect(faulty.documents).toEqual([{ id: 7, fault: 'truncated', row: 1 }])
  })

  it('quantized scores that were computed again: the exact best that are missed', async () => {
    const world = await createWorld({ distance: 'Dot', quantization_config: { binary: {} } })
    const params = { quantization: { rescore: true, oversampling: 1 } }
    const missed = await reallyMissed(world, params)
    const report = await check(world, { params })
    expect(report).toMatchObject({ ok: missed.length === 0, judged: true, disagreements: 0 })
    for (const finding of missed) expect(findings(report)).toContain(finding)
  })

  it.runIf(since('1.19.0'))('turbo4 codes: documents that are cut', async () => {
    const world = await createWorld({ datatype: 'turbo4' })
    await world.put(9, fromRow(world.rows(9), 0, 2))
    expect(findings(await check(world, { source: world.source, limit: COUNT }))).toEqual([
      'truncated 9 row 2',
    ])
  })
})

describe.runIf(kind === 'binary')('the same ids in two shards', () => {
  it('are named', async () => {
    const world = await createWorld({}, { shard_number: 2 })
    const { name } = world.collection
    const post = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${url}/collections/${name}/shards/${path}?wait=true`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
      return (await response.json()) as { result: { name: string } }
    }
    const { result } = await post('POST', '0/snapshots')
    const location = `${url}/collections/${name}/shards/0/snapshots/${result.name}`
    await post('PUT', '1/snapshots/recover', { location, priority: 'snapshot' })
    const ids = new Set<PointId>()
    for await (const { id } of world.collection.scroll({ with_payload: false })) ids.add(id)
    const report = await check(world, { limit: 2 * COUNT, source: world.source })
    const lost = [...world.source.keys()].filter(id => !ids.has(id)).map(id => `missing ${id}`)
    const twice = new Set(report.documents.filter(({ fault }) => fault === 'duplicate').map(({ id }) => id))
    expect(findings(report)).toEqual(
      [
        ...lost,
        ...[...twice].map(id => `duplicate ${id}`),
        `the server counts ${2 * ids.size} points, and ${ids.size} can be read: shards may have the same ids, or a replica may be behind`,
      ].sort(),
    )
    expect(report.ok).toBe(false)
  })
})

describe('nothing is reported', () => {
  it.each(DISTANCES)('if all is right: %s', async distance => {
    const world = await createWorld({ distance })
    const report = await check(world, { source: world.source })
    expect(findings(report)).toEqual([])
    expect(report).toMatchObject({ ok: true, recall: 1 })
  })

  it('if the source has other lengths, and Cosine divides by them', async () => {
    const world = await createWorld({ distance: 'Cosine' })
    const doubled = new Map([...world.source].map(([id, rows]) => [id, changed(rows, value => 2 * value)]))
    expect(findings(await check(world, { source: doubled }))).toEqual([])
  })

  it('if float16 rounds the numbers of the source', async () => {
    const world = await createWorld({ datatype: 'float16' })
    const exact = await freshCollection({
      vectors: { colbert: { size: DIM, distance: world.collection.config.vectors.colbert!.distance } },
    })
    await exact.upsert([...world.source].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
    const report = await check(world, { source: exact })
    expect(findings(report)).toEqual([])
    expect(report.notes).toContain('the source stores float32, the collection float16')
  })

  it('if equal documents share the last rank', async () => {
    const world = await createWorld()
    for (let id = 0; id < 25; id++) await world.put(id, world.rows(30))
    expect(findings(await check({ ...world, queries: [world.rows(30)] }))).toEqual([])
  })

  // replicas may differ, so there a contradiction is reported at once
  describe.runIf(kind !== 'cluster')('if the collection changes between the query and the scan:', () => {
    /** Calls `change` before the first count, which is between the queries and the scan. */
    function meanwhile(change: () => Promise<unknown>): void {
      let isDone = false
      proxy.alter('/points/count', async () => {
        if (isDone) return
        isDone = true
        await change()
      })
    }

    it.each<[string, (world: World, best: PointId) => Promise<unknown>, note: RegExp]>([
      [
        'a hit is deleted',
        ({ collection }, best) => collection.delete([best]),
        /changed meanwhile: it had 40/,
      ],
      [
        'a better point is inserted',
        ({ put, queries }) => put(500, queries[0]!),
        /changed meanwhile: 1 point contradicted a query, and not its repetition/,
      ],
      [
        'another document becomes the best',
        ({ put, queries, collection }) =>
          collection.query(queries[0]!, { limit: COUNT }).then(hits => put(hits.at(-1)!.id, queries[0]!)),
        /changed meanwhile: 1 point contradicted/,
      ],
      [
        'a hit gets other rows',
        ({ put, queries }, best) => put(best, concat(queries[0]!, queries[0]!)),
        /changed meanwhile: 1 point contradicted/,
      ],
    ])('%s', async (_, change, note) => {
      const world = await createWorld()
      const queries = [world.queries[0]!]
      const [best] = await world.collection.query(queries[0]!)
      meanwhile(() => change(world, best!.id))
      const report = await check({ ...world, queries }, {}, world.proxied)
      expect(findings(report)).toEqual([])
      expect(report.ok).toBe(true)
      expect(report.notes.join('; ')).toMatch(note)
    })
  })
})

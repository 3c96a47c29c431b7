// Points there and back on a real engine: the forms of vectors, what is refused before it is sent, queries and filters.

import { describe, expect, it } from 'vitest'
import type { MultiVector } from '../../../src/index.js'
import { freshCollection, isServer, since } from './support.js'

const colbert = { size: 4, distance: 'Dot' } as const
const TRAPS: readonly MultiVector[] = [
  [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ],
  [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ],
  [
    [1, 1, 3, 4],
    [5, 6, 7, 8],
  ],
  [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
  ],
  [
    [1e10, 2e10, 16777216, 4],
    [5, 6, 7, 8],
  ],
]

describe('whole numbers in two rows, which the server takes for a sparse vector', () => {
  it.each(TRAPS.map((rows, index) => [index, rows] as const))(
    'stores and finds them (%i)',
    async (_, rows) => {
      const collection = await freshCollection({ vectors: { colbert } })
      for (const wait of [true, false])
        await collection.upsert([{ id: wait ? 1 : 2, vector: { colbert: rows } }], { wait })
      await collection.upsert([{ id: 3, vector: { colbert: [[0, 0, 0, 0.5]] } }])
      expect(await collection.count()).toBe(3)
      const hits = await collection.query(rows, { with_vector: ['colbert'] })
      expect(hits).toHaveLength(3)
      const data = Float32Array.from((rows as number[][]).flat())
      for (const { id, vector } of hits) if (id !== 3) expect(vector?.colbert).toEqual({ data, dim: 4 })
    },
  )
})

describe('what is refused before it is sent', () => {
  it('more numbers than the server takes a point', async () => {
    const collection = await freshCollection({ vectors: { colbert } })
    const point = { id: 7, vector: { colbert: { data: new Float32Array(4 * 262_144), dim: 4 } } }
    await expect(collection.upsert([point])).rejects.toThrow(
      '"point 7.vector.colbert" expected at most 262143 rows of 4 numbers (Qdrant accepts 1048575 numbers per vector), got 262144; split the document',
    )
    expect(await collection.count()).toBe(0)
  })

  it('halves beyond 65,504, which the storage would make infinite', async () => {
    const collection = await freshCollection({ vectors: { colbert: { ...colbert, datatype: 'float16' } } })
    await expect(
      collection.upsert([
        {
          id: 7,
          vector: {
            colbert: [
              [1, 2, 3, 4],
              [1, 2, 65_520, 4],
            ],
          },
        },
      ]),
    ).rejects.toThrow(
      '"point 7.vector.colbert" (row 1, column 2) expected a number that float16 holds (up to 65504), got 65520; scale the rows down, or store float32',
    )
    await collection.upsert([{ id: 7, vector: { colbert: [[1, 2, 65_519, 4]] } }])
    const [hit] = await collection.query([[0, 0, 1, 0]])
    expect(hit?.score).toBe(65_504)
  })

  it('takes the largest document that the server takes', async () => {
    const collection = await freshCollection({ vectors: { colbert } })
    const data = new Float32Array(4 * 262_143).fill(1)
    await collection.upsert([{ id: 1, vector: { colbert: { data, dim: 4 } } }])
    expect((await collection.query([[1, 1, 1, 1]]))[0]?.score).toBe(4)
  })
})

describe('queries', () => {
  async function filled() {
    const collection = await freshCollection({
      vectors: { colbert, dense: { size: 2, distance: 'Dot', multivector_config: null } },
    })
    const uuid = '5C56C793-69F3-4FBF-87E6-C4BF54C28C26'
    await collection.upsert([
      {
        id: 1,
        vector: {
          colbert: [
            [1, 2, 3, 0],
            [3, 3, 3, 0],
            [4, 5, 6, 0],
          ],
          dense: [1, 0],
        },
        payload: { n: 1 },
      },
      { id: 2, vector: { colbert: [[1, 2, 3, 4]], dense: Float32Array.of(0, 1) }, payload: { n: 2 } },
      {
        id: uuid,
        vector: { colbert: { data: Float32Array.of(0.5, 0.5, 0.5, 0.5), dim: 4 } },
        payload: { n: 3 },
      },
    ])
    return collection
  }

  it('score, page, filter and bring payloads', async () => {
    const collection = await filled()
    const query = [[1.5, 1, 1, 0]]
    const all = await collection.query(query, { using: 'colbert', with_payload: true })
    expect(all.map(({ id, score, payload }) => [id, score, payload?.n])).toEqual([
      [1, 17, 1],
      [2, 6.5, 2],
      ['5c56c793-69f3-4fbf-87e6-c4bf54c28c26', 1.75, 3],
    ])
    const ids = async (options: object) => (await collection.query(query, options)).map(({ id }) => id)
    expect(await ids({ offset: 1, limit: 1 })).toEqual([2])
    expect(await ids({ score_threshold: 6 })).toEqual([1, 2])
    expect(await ids({ filter: { must: [{ key: 'n', match: { value: 2 } }] } })).toEqual([2])
    expect(await ids({ params: { exact: true }, limit: 1 })).toEqual([1])
    expect(await ids({ prefetch: { filter: { must: [{ has_id: [1, 2] }] }, limit: 2 } })).toEqual([1, 2])
    expect(await ids({ prefetch: { query: [0, 1], using: 'dense', limit: 1 } })).toEqual([2])
    await expect(collection.query(query, { with_vectors: true } as object)).rejects.toThrow(
      'unknown option "options.with_vectors"; valid options of a query: filter, params, score_threshold, lookup_from, ' +
        'shard_key, with_payload, with_vector, signal, onCost, query, using, limit, offset, prefetch',
    )
  })

  it('need a query', async () => {
    const collection = await filled()
    await expect(collection.query(undefined as never, { using: 'colbert' })).rejects.toThrow(
      '"query" is required: a multi-vector, a text, a point id, or one of Qdrant\'s query objects',
    )
  })

  it('come in batches, each with options of its own', async () => {
    const collection = await filled()
    const answers = await collection.queryBatch([
      { query: [[1, 0, 0, 0]], limit: 1 },
      { query: [0, 1], using: 'dense', with_payload: ['n'] },
    ])
    expect(answers[0]?.map(({ id }) => id)).toEqual([1])
    expect(answers[1]?.[0]).toMatchObject({ id: 2, score: 1, payload: { n: 2 } })
  })

  it('read, scroll, count and delete points', async () => {
    const collection = await filled()
    const uuid = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
    const points = await collection.retrieve([2, uuid, 99], { with_vector: true })
    expect(points.find(({ id }) => id === 2)).toEqual({
      id: 2,
      payload: { n: 2 },
      vector: { colbert: { data: Float32Array.of(1, 2, 3, 4), dim: 4 }, dense: Float32Array.of(0, 1) },
    })
    const seen: unknown[] = []
    for await (const { id } of collection.scroll({ batchPoints: 1 })) seen.push(id)
    expect(seen).toHaveLength(3)
    expect(await collection.count({ must: [{ key: 'n', range: { gte: 2 } }] })).toBe(2)
    await collection.delete([uuid])
    await collection.delete({ must: [{ key: 'n', match: { value: 2 } }] })
    expect(await collection.count()).toBe(1)
  })

  it('give a point another version whenever it changes', async () => {
    const collection = await filled()
    const versionOf = async () => (await collection.query([[1, 1, 1, 1]], { limit: 1 }))[0]?.version
    const before = await versionOf()
    await collection.upsert([{ id: 1, vector: { colbert: [[9, 9, 9, 9]] } }])
    expect(await versionOf()).not.toBe(before)
  })
})

it('stores uint8 as the server does: fractions cut off, 0 to 255', async () => {
  const collection = await freshCollection({ vectors: { colbert: { ...colbert, datatype: 'uint8' } } })
  await collection.upsert([
    {
      id: 1,
      vector: {
        colbert: [
          [1.81, 256.19, -3, 254.9],
          [1, 2, 3, 4],
        ],
      },
    },
  ])
  const [point] = await collection.retrieve([1], { with_vector: true })
  expect(point?.vector?.colbert).toEqual({ data: Float32Array.of(1, 255, 0, 254, 1, 2, 3, 4), dim: 4 })
})

it.runIf(since('1.0.0'))('says which of the two is missing when a text finds no encoder', async () => {
  const collection = await freshCollection({ vectors: { colbert } })
  const text = { text: 'hello', model: 'colbert-ir/colbertv2.0' }
  const remedy = 'this server has no inference service; pass "encoder" to embed texts here'
  await expect(collection.query(text)).rejects.toThrow(remedy)
  await expect(collection.upsert([{ id: 1, vector: { colbert: text } }])).rejects.toThrow(remedy)
})

it.runIf(isServer)(
  'embeds texts for rows here, and leaves those for sparse vectors to the server',
  async () => {
    const rows = (text: string): MultiVector => [[text.length, 1, 0, 0]]
    const encoder = { model: 'mine', query: rows, documents: (texts: readonly string[]) => texts.map(rows) }
    const collection = await freshCollection(
      { vectors: { colbert }, sparse_vectors: { words: { modifier: 'idf' } } },
      { encoder },
    )
    // the one model that a server computes itself
    const model = 'qdrant/bm25'
    const texts = ['rain in the city', 'sun', 'snow, and then rain again']
    const points = texts.map((text, id) => ({ id, vector: { colbert: { text }, words: { text, model } } }))
    await collection.upsert(points)
    const idsOf = (hits: readonly { readonly id: unknown }[]) => hits.map(({ id }) => id)
    const words = { query: { text: 'rain', model }, using: 'words', limit: 5 }
    expect(idsOf(await collection.query(words.query, { using: 'words' })).sort()).toEqual([0, 2])
    expect(idsOf(await collection.query({ text: 'x' }, { using: 'colbert', prefetch: words }))).toEqual([
      2, 0,
    ])
    expect((await collection.queryBatch([words])).map(idsOf)[0]?.sort()).toEqual([0, 2])
  },
)

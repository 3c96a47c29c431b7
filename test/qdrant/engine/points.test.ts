// Points on a real engine: what only a server requires or refuses. cases.test.ts runs the cases of every collection.

import { expect, it } from 'vitest'
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

it.each(TRAPS.map((rows, index) => [index, rows] as const))(
  'stores and finds whole numbers in two rows, which a server would take for a sparse vector (%i)',
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

it('refuses more numbers than a server accepts per vector', async () => {
  const collection = await freshCollection({ vectors: { colbert } })
  const point = { id: 7, vector: { colbert: { data: new Float32Array(4 * 262_144), dim: 4 } } }
  await expect(collection.upsert([point])).rejects.toThrow(
    '"point 7.vector.colbert" expected at most 262143 rows of 4 numbers (Qdrant accepts 1048575 numbers per vector), got 262144; split the document',
  )
  expect(await collection.count()).toBe(0)
})

it('refuses numbers that float16 rounds to infinity, and stores smaller ones', async () => {
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

it('stores the largest document that a server accepts', async () => {
  const collection = await freshCollection({ vectors: { colbert } })
  const data = new Float32Array(4 * 262_143).fill(1)
  await collection.upsert([{ id: 1, vector: { colbert: { data, dim: 4 } } }])
  expect((await collection.query([[1, 1, 1, 1]]))[0]?.score).toBe(4)
})

it('requires a query', async () => {
  const collection = await freshCollection({ vectors: { colbert } })
  await expect(collection.query(undefined as never)).rejects.toThrow(
    '"query" is required: a multi-vector, a text, a point id, or one of Qdrant\'s query objects',
  )
})

it.runIf(since('1.0.0'))(
  'names the missing service and the missing encoder when a text cannot be embedded',
  async () => {
    const collection = await freshCollection({ vectors: { colbert } })
    const text = { text: 'hello', model: 'colbert-ir/colbertv2.0' }
    const remedy = 'this server has no inference service; pass "encoder" to embed texts here'
    await expect(collection.query(text)).rejects.toThrow(remedy)
    await expect(collection.upsert([{ id: 1, vector: { colbert: text } }])).rejects.toThrow(remedy)
  },
)

it.runIf(isServer)(
  'embeds texts for multi-vectors, and leaves those for sparse vectors to the server',
  async () => {
    const rows = (text: string): MultiVector => [[text.length, 1, 0, 0]]
    const encoder = { model: 'mine', query: rows, documents: (texts: readonly string[]) => texts.map(rows) }
    const collection = await freshCollection(
      { vectors: { colbert }, sparse_vectors: { words: { modifier: 'idf' } } },
      { encoder },
    )
    // the only model that a server computes itself
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

// Matched rows on a real engine: quantized vectors, turbo4, shards with keys, points that change all the time.

import { describe, expect, it } from 'vitest'
import type { Hit, QuantizationConfig } from '../../../src/qdrant/index.js'
import { createRandom, freshCollection, isServer, type Packed, randomRows, since } from './support.js'

const DIM = 32

/** For each query row: the similarities with the rows of a document, in f64. */
const similarities = (query: Packed, document: Packed) =>
  Array.from({ length: query.data.length / DIM }, (_, i) =>
    Array.from({ length: document.data.length / DIM }, (_, j) => {
      let sum = 0
      for (let k = 0; k < DIM; k++) sum += query.data[i * DIM + k]! * document.data[j * DIM + k]!
      return sum
    }),
  )

/** Expects the best row for each query row, up to `error`. */
function expectBest(
  hits: readonly Hit[],
  query: Packed,
  documents: ReadonlyMap<unknown, Packed>,
  error: number,
) {
  expect(hits.length).toBeGreaterThan(0)
  for (const { id, matches } of hits) {
    const all = similarities(query, documents.get(id)!)
    expect(matches, `matches of ${id}`).toHaveLength(all.length)
    for (const [i, { row, similarity }] of matches!.entries()) {
      const place = `point ${id}, query row ${i}`
      expect(Math.max(...all[i]!) - all[i]![row]!, place).toBeLessThanOrEqual(2 * error)
      expect(Math.abs(all[i]![row]! - similarity), place).toBeLessThanOrEqual(error)
    }
  }
}

async function filled(vector: object = {}) {
  const random = createRandom(5)
  const colbert = { size: DIM, distance: 'Dot', ...vector } as const
  const collection = await freshCollection({ vectors: { colbert } })
  const documents = new Map(
    Array.from({ length: 60 }, (_, id) => [id, randomRows(random, 3 + (id % 6), DIM)]),
  )
  await collection.upsert(Array.from(documents, ([id, colbert]) => ({ id, vector: { colbert } })))
  return { collection, documents, query: randomRows(random, 6, DIM) }
}

describe('with_matches', () => {
  const quantizations: readonly (readonly [string, QuantizationConfig])[] = [
    ['scalar', { scalar: { type: 'int8', always_ram: true } }],
    ['binary', { binary: { always_ram: true } }],
    ['product', { product: { compression: 'x16', always_ram: true } }],
  ]
  it.each(quantizations)(
    'explains the stored rows of %s quantized vectors',
    async (_, quantization_config) => {
      const { collection, documents, query } = await filled({ quantization_config })
      for (const rescore of [false, true]) {
        const params = { quantization: { rescore } }
        expectBest(await collection.query(query, { with_matches: true, params }), query, documents, 1e-5)
      }
      const [best] = await collection.rerank(query, { with_matches: true, limit: 1 })
      const sum = best!.matches!.reduce((total, { contribution }) => total + contribution, 0)
      expect(sum).toBeCloseTo(best!.score, 5)
    },
  )

  it.runIf(isServer && since('1.19.0'))('explains the rows that turbo4 codes decode to', async () => {
    const { collection, documents, query } = await filled({ datatype: 'turbo4' })
    const hits = await collection.query(query, { with_matches: true })
    expectBest(hits, query, documents, 0.25)
    for (const { score, matches } of hits) {
      const sum = matches!.reduce((total, { contribution }) => total + contribution, 0)
      expect(Math.abs(sum - score)).toBeLessThan(0.5)
    }
  })

  it('explains hits of an unnamed vector, of a graph, and of several segments', async () => {
    const random = createRandom(9)
    const collection = await freshCollection({
      vectors: { size: DIM, distance: 'Dot', hnsw_config: { m: 8 } },
      optimizers_config: { default_segment_number: 3 },
    })
    const documents = new Map(Array.from({ length: 40 }, (_, id) => [id, randomRows(random, 4, DIM)]))
    await collection.upsert(Array.from(documents, ([id, vector]) => ({ id, vector })))
    const query = randomRows(random, 5, DIM)
    const options = { with_matches: true, limit: 15 } as const
    expectBest(await collection.query(query, options), query, documents, 1e-5)
    expectBest(await collection.rerank(query, options), query, documents, 1e-5)
    const [batch] = await collection.rerankBatch([
      { query, ...options },
      { query, rescore: 'server', ...options },
    ])
    expectBest(batch!, query, documents, 1e-5)
  })

  it.runIf(isServer)('explains hits that MMR chose', async () => {
    const { collection, documents, query } = await filled()
    const mmr = { nearest: query, mmr: { diversity: 0.7 } }
    expectBest(await collection.query(mmr, { with_matches: true }), query, documents, 1e-5)
  })

  it('never returns rows of another version of a point than its score', async () => {
    const { collection, query } = await filled()
    const random = createRandom(2)
    let isOver = false
    const write = async () => {
      while (!isOver) {
        const points = Array.from({ length: 10 }, (_, id) => ({
          id,
          vector: { colbert: randomRows(random, 5, DIM) },
        }))
        await collection.upsert(points)
      }
    }
    const writing = write()
    let explained = 0
    try {
      for (let round = 0; round < 60; round++) {
        const options = { with_matches: true, limit: 60 } as const
        const hits = [
          ...(await collection.query(query, options)),
          ...(round % 4 === 0 ? await collection.rerank(query, options) : []),
        ]
        for (const { id, score, matches } of hits) {
          if (!matches) continue
          explained++
          const sum = matches.reduce((total, { contribution }) => total + contribution, 0)
          expect(Math.abs(sum - score), `point ${id}`).toBeLessThan(1e-4)
        }
      }
    } finally {
      isOver = true
      await writing
    }
    expect(explained).toBeGreaterThan(1000)
  })
})

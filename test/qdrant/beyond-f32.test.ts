// Documents without a finite score: numbers that JSON writes as null, and sums beyond f32. `verify` names them, and all
// other calls refuse them with the id of the point.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MultiVector } from '../../src/index.js'
import {
  type CollectionConfig,
  createCollection,
  createLocalCopy,
  type QdrantCollection,
  sampleQueries,
  verify,
} from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const LARGE = 77
const query = [[20, 20]]
/** A first stage whose scores are finite. */
const prefetch = { query: [[0.1, 0.1]], filter: { must: [{ has_id: [1, LARGE] }] } }

/** Points whose scores are small, and a point whose score for `query` is beyond f32. */
const points = [
  ...Array.from({ length: 12 }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } })),
  { id: LARGE, vector: { colbert: [[3e38, 3e38]] } },
]

async function filled(distance = 'Dot'): Promise<QdrantCollection> {
  const vectors = { colbert: { size: 2, distance } } as CollectionConfig['vectors']
  const collection = await createCollection({ url: server.url }, 'c', { vectors }, { ifExists: 'recreate' })
  await collection.upsert(points)
  return collection
}

/** Stores a number that JSON cannot represent. */
function plantInfinity(): void {
  server.alter = ({ path }, result) => {
    const found = path.endsWith('/points') ? result : (result.points ?? [])
    for (const point of found) if (point.id === LARGE && point.vector) point.vector.colbert[0][1] = null
  }
}

describe('verify reports a point without a finite score, and no other fault', () => {
  it.each(['Dot', 'Euclid', 'Manhattan'])('if the score overflows: %s', async distance => {
    const collection = await filled(distance)
    for (const limit of [5, 100]) {
      const report = await verify(collection, [distance === 'Dot' ? query : [[1, 1]]], { limit })
      expect(report).toMatchObject({
        ok: false,
        disagreements: 0,
        order: [],
        missed: [],
        documents: [{ id: LARGE, fault: 'overflow' }],
        scanned: 13,
      })
      expect(report.checks.map(({ id }) => id)).not.toContain(LARGE)
    }
  })

  it('if points are not read, and if a stored number is not finite', async () => {
    const collection = await filled()
    expect(await verify(collection, [query], { scan: false })).toMatchObject({
      ok: false,
      hits: 9,
      documents: [{ id: LARGE, fault: 'overflow' }],
    })
    plantInfinity()
    expect(await verify(collection, [query])).toMatchObject({
      ok: false,
      missed: [],
      documents: [{ id: LARGE, fault: 'not finite', row: 0 }],
    })
  })

  it('with a score that only the server lost', async () => {
    const collection = await filled()
    await collection.delete([LARGE])
    server.alter = (_, result) => {
      for (const point of result.points ?? []) if (point.id === 4) point.score = null
    }
    expect(await verify(collection, [[[1, 1]]])).toMatchObject({
      ok: false,
      missed: [],
      documents: [{ id: 4, fault: 'overflow' }],
    })
  })

  it('in a store', async () => {
    const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
    const another = { ...points.at(-1)!, id: LARGE + 1 }
    await store.upsert([...points, another])
    const report = await verify(store, [[[1, 1]]], { limit: 20 })
    expect(report).toMatchObject({
      ok: false,
      hits: 12,
      missed: [],
      documents: [
        { id: LARGE, fault: 'overflow' },
        { id: LARGE + 1, fault: 'overflow' },
      ],
    })
    await store.close()
  })
})

describe('the id of a point without a finite score is in the error of', () => {
  const named = `point ${LARGE}`
  it.each<[string, RegExp, (collection: QdrantCollection) => unknown]>([
    ['query', /^the score of point 77 is beyond f32/, c => c.query(query)],
    ['queryBatch', /^the score of point 77 is beyond f32/, c => c.queryBatch([{ query }])],
    ['rerank', /^the score of point 77 is beyond f32/, c => c.rerank(query)],
    ['rerank of a prefetch', /^the score of "point 77" is beyond f32/, c => c.rerank(query, { prefetch })],
    [
      'a local copy',
      /^the score of point 77 is beyond f32/,
      async c => (await createLocalCopy(c)).query(query),
    ],
  ])('%s', async (_, message, call) => {
    const collection = await filled()
    await expect(async () => call(collection)).rejects.toThrow(message)
  })

  it.each<[string, (collection: QdrantCollection) => unknown]>([
    ['rerank of a prefetch', c => c.rerank([[1, 1]], { prefetch })],
    ['a local copy', c => createLocalCopy(c)],
  ])('%s, if a stored number is not finite', async (_, call) => {
    const collection = await filled()
    plantInfinity()
    await expect(async () => call(collection)).rejects.toThrow(
      `"${named}.data[1]" (row 0, column 1) expected a finite number, got NaN`,
    )
  })
})

it('a document with numbers that are not finite is no sample query', async () => {
  const collection = await filled()
  plantInfinity()
  const ids = (await sampleQueries(collection, 100)).map(({ id }) => id)
  expect(ids).toEqual(Array.from({ length: 12 }, (_, id) => id))
  const vectors: MultiVector[] = [[[1, 1]]]
  expect((await verify(collection, vectors)).documents).toEqual([{ id: LARGE, fault: 'not finite', row: 0 }])
})

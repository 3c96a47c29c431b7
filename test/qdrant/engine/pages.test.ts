// Documents of the size of a ColPali page, 1,030 x 128, which an encoder makes from file names.

import { expect, it } from 'vitest'
import { createCollection } from '../../../src/qdrant/index.js'
import { random, randomRows } from '../../support/random.js'
import { client, freshName } from './support.js'

it('stores, finds and reranks pages of 1,030 rows', async () => {
  const next = random(1030)
  const pages = Array.from({ length: 4 }, () => randomRows(next, 1030, 128, 0.1))
  const query = randomRows(next, 20, 128, 0.1)
  const encoder = {
    query: () => query,
    documents: (names: readonly string[]) => names.map(name => pages[Number.parseInt(name, 10)]!),
  }
  const name = freshName()
  const vectors = { pages: { size: 128, distance: 'Dot' } } as const
  const collection = await createCollection(client, name, { vectors }, { encoder })
  try {
    const report = await collection.upsert(
      pages.map((_, id) => ({ id, vector: { pages: { text: `${id}.png` } } })),
    )
    expect([report.points, report.rows]).toEqual([4, 4120])
    const question = { text: 'a chart of sales' }
    const hits = await collection.query(question, { limit: 4 })
    const here = await collection.rerank(question, { candidates: 4, limit: 4 })
    expect(here.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
    const [first] = await collection.retrieve([0], { with_vector: true })
    expect(first!.vector!.pages).toEqual(pages[0])
  } finally {
    await client.deleteCollection(name)
  }
})

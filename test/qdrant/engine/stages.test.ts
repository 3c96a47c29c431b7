// Two-stage presets on the engine. If every document is a candidate, they return the hits of exact search; otherwise those of
// exact search among the candidates.

import { describe, expect, it } from 'vitest'
import { meanFirst, muveraFirst, pageFirst, pooledFirst, type Stages } from '../../../src/stages/index.js'
import { random, randomRows } from '../../support/random.js'
import { freshCollection } from './support.js'

const DOCUMENTS = 60
const size = 16

const next = random(77)
// a page of 3 x 4 patches, with a row before and two after
const documents = Array.from({ length: DOCUMENTS }, () => randomRows(next, 15, size))
const query = randomRows(next, 5, size)

const presets: Readonly<Record<string, Stages>> = {
  meanFirst: meanFirst({ size }),
  'meanFirst with Cosine': meanFirst({ size, distance: 'Cosine' }),
  pooledFirst: pooledFirst({ size }),
  pageFirst: pageFirst({ size, rows: 3, columns: 4, prefix: 1 }),
  muveraFirst: muveraFirst({ size, kSim: 3, dimProj: 8, rReps: 10 }),
}

describe.each(Object.entries(presets))('%s', (_, stages) => {
  it('returns the hits of exact search among its candidates', async () => {
    const collection = await freshCollection({ vectors: stages.vectors })
    const points = documents.map((rows, id) => ({
      id,
      vector: stages.document(rows),
      payload: { parity: id % 2 === 0 ? 'even' : 'odd' },
    }))
    await collection.upsert(points)
    const exact = await collection.query(query, { using: 'full', limit: DOCUMENTS })
    const ids = (hits: readonly { readonly id: unknown }[]) => hits.map(({ id }) => id)

    expect(await collection.query(query, stages.query(query, { candidates: DOCUMENTS }))).toEqual(
      exact.slice(0, 10),
    )

    const found = await collection.query(query, stages.query(query, { limit: 5, candidates: 20 }))
    expect(found).toHaveLength(5)
    expect(ids(exact).filter(id => ids(found).includes(id))).toEqual(ids(found))

    const filter = { must: [{ key: 'parity', match: { value: 'even' } }] }
    const even = await collection.query(query, {
      ...stages.query(query, { limit: 10, candidates: DOCUMENTS / 2, filter }),
      with_payload: true,
    })
    expect(ids(even)).toEqual(
      ids(exact)
        .filter(id => Number(id) % 2 === 0)
        .slice(0, 10),
    )
    expect(even[0]!.payload).toEqual({ parity: 'even' })
  })
})

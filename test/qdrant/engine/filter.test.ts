// Filters of the store and of an engine without payload indexes select the same points, for random payloads and filters.

import { beforeAll, describe, expect, it } from 'vitest'
import type { Filter, Payload, PointId } from '../../../src/collection/collection.js'
import type { QdrantCollection } from '../../../src/qdrant/index.js'
import { parseTimestamp } from '../../../src/store/search/datetime.js'
import { createFilter } from '../../../src/store/search/filter.js'
import { moments, randomFilter, randomPayload } from '../../support/filters.js'
import { random } from '../../support/random.js'
import { freshCollection, isServer, kind, since } from './support.js'

const next = random(6)
const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
const points = Array.from({ length: 300 }, (_, index) => ({
  id: (index % 5 === 0 ? uuid(index) : index) as PointId,
  vector: { colbert: [[1, index]] },
  payload: randomPayload(next) as Payload,
}))
const ids = points.map(({ id }) => id)
let collection: QdrantCollection

beforeAll(async () => {
  collection = await freshCollection({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
  await collection.upsert(points)
})

async function passing(filter: Filter, from = collection): Promise<PointId[]> {
  const found: PointId[] = []
  for await (const { id } of from.scroll({ filter, with_payload: false })) found.push(id)
  return found.sort()
}

/**
 * An empty `should` inside of `nested` selects nothing, but a node does not forward it to another node: the result of a
 * cluster then depends on the node.
 */
const losesClauses = (filter: Filter) => JSON.stringify(filter).includes('"should":[]')

const ours = (filter: Filter) => {
  const test = createFilter(filter)
  return points
    .filter(({ id, payload }) => test(id, payload))
    .map(({ id }) => id)
    .sort()
}

// the engine in process has another version than the servers, and treats `is_null` differently
describe.skipIf(!isServer)('a store and a server select the same points', () => {
  it('with random filters of every kind', async () => {
    let passed = 0
    for (let round = 0; round < 500; round++) {
      const filter = randomFilter(next, ids, since('1.19.0'))
      if (kind === 'cluster' && losesClauses(filter)) continue
      const found = ours(filter)
      expect(await passing(filter), JSON.stringify(filter)).toEqual(found)
      if (found.length > 0 && found.length < points.length) passed++
    }
    // filters that select no points or all points prove little
    expect(passed).toBeGreaterThan(150)
  })

  it('with ranges of timestamps in any notation', async () => {
    const written = moments(next, 400)
    const each = written.map((at, index) => ({ id: index, vector: { colbert: [[1, 1]] }, payload: { at } }))
    const dated = await freshCollection({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
    await dated.upsert(each)
    for (const bound of moments(next, 60)) {
      const filter = { must: { key: 'at', range: { gte: bound } } }
      if (parseTimestamp(bound) === undefined) {
        await expect(passing(filter, dated), bound).rejects.toThrow('datetime')
        expect(() => createFilter(filter), bound).toThrow('datetime')
      } else {
        const test = createFilter(filter)
        const found = each.filter(({ id, payload }) => test(id, payload)).map(({ id }) => id)
        const texts = (list: readonly PointId[]) => list.map(id => written[id as number]).sort()
        expect(texts(await passing(filter, dated)), bound).toEqual(texts(found))
      }
    }
  })
})

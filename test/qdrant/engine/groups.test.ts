// Groups with the points that have their ids in another collection.

import { expect, it } from 'vitest'
import { freshCollection, isServer } from './support.js'

// the engine in process has no groups
it.runIf(isServer)('looks up the point with the id of each group in another collection', async () => {
  const documents = await freshCollection({
    vectors: { dense: { size: 2, distance: 'Dot', multivector_config: null } },
  })
  await documents.upsert([
    { id: 10, vector: { dense: [1, 2] }, payload: { title: 'ten', pages: 2 } },
    { id: 30, vector: { dense: [3, 4] } },
  ])
  const pages = await freshCollection({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
  await pages.upsert(
    [10, 10, 20, 30].map((document, id) => ({
      id,
      vector: { colbert: [[9 - id, 0]] },
      payload: { document },
    })),
  )
  const group_by = 'document'
  const groups = await pages.queryGroups([[1, 0]], { group_by, with_lookup: documents.name })
  expect(groups.map(({ id, hits, lookup }) => [id, hits.length, lookup])).toEqual([
    [10, 2, { id: 10, payload: { title: 'ten', pages: 2 } }],
    [20, 1, undefined],
    [30, 1, { id: 30, payload: {} }],
  ])
  const with_lookup = { collection: documents.name, with_payload: ['title'], with_vectors: true } as const
  const [group] = await pages.queryGroups([[1, 0]], { group_by, limit: 1, with_lookup, with_vector: true })
  expect(group!.lookup).toEqual({
    id: 10,
    payload: { title: 'ten' },
    vector: { dense: Float32Array.of(1, 2) },
  })
  expect(group!.hits[1]!.vector).toEqual({ colbert: { data: Float32Array.of(8, 0), dim: 2 } })
  await expect(pages.queryGroups([[1, 0]], { group_by, with_lookup: 'nope' })).rejects.toThrow(
    'Collection nope not found',
  )
})

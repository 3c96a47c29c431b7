// What a salvaging store returns when a call is the first to meet the damage: never the damaged point.

import { expect, it } from 'vitest'
import { type Store, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

const vectors = {
  colbert: { size: 2, distance: 'Dot' },
  dense: { size: 1, distance: 'Dot', multivector_config: null },
} as const
const IDS = [1, 2, 3, 4, 5]

/** The files of a store in which the rows, or the payload, of point 3 are damaged; nothing for another extension. */
async function damagedFiles(extension: string): Promise<Files> {
  const { files, ...folder } = createMemoryFolder()
  const store = await createSmallSegments({ ...folder }, vectors, 1e6)
  await store.upsert(IDS.map(id => ({ id, vector: { colbert: [[id, 1]], dense: [id] }, payload: { n: id } })))
  await store.close()
  const name = `000001.${extension}`
  const bytes = files.get(name)?.slice()
  if (!bytes) return files
  const at = bytes.length >> 1
  bytes[at] = bytes[at]! ^ 1
  return files.set(name, bytes)
}

const all = { must: [{ key: 'n', range: { gte: 0 } }] }
type FirstCall = (store: Store) => Promise<readonly { readonly id: unknown }[]>
const scrolled = async (store: Store, options: object) => {
  const points = []
  for await (const point of store.scroll(options)) points.push(point)
  return points
}
const ofRows: readonly (readonly [string, FirstCall])[] = [
  // of at most four points: a damaged one does not take the place of another
  ['query', store => store.query([[1, 1]], { limit: 4 })],
  [
    'second query, which loads the vectors into memory',
    async store => {
      await store.query([[1, 1]], { filter: { must: [{ has_id: [1, 2] }] } })
      return store.query([[1, 1]], { limit: 4 })
    },
  ],
  ['retrieve', store => store.retrieve(IDS, { with_vector: true })],
  ['scroll', store => scrolled(store, { with_vector: true })],
  ['query without a vector', store => store.query(undefined, { with_vector: true })],
  [
    'compaction',
    async store => {
      await store.delete([5])
      await store.compact()
      return [...(await store.retrieve(IDS, { with_vector: true })), { id: 5 }]
    },
  ],
]
const ofPayloads: readonly (readonly [string, FirstCall])[] = [
  ['query', store => store.query([[1, 1]], { with_payload: true })],
  ['query with a filter', store => store.query([[1, 1]], { filter: all })],
  ['retrieve', store => store.retrieve(IDS)],
  ['scroll', store => scrolled(store, {})],
  [
    'scroll with a filter that no payload has to pass',
    store => scrolled(store, { filter: { must_not: [{ key: 'n', match: { value: 9 } }] } }),
  ],
  [
    'count with a filter',
    async store => {
      expect(await store.count(all)).toBe(4)
      return store.query([[1, 1]])
    },
  ],
  [
    'count with a filter that no payload has to pass',
    async store => {
      expect(await store.count({ must_not: [{ key: 'n', match: { value: 9 } }] })).toBe(4)
      return store.query([[1, 1]])
    },
  ],
]
const cases = [
  ...ofRows.map(([name, call]) => ['0.rows', name, call] as const),
  ...ofPayloads.map(([name, call]) => ['payloads', name, call] as const),
]

it.each(cases)('leaves out a point with damaged %s that a %s finds', async (extension, _, call) => {
  const files = await damagedFiles(extension)
  const plain = await openStoreIn(createMemoryFolder(new Map(files)))
  await expect(call(plain)).rejects.toThrow(StoreDamageError)
  await plain.close()
  const folder = createMemoryFolder(files)
  const store = await openStoreIn(folder, { salvage: true })
  const found = await call(store)
  expect(found.map(({ id }) => id).sort()).toEqual([1, 2, 4, 5])
  expect(await store.retrieve([3])).toEqual([])
  const { damage } = await store.info()
  expect(damage.map(({ file, id }) => [file, id])).toEqual([[`000001.${extension}`, 3]])
  await store.compact()
  await store.close()
  const again = await openStoreIn(folder)
  expect(await again.retrieve([3])).toEqual([])
  expect((await again.info()).dead).toBe(0)
  await again.close()
})

it('finds damage that nothing has read yet when it compacts, in segments without dead points too', async () => {
  for (const extension of ['0.rows', '1.rows', 'payloads']) {
    const folder = createMemoryFolder(await damagedFiles(extension))
    // so small that the segment counts as full
    const store = await openStoreIn(folder, { salvage: true, segmentBytes: 10 })
    await store.compact()
    await store.close()
    const again = await openStoreIn(folder)
    expect((await again.query([[1, 1]], { with_payload: true })).map(({ id }) => id)).toEqual([5, 4, 2, 1])
    await again.close()
  }
})

it('changes each point with its own vectors and payload, and leaves out a damaged one', async () => {
  for (const extension of ['0.rows', '1.rows', 'payloads']) {
    const store = await openStoreIn(createMemoryFolder(await damagedFiles(extension)), { salvage: true })
    await store.setPayload({ must: [{ has_id: IDS }] }, { isChanged: true })
    expect(await store.retrieve(IDS, { with_vector: true }), `damage of ${extension}`).toEqual(
      [1, 2, 4, 5].map(id => ({
        id,
        vector: { colbert: { data: Float32Array.of(id, 1), dim: 2 }, dense: Float32Array.of(id) },
        payload: { n: id, isChanged: true },
      })),
    )
    await store.close()
  }
})

it('takes damage of a deleted point for none, however its rows and payload are read', async () => {
  for (const extension of ['0.rows', 'payloads']) {
    const sound = await damagedFiles(extension)
    for (const memory of [0, '1 MB']) {
      const folder = createMemoryFolder(new Map(sound))
      const store = await openStoreIn(folder, { memory })
      await store.delete([3])
      for (let round = 0; round < 3; round++) {
        const hits = await store.query([[1, 1]], { filter: all, with_payload: true, with_vector: true })
        expect(
          hits.map(({ id }) => id),
          `${extension}, memory ${memory}, round ${round}`,
        ).toEqual([5, 4, 2, 1])
        expect(await store.query([[1, 1]])).toHaveLength(4)
      }
      expect((await store.info()).damage).toEqual([])
      await store.compact()
      await store.close()
      const again = await openStoreIn(folder)
      expect(await again.query([[1, 1]], { with_payload: true, with_vector: true })).toHaveLength(4)
      await again.close()
    }
  }
})

it('keeps exactly the points that are whole in a file that is cut at, before or after the end of one', async () => {
  for (const [extension, itemBytes] of [
    ['0.rows', 8],
    ['1.rows', 4],
    ['payloads', '{"n":1}'.length],
  ] as const) {
    const sound = await damagedFiles('none')
    const name = `000001.${extension}`
    const bytes = sound.get(name)!
    expect(bytes.length).toBe(IDS.length * itemBytes)
    const ends = [0, ...IDS].flatMap(points => [-1, 0, 1].map(more => points * itemBytes + more))
    for (const size of ends.filter(end => end >= 0 && end < bytes.length)) {
      const files = new Map(sound).set(name, bytes.slice(0, size))
      const store = await openStoreIn(createMemoryFolder(files), { salvage: true, readOnly: true })
      const whole = IDS.slice(0, Math.floor(size / itemBytes))
      const found = await scrolled(store, { with_vector: true })
      expect(
        found.map(({ id }) => id),
        `${name} cut to ${size} bytes`,
      ).toEqual(whole)
      const { damage } = await store.info()
      expect(damage.map(({ file, offset }) => [file, offset])).toEqual([[name, size]])
      await store.close()
    }
  }
})

it('reports a payload that differs from what was written, although it is JSON', async () => {
  const files = await damagedFiles('none')
  const json = new TextDecoder().decode(files.get('000001.payloads')).replace('{"n":3}', '{"n":7}')
  files.set('000001.payloads', new TextEncoder().encode(json))
  const plain = await openStoreIn(createMemoryFolder(new Map(files)))
  const problem =
    /000001\.payloads \(segment 1\) at byte 14: the payload does not match its checksum, point 3/
  await expect(plain.retrieve([3])).rejects.toThrow(problem)
  await expect(plain.count(all)).rejects.toThrow(problem)
  await plain.close()
  const store = await openStoreIn(createMemoryFolder(files), { salvage: true })
  expect(await store.count(all)).toBe(4)
  expect(await store.retrieve(IDS)).toEqual([1, 2, 4, 5].map(id => ({ id, payload: { n: id } })))
  await store.close()
})

it('reads the payloads of only those points whose ids a filter requires', async () => {
  const store = await openStoreIn(createMemoryFolder(await damagedFiles('payloads')), { salvage: true })
  expect(await store.count({ must: [...all.must, { has_id: [1, 2] }] })).toBe(2)
  expect((await store.info()).damage).toEqual([])
  expect(await store.count({ must: [{ has_id: [2, 3] }, ...all.must] })).toBe(1)
  expect((await store.info()).damage).toHaveLength(1)
  await store.close()
})

it('returns no group whose only point is damaged', async () => {
  const store = await openStoreIn(createMemoryFolder(await damagedFiles('0.rows')), { salvage: true })
  const options = { using: 'dense', group_by: 'n', with_vector: true }
  const groups = await store.queryGroups([1], options)
  expect(groups.map(({ id, hits }) => [id, hits.length])).toEqual([
    [5, 1],
    [4, 1],
    [2, 1],
    [1, 1],
  ])
  await store.close()
})

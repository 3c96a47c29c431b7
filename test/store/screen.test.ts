// The int8 copies of float32 vectors: results are the exact ranking in f32, bit for bit, whatever happened to the store
// and to the copies; most rows are not read; and damage of a copy costs speed only.

import { expect, it } from 'vitest'
import { createScorer, type FlatMultiVector } from '../../src/index.js'
import { createStore, openStore, type Store, type StoreVectorConfig } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder, createSmallSegments, type Files, type MemoryFolder } from './memory-folder.js'

const { closing, freshPath } = temporaryStores()

/** Makes documents whose rows are near one of a few topics, as those of a model are. */
function topics(next: Random, dim: number) {
  const centres = Array.from({ length: 40 }, () => randomRows(next, 1, dim).data)
  return (rows: number): FlatMultiVector => {
    const { data } = randomRows(next, rows, dim, 0.3)
    const centre = pick(next, centres)
    return { data: data.map((x, i) => x + centre[i % dim]!), dim }
  }
}

interface Found {
  readonly ranked: readonly (readonly [id: unknown, score: number])[]
  readonly bytes: number
}

async function search(store: Store, query: FlatMultiVector, options: object = {}): Promise<Found> {
  let bytes = 0
  const hits = await store.query(query, {
    using: 'v',
    ...options,
    onCost: ({ bytesReceived }) => {
      bytes = bytesReceived
    },
  })
  return { ranked: hits.map(({ id, score }) => [id, score]), bytes }
}

const pointsOf = (documents: readonly FlatMultiVector[]) =>
  documents.map((v, id) => ({ id, vector: { v }, payload: { n: id % 7 } }))

it.each(['Dot', 'Cosine'] as const)(
  'ranks as a store without copies after any changes, with every memory and number of segments (%s)',
  async distance => {
    const next = random(11)
    const dim = 20
    const nearTopics = topics(next, dim)
    const vector = { size: dim, distance } as const
    const vectorsOf = (screen: 'i8' | 'off') => ({ v: { ...vector, screen }, other: vector }) as const
    for (const segmentBytes of [9000, 1e6]) {
      const folders = [createMemoryFolder(), createMemoryFolder()]
      const stores = [
        await createSmallSegments(folders[0]!, vectorsOf('i8'), segmentBytes),
        await createSmallSegments(folders[1]!, vectorsOf('off'), segmentBytes),
      ]
      const document = () =>
        next() < 0.7 ? nearTopics(between(next, 1, 5)) : randomRows(next, between(next, 1, 4), dim)
      // equal documents at different ids, which do not increase with slots
      const documents = Array.from({ length: 12 }, document)
      const changed = () => (next() < 0.2 ? pick(next, documents) : document())
      const both = async (change: (store: Store) => Promise<unknown>) => {
        for (const store of stores) await change(store)
      }
      for (let round = 0; round < 10; round++) {
        const points = Array.from({ length: 40 }, () => ({
          id: between(next, 0, 300),
          vector: next() < 0.1 ? { other: document() } : { v: changed(), other: document() },
          payload: { n: between(next, 0, 6) },
        }))
        const ids = points.map(({ id }) => id)
        await both(store => store.upsert(points, { batchPoints: 16 }))
        if (round % 4 === 1) await both(store => store.delete(ids.slice(0, 9)))
        if (round % 4 === 2) await both(store => store.deleteVectors(ids.slice(3, 7), ['v']))
        if (round % 4 === 3) {
          const updates = [...new Set(ids)].slice(0, 8).map(id => ({ id, vector: { v: changed() } }))
          await both(store => store.updateVectors(updates))
          await both(store => store.setPayload(ids.slice(10, 20), { n: 3 }))
        }
        if (round % 5 === 4) await both(store => store.compact())
        if (round % 3 === 2) {
          const memory = pick(next, [0, 3000, 20_000, 1e9])
          for (const [i, store] of stores.entries()) {
            await store.close()
            stores[i] = await openStoreIn(folders[i]!, { memory, segmentBytes })
          }
        }
        for (let i = 0; i < 4; i++) {
          const query = next() < 0.7 ? nearTopics(between(next, 1, 6)) : randomRows(next, 3, dim)
          const options = {
            limit: pick(next, [1, 3, 10, 40]),
            ...(next() < 0.3 && { filter: { must: [{ key: 'n', range: { gte: 2 } }] } }),
            ...(next() < 0.2 && { offset: 2, score_threshold: 0.5 }),
            ...(next() < 0.2 && { prefetch: { query: nearTopics(2), using: 'other', limit: 60 } }),
          }
          const [found, wanted] = [
            await search(stores[0]!, query, options),
            await search(stores[1]!, query, options),
          ]
          expect(found.ranked, `round ${round}, query ${i}, ${JSON.stringify(options)}`).toEqual(
            wanted.ranked,
          )
        }
      }
      expect((await stores[0]!.info()).damage).toEqual([])
      await both(store => store.close())
    }
  },
)

it('reads a little more than the copy when it is cold, and returns the ranking of a scorer', async () => {
  const next = random(21)
  const document = topics(next, 64)
  const documents = Array.from({ length: 3000 }, () => document(8))
  const path = freshPath()
  const writer = await createStore({ path, vectors: { v: { size: 64, distance: 'Dot' } } })
  await writer.upsert(pointsOf(documents))
  await writer.close()
  const scorer = await createScorer()
  const store = closing(await openStore(path, { readOnly: true, memory: 0 }))
  const { bytes, copy } = (await store.info()).vectors.v!
  expect({ bytes, copy }).toEqual({ bytes: 3000 * 8 * 64 * 4, copy: { bytes: 3000 * 8 * 64, resident: 0 } })
  for (let i = 0; i < 5; i++) {
    const query = document(between(next, 1, 12))
    const found = await search(store, query)
    const wanted = scorer.rank(query, documents, { limit: 10 })
    expect(found.ranked).toEqual(wanted.map(({ index, score }) => [index, score]))
    expect(found.bytes / bytes, `share of the bytes that query ${i} reads`).toBeLessThan(0.29)
  }
})

it('reads all rows, and little more, of documents that copies do not tell apart', async () => {
  const next = random(22)
  const path = freshPath()
  const store = closing(
    await createStore({ path, memory: 0, vectors: { v: { size: 128, distance: 'Dot' } } }),
  )
  const { data } = randomRows(next, 16, 128)
  const document = () => ({ data: data.map(x => x + 1e-4 * next()), dim: 128 })
  await store.upsert(pointsOf(Array.from({ length: 1500 }, document)))
  const { bytes } = (await store.info()).vectors.v!
  const { bytes: read } = await search(store, randomRows(next, 24, 128))
  expect(read / bytes).toBeLessThan(1.02)
  expect(read).toBeGreaterThanOrEqual(bytes)
})

it('keeps copies in memory before rows, also where rows were there first', async () => {
  const next = random(23)
  const document = topics(next, 32)
  const documents = Array.from({ length: 800 }, () => document(4))
  const path = freshPath()
  const copyBytes = 800 * 4 * 32
  const store = closing(
    await createStore({ path, memory: copyBytes + 20_000, vectors: { v: { size: 32, distance: 'Dot' } } }),
  )
  const residentAfter = async (queries: number) => {
    for (let i = 0; i < queries; i++) await search(store, document(3))
    const { memory, vectors } = await store.info()
    const { resident, copy } = vectors.v!
    expect(memory.resident).toBe(resident + copy!.resident)
    return { rows: resident, copies: copy!.resident }
  }
  await store.upsert(pointsOf(documents).slice(0, 200))
  expect(await residentAfter(1), 'the first query streams').toEqual({ rows: 0, copies: 0 })
  const { rows } = await residentAfter(2)
  expect(rows, 'the rest of the memory has rows').toBeGreaterThan(80_000)
  await store.upsert(pointsOf(documents).slice(200))
  expect(await residentAfter(3)).toMatchObject({ copies: copyBytes })
  const { bytes } = await search(store, document(3))
  expect(bytes, 'bytes of rows that are read then').toBeLessThan(0.2 * 4 * copyBytes)
})

it('has no copy of vectors that need none, and those that configure none', async () => {
  const store = closing(
    await createStore({
      vectors: {
        dot: { size: 2, distance: 'Dot' },
        cosine: { size: 2, distance: 'Cosine', multivector_config: null },
        off: { size: 2, distance: 'Dot', screen: 'off' },
        euclid: { size: 2, distance: 'Euclid' },
        half: { size: 2, distance: 'Dot', datatype: 'float16', screen: 'off' },
      },
    }),
  )
  const { vectors } = await store.info()
  expect(Object.keys(vectors).filter(name => vectors[name]!.copy)).toEqual(['dot', 'cosine'])
  expect(Object.values(store.config.vectors).map(({ screen }) => screen)).toEqual([
    'i8',
    'i8',
    ...Array(3).fill(undefined),
  ])
})

const wrongScreens: readonly (readonly [Partial<StoreVectorConfig>, string])[] = [
  [{ screen: 'i16' as 'i8' }, '"vectors.v.screen" expected one of i8, off, got "i16"'],
  [
    { screen: 'i8', datatype: 'uint8' },
    '"vectors.v.screen" i8 supports float32 with the distances Dot and Cosine, got uint8 and Dot; omit it',
  ],
  [
    { screen: 'i8', distance: 'Manhattan' },
    '"vectors.v.screen" i8 supports float32 with the distances Dot and Cosine, got float32 and Manhattan; omit it',
  ],
]
it.each(wrongScreens)('refuses the screen of %o', async (vector, message) => {
  const config = { size: 2, distance: 'Dot', ...vector } as StoreVectorConfig
  await expect(createStore({ vectors: { v: config } })).rejects.toThrow(message)
})

it('opens a store without copies, which other versions read, and keeps it as it is', async () => {
  const vectors = { v: { size: 2, distance: 'Dot' } } as const
  const path = freshPath()
  const old = await createStore({ path, vectors: { v: { ...vectors.v, screen: 'off' } } })
  await old.upsert(pointsOf(Array.from({ length: 60 }, (_, i) => ({ data: Float32Array.of(i, 1), dim: 2 }))))
  await old.close()
  const store = await createStore({ path, vectors, ifExists: 'reuse' })
  await store.delete([3])
  await store.compact()
  expect((await search(store, { data: Float32Array.of(1, 0), dim: 2 }, { limit: 2 })).ranked).toEqual([
    [59, 59],
    [58, 58],
  ])
  expect((await store.info()).vectors.v!.copy).toBeUndefined()
  await store.close()
  const folder = createMemoryFolder()
  await (await createSmallSegments(folder, { v: { ...vectors.v, screen: 'off' } }, 1e6)).close()
  const text = new TextDecoder().decode(folder.files.get('manifest'))
  expect(text.slice(0, 16)).toBe('maxsimd store 1 ')
  expect(text).not.toContain('screen')
  expect([...folder.files.keys()].filter(name => name.endsWith('.int8'))).toEqual([])
})

/** A closed store of two segments, whose query finds points 5, 40 and 3. */
async function writtenStore(): Promise<{ readonly folder: MemoryFolder; readonly files: Files }> {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, { v: { size: 4, distance: 'Dot' } }, 700)
  const scoreOf = (id: number) => ({ 5: 9, 40: 8, 3: 7 })[id] ?? 1 / (id + 1)
  const points = Array.from({ length: 60 }, (_, id) => ({
    id,
    vector: { v: [[scoreOf(id), id, 0, 0]] },
    payload: { id },
  }))
  await store.upsert(points.slice(0, 30))
  await store.upsert(points.slice(30))
  await store.close()
  return { folder, files: folder.files }
}

const axis: FlatMultiVector = { data: Float32Array.of(1, 0, 0, 0), dim: 4 }
const best = [
  [5, 9],
  [40, 8],
  [3, 7],
]

it('answers from the rows where a copy is damaged, cut off or missing, and a compaction makes it again', async () => {
  const { files } = await writtenStore()
  expect(new TextDecoder().decode(files.get('manifest')), 'for versions without copies').toMatch(
    /^maxsimd store 2 /,
  )
  const copies = [...files].filter(([name]) => name.endsWith('.int8'))
  expect(copies.map(([name, { length }]) => [name, length])).toEqual([
    ['000001.0.int8', 120],
    ['000002.0.int8', 120],
  ])
  const [name, bytes] = copies[0]!
  const damages: (Uint8Array | undefined)[] = [undefined]
  // a prime number, so that all parts of documents of four bytes are damaged
  // and those that points 3 and 5 are found by
  for (const at of [12, 20, ...Array.from({ length: 11 }, (_, i) => 11 * i)]) {
    const flipped = bytes.slice()
    flipped[at] = flipped[at]! ^ 0x80
    damages.push(flipped, bytes.slice(0, at))
  }
  for (const [i, damage] of damages.entries()) {
    const place = `damage ${i}`
    const damaged = new Map(files)
    if (damage) damaged.set(name, damage)
    else damaged.delete(name)
    const folder = createMemoryFolder(damaged)
    const memory = pick(random(i), [0, 1e6])
    for (const readOnly of [true, false]) {
      const store = await openStoreIn(folder, { readOnly, memory, kernel: 'simd' })
      for (let round = 0; round < 3; round++) {
        expect((await search(store, axis, { limit: 3 })).ranked, place).toEqual(best)
      }
      const { damage: reported, points } = await store.info()
      expect(points, place).toBe(60)
      expect(
        reported.map(({ file, segment }) => [file, segment]),
        place,
      ).toContainEqual([name, 1])
      if (!readOnly) {
        await store.upsert([{ id: 99, vector: { v: [[0.5, 0, 0, 0]] } }])
        await store.compact()
        expect((await search(store, axis, { limit: 3 })).ranked, place).toEqual(best)
      }
      await store.close()
    }
    const again = await openStoreIn(folder, { kernel: 'simd' })
    expect((await search(again, axis, { limit: 3 })).ranked, place).toEqual(best)
    expect((await again.info()).damage, place).toEqual([])
    await again.close()
  }
})

it('finds other points in place of those whose rows are damaged, which excluded them', async () => {
  const { files } = await writtenStore()
  const name = '000001.0.rows'
  const bytes = files.get(name)!.slice()
  for (const id of [5, 3]) bytes[16 * id] = bytes[16 * id]! ^ 1
  const folder = createMemoryFolder(new Map(files).set(name, bytes))
  const plain = await openStoreIn(folder, { readOnly: true })
  await expect(search(plain, axis, { limit: 3 })).rejects.toThrow(
    'the rows of "v" do not match their checksum',
  )
  await plain.close()
  for (const filter of [undefined, { must: [{ key: 'id', range: { gte: 0 } }] }]) {
    const store = await openStoreIn(folder, { readOnly: true, salvage: true })
    expect((await search(store, axis, { limit: 3, filter })).ranked).toEqual([
      [40, 8],
      [0, 1],
      [1, 0.5],
    ])
    await store.close()
  }
})

it('ranks points of later segments if the first has fewer, and better ones, than are wanted', async () => {
  const store = await createSmallSegments(createMemoryFolder(), { v: { size: 2, distance: 'Dot' } }, 10)
  const pointOf = (id: number, score: number) => ({ id, vector: { v: [[score, 1]] } })
  await store.upsert([pointOf(1, 900), pointOf(2, 800)])
  for (let id = 10; id < 60; id += 10) {
    await store.upsert(Array.from({ length: 10 }, (_, i) => pointOf(id + i, 100 - id - i)))
  }
  expect((await store.info()).segments).toBe(6)
  const { ranked } = await search(store, { data: Float32Array.of(1, 0), dim: 2 }, { limit: 5 })
  expect(ranked.map(([id]) => id)).toEqual([1, 2, 10, 11, 12])
  await store.close()
})

it('never keeps the copy of a vector in memory that is to stay on the disk', async () => {
  const path = freshPath()
  const vectors = { v: { size: 2, distance: 'Dot', on_disk: true } } as const
  const store = closing(await createStore({ path, vectors }))
  await store.upsert(
    pointsOf(Array.from({ length: 50 }, (_, i) => ({ data: Float32Array.of(i, 1), dim: 2 }))),
  )
  for (let i = 0; i < 3; i++) await search(store, { data: Float32Array.of(1, 0), dim: 2 }, { limit: 2 })
  expect((await store.info()).memory.resident).toBe(0)
})

it('refuses a score that f32 cannot hold, also of a point that is not among the best', async () => {
  const points = pointsOf(
    Array.from({ length: 50 }, (_, i) => {
      return { data: i === 33 ? Float32Array.of(-3e38, -3e38) : Float32Array.of(i, 1), dim: 2 }
    }),
  )
  for (const screen of ['i8', 'off'] as const) {
    const store = closing(await createStore({ vectors: { v: { size: 2, distance: 'Dot', screen } } }))
    await store.upsert(points)
    await expect(
      search(store, { data: Float32Array.of(1, 1), dim: 2 }, { limit: 2 }),
      screen,
    ).rejects.toThrow('the score of point 33 is beyond f32')
  }
})

it('scores numbers that are too large for a screen', async () => {
  const store = closing(await createStore({ vectors: { v: { size: 2, distance: 'Dot' } } }))
  await store.upsert(
    pointsOf(Array.from({ length: 50 }, (_, i) => ({ data: Float32Array.of(i * 1e30, 1), dim: 2 }))),
  )
  const { ranked } = await search(store, { data: Float32Array.of(1, 0), dim: 2 }, { limit: 2 })
  expect(ranked.map(([id]) => id)).toEqual([49, 48])
})

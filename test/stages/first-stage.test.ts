// The first stage of a store in a folder: it is added in place, used by queries, kept by changes, and refused if its file
// is damaged.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Prefetch, QueryOptions } from '../../src/collection/search-options.js'
import type { FlatMultiVector } from '../../src/index.js'
import {
  addFirstStage,
  fitLemur,
  readFirstStage,
  removeFirstStage,
  withFirstStage,
  writeFirstStage,
} from '../../src/stages/index.js'
import { stagedServerQuery } from '../../src/stages/stored/first-stage.js'
import { encodeStage } from '../../src/stages/stored/stage-file.js'
import { openStagedStore } from '../../src/stages/stored/stored-stages.js'
import { createStore, openStore, rebuildStore } from '../../src/store/index.js'
import { temporaryStores } from '../store/folders.js'
import { openFilesBelow } from '../support/open-files.js'
import { random } from '../support/random.js'

const DIM = 12
const DOCUMENTS = 300
const { closing, freshPath } = temporaryStores()

/** Documents of three rows near some of 40 topics. */
function createDocuments(count: number, seed: number): FlatMultiVector[] {
  const next = random(seed)
  const normal = () => next() + next() + next() - 1.5
  const topics = Array.from({ length: 40 }, () => Array.from({ length: DIM }, normal))
  return Array.from({ length: count }, () => {
    const rows = Array.from({ length: 3 }, () => topics[Math.floor(40 * next())]!)
    return { data: Float32Array.from(rows.flat(), value => value + 0.4 * normal()), dim: DIM }
  })
}

const documents = createDocuments(DOCUMENTS, 1)
const queries = createDocuments(20, 2)

async function createCorpus(distance: 'Dot' | 'Cosine' = 'Dot'): Promise<string> {
  const path = freshPath()
  const store = await createStore({ path, vectors: { colbert: { size: DIM, distance } } })
  await store.upsert(
    documents.map((colbert, id) => ({ id, vector: { colbert }, payload: { even: id % 2 === 0 } })),
  )
  await store.close()
  return path
}

const openStaged = async (path: string, readOnly = false) =>
  closing(await withFirstStage(await openStore(path, { readOnly })))

const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error.message,
  )

const idsOf = (hits: readonly { readonly id: unknown }[]) => hits.map(({ id }) => id)

it.each(['Dot', 'Cosine'] as const)('searches in two stages, with exact scores, for %s', async distance => {
  const path = await createCorpus(distance)
  const settings = await addFirstStage(path, { size: 32, candidates: 100 })
  expect(settings).toMatchObject({ stage: 'lemur', using: 'colbert', candidates: 100, documents: DOCUMENTS })
  const store = await openStaged(path, true)
  expect(store.config.vectors[settings.vector]).toMatchObject({ size: 32, datatype: 'i8', distance: 'Dot' })
  let found = 0
  for (const query of queries) {
    const exact = await store.query(query, { params: { exact: true } })
    const staged = await store.query(query)
    const scores = new Map(exact.map(({ id, score }) => [id, score]))
    for (const { id, score } of staged) {
      if (!scores.has(id)) continue
      found++
      expect(score).toBe(scores.get(id))
    }
    const filter = { must: [{ key: 'even', match: { value: true } }] }
    const even = await store.query(query, { filter, limit: 3, offset: 2, with_payload: true })
    expect(even).toHaveLength(3)
    for (const { payload } of even) expect(payload).toEqual({ even: true })
    // results far down get candidates in proportion
    const late = { limit: 5, offset: 290 }
    expect(idsOf(await store.query(query, late))).toEqual(
      idsOf(await store.query(query, { ...late, params: { exact: true } })),
    )
  }
  expect(found / (10 * queries.length)).toBeGreaterThan(0.9)
  // few candidates find fewer: the first stage is really used
  await store.close()
  await addFirstStage(path, { size: 16, candidates: 10 })
  const few = await openStaged(path)
  const shares: number[] = []
  for (const query of queries) {
    const exact = new Set(idsOf(await few.query(query, { params: { exact: true } })))
    shares.push(idsOf(await few.query(query)).filter(id => exact.has(id)).length / 10)
  }
  expect(Math.min(...shares)).toBeLessThan(0.9)
})

it('makes the vectors of points that are inserted, changed and deleted', async () => {
  const path = await createCorpus()
  const { vector } = await addFirstStage(path, { size: 16 })
  const store = await openStaged(path)
  const more = createDocuments(40, 5)
  await store.upsert([{ id: 1000, vector: { colbert: more[0]! } }])
  await store.upsert(
    new Map(more.slice(1).map((colbert, i) => [i, { id: 1001 + i, vector: { colbert } }])).values(),
  )
  expect(await store.firstStage!.missing()).toBe(0)
  expect((await store.query(more[5]!, { limit: 1 }))[0]!.id).toBe(1005)
  const [before] = await store.retrieve([7], { with_vector: [vector] })
  await store.updateVectors([{ id: 7, vector: { colbert: more[9]! } }])
  const [after] = await store.retrieve([7], { with_vector: [vector] })
  expect(after).not.toEqual(before)
  await store.deleteVectors([8], ['colbert'])
  const [without] = await store.retrieve([8], { with_vector: true })
  expect(without!.vector).toEqual({})
  expect(await store.firstStage!.missing()).toBe(0)
  await store.compact()
  expect((await store.query(more[9]!, { limit: 2 })).map(({ id }) => id)).toContain(7)
})

it('begins the queries of a batch with the stage, with the options of each', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean', candidates: 10 })
  const store = await openStaged(path)
  const batch = queries.map((query, i) => ({ query, limit: 1 + (i % 5) }))
  const found = await store.queryBatch(batch)
  const one = await Promise.all(batch.map(({ query, limit }) => store.query(query, { limit })))
  expect(found).toEqual(one)
  const exact = batch.map(({ query, limit }) => store.query(query, { limit, params: { exact: true } }))
  expect(found).not.toEqual(await Promise.all(exact))
  const signal = AbortSignal.abort(new Error('enough'))
  expect(await rejectionOf(store.queryBatch(batch, { signal }))).toBe('enough')
  const own = batch.map(each => ({ ...each, signal: undefined }))
  expect(await rejectionOf(store.queryBatch(own, { signal }))).toBe('enough')
})

it.each<[string, unknown, object | undefined, string]>([
  ['that are no array', queries[0], undefined, '"queries" expected an array'],
  [
    'with a wrong option',
    [{ query: queries[0] }, { query: queries[0], limit: 0 }],
    undefined,
    '"queries[1].limit"',
  ],
  [
    'with an option of one query for all',
    [{ query: queries[0] }],
    { limit: 3 },
    'unknown option "options.limit"',
  ],
])('names queries of a batch %s as a store does', async (_, batch, options, message) => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  const [staged, plain] = [await openStaged(path, true), closing(await openStore(path, { readOnly: true }))]
  const [found, expected] = await Promise.all(
    [staged, plain].map(store => rejectionOf(store.queryBatch(batch as never, options as never))),
  )
  expect(found).toContain(message)
  expect(found).toBe(expected)
})

it('never selects fewer candidates than for ten results', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean', candidates: DOCUMENTS })
  const store = await openStaged(path)
  for (const query of queries) {
    const exact = await store.query(query, { limit: 1, params: { exact: true } })
    expect(await store.query(query, { limit: 1 })).toEqual(exact)
  }
})

it('leaves queries as they are that it cannot begin, and what is wrong with points to the store', async () => {
  const path = freshPath()
  const vector = { size: DIM, distance: 'Dot' } as const
  const created = await createStore({ path, vectors: { colbert: vector, other: vector } })
  await created.upsert(
    documents.map((colbert, id) => ({ id, vector: { colbert, other: documents[(7 * id) % DOCUMENTS]! } })),
  )
  await created.close()
  await addFirstStage(path, { stage: 'mean', using: 'colbert', candidates: 10 })
  const plain = closing(await openStore(path, { readOnly: true }))
  const staged = await openStaged(path)
  const query = queries[0]!
  const unchanged = [
    { using: 'other' },
    { using: 'colbert', prefetch: { query, using: 'other', limit: 20 } },
    { using: 'colbert', limit: 5, params: { exact: true } },
  ]
  for (const options of unchanged)
    expect(await staged.query(query, options)).toEqual(await plain.query(query, options))
  const refused = [{}, { using: 'colbert', limit: 0 }, { using: 'colbert', limit: 1.5, offset: 3 }]
  for (const options of refused) {
    const message = await rejectionOf(plain.query(query, options))
    expect(message).toBeDefined()
    expect(await rejectionOf(staged.query(query, options))).toBe(message)
  }
  const given = Float32Array.from({ length: DIM }, (_, k) => k - 5)
  await staged.upsert([{ id: 5000, vector: { colbert: query, mean: given } }])
  const [point] = await staged.retrieve([5000], { with_vector: ['mean'] })
  const largest = Math.max(...given.map(Math.abs))
  ;(point!.vector!.mean as Float32Array).forEach((value, k) => {
    expect(Math.abs(value - given[k]!)).toBeLessThanOrEqual(largest / 254)
  })
  expect(await rejectionOf(staged.upsert([{ id: 5001, vector: { colbert: [[1, 2]] } }]))).toBe(
    `"point 5001.vector.colbert[0]" expected ${DIM} numbers, got 2; all rows have the same dim`,
  )
})

it('searches all documents from the moment on that vectors of the stage are removed', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean', candidates: 10 })
  const store = await openStaged(path)
  const query = queries[0]!
  const exact = await store.query(query, { params: { exact: true } })
  await store.query(query)
  const removed = store.deleteVectors(idsOf(exact) as number[], ['mean'])
  expect(await store.query(query)).toMatchObject(exact.map(({ id, score }) => ({ id, score })))
  await removed
  expect(await store.firstStage!.missing()).toBe(10)
  expect(await store.firstStage!.complete()).toBe(10)
})

it('closes a store whose first stage cannot be opened', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  writeFileSync(join(path, 'mean.stage'), 'nothing')
  const store = await openStore(path)
  expect(await rejectionOf(openStagedStore(store))).toContain('got other bytes')
  expect(await rejectionOf(store.count())).toContain('was disposed')
  expect(openFilesBelow(path)).toEqual([])
})

it('is kept by createStore with ifExists', async () => {
  const path = await createCorpus()
  const { vector } = await addFirstStage(path, { size: 16 })
  const config = { path, vectors: { colbert: { size: DIM, distance: 'Dot' } }, ifExists: 'reuse' } as const
  const store = closing(await withFirstStage(await createStore(config)))
  expect(store.firstStage).toMatchObject({ vector })
  expect(await store.count()).toBe(DOCUMENTS)
  await store.close()
  const wrong = { ...config, vectors: { colbert: { size: DIM + 1, distance: 'Dot' } } } as const
  expect(await rejectionOf(createStore(wrong))).toMatch(
    `the store at "${path}" has other vectors: "colbert" is`,
  )
  // without its file the vector is one that the configuration lacks
  rmSync(join(path, `${vector}.stage`))
  expect(await rejectionOf(createStore(config))).toMatch(
    `the store at "${path}" has other vectors: "${vector}" is`,
  )
})

it('searches all documents while one has no vector of the stage, and completes them', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { size: 16, candidates: 10 })
  const plain = await openStore(path)
  const [added] = createDocuments(1, 9)
  // a point without the multi-vector needs no vector of the stage
  await plain.upsert([
    { id: 7000, vector: { colbert: added! } },
    { id: 7001, vector: {} },
  ])
  await plain.close()
  const store = await openStaged(path)
  expect(await store.firstStage!.missing()).toBe(1)
  for (const query of queries)
    expect(idsOf(await store.query(query))).toEqual(
      idsOf(await store.query(query, { params: { exact: true } })),
    )
  expect(await store.firstStage!.complete()).toBe(1)
  expect(await store.firstStage!.missing()).toBe(0)
  expect(idsOf(await store.query(added!, { limit: 1 }))).toEqual([7000])
})

it('counts no document as missing that was deleted', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  const store = await openStaged(path)
  await store.deleteVectors([1, 2], ['mean'])
  expect(await store.firstStage!.missing()).toBe(2)
  await store.delete([1])
  expect(await store.firstStage!.missing()).toBe(1)
  await store.delete({ must: [{ has_id: [2] }] })
  expect(await store.firstStage!.missing()).toBe(0)
})

it('replaces a stage by another one, removes it, and leaves no files', async () => {
  const path = await createCorpus()
  const filesOf = () => readdirSync(path).filter(name => name.includes('.stage'))
  const first = await addFirstStage(path, { size: 16 })
  expect(filesOf()).toEqual([`${first.vector}.stage`])
  const shares: Record<string, number[]> = { fit: [], write: [] }
  const onProgress = ({ phase, share }: { phase: string; share: number }) => shares[phase]!.push(share)
  const second = await addFirstStage(path, { size: 16, seed: 2, onProgress })
  for (const each of Object.values(shares)) {
    expect(each).toEqual([...each].sort((a, b) => a - b))
    expect(each[0]).toBeGreaterThanOrEqual(0)
    expect(each.at(-1)).toBe(1)
  }
  expect(second.vector).not.toBe(first.vector)
  expect(filesOf()).toEqual([`${second.vector}.stage`])
  const third = await addFirstStage(path, { stage: 'mean', datatype: 'float32' })
  expect(third).toMatchObject({ stage: 'mean', vector: 'mean', candidates: 200 })
  expect(filesOf()).toEqual(['mean.stage'])
  const store = await openStaged(path)
  expect(Object.keys(store.config.vectors)).toEqual(['colbert', 'mean'])
  expect(await store.firstStage!.drift()).toBeUndefined()
  expect(idsOf(await store.query(documents[3]!, { limit: 1 }))).toEqual([3])
  await store.close()
  expect(await removeFirstStage(path)).toBe(true)
  expect(await removeFirstStage(path)).toBe(false)
  expect(filesOf()).toEqual([])
  const plain = await openStaged(path)
  expect(plain.firstStage).toBeUndefined()
  expect(Object.keys(plain.config.vectors)).toEqual(['colbert'])
})

it('is replaced or removed also if its file is lost; a vector of the caller with such a name is kept', async () => {
  const path = await createCorpus()
  const vectors = async () => Object.keys((await openStaged(path, true)).config.vectors)
  for (const change of [() => addFirstStage(path, { stage: 'mean' }), () => removeFirstStage(path)]) {
    const { vector } = await addFirstStage(path, { size: 16 })
    rmSync(join(path, `${vector}.stage`))
    await change()
    expect(await vectors()).not.toContain(vector)
  }
  const own = freshPath()
  const both = { colbert: { size: DIM, distance: 'Dot' }, mean: { size: DIM, distance: 'Dot' } } as const
  await (await createStore({ path: own, vectors: both })).close()
  expect(await removeFirstStage(own)).toBe(false)
  expect(Object.keys((await openStaged(own, true)).config.vectors)).toEqual(['colbert', 'mean'])
})

it('is as it was after a call that was cancelled', async () => {
  const path = await createCorpus()
  const { vector } = await addFirstStage(path, { size: 16 })
  // another stage, and the same one again
  for (const size of [32, 16]) {
    const stop = new AbortController()
    const cancelled = addFirstStage(path, {
      ...{ size, signal: stop.signal },
      onProgress: ({ phase }) => phase === 'write' && stop.abort(new Error('enough')),
    })
    expect(await rejectionOf(cancelled)).toBe('enough')
    expect(readdirSync(path).filter(name => name.includes('.stage'))).toEqual([`${vector}.stage`])
  }
  expect(openFilesBelow(path)).toEqual([])
  const store = await openStaged(path)
  expect(store.firstStage).toMatchObject({ vector })
})

it('reports drift when documents of another kind are added', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { size: 32 })
  const store = await openStaged(path)
  expect(await store.firstStage!.drift()).toMatchObject({ isDue: false })
  const next = random(12)
  await store.upsert(
    Array.from({ length: DOCUMENTS }, (_, i) => ({
      id: 10_000 + i,
      vector: { colbert: { data: Float32Array.from({ length: 3 * DIM }, () => 2 * next() - 1), dim: DIM } },
    })),
  )
  expect(await store.firstStage!.drift()).toMatchObject({ isDue: true })
  // one document alone tells nothing
  const rest = documents.flatMap((_, id) => [id, 10_000 + id]).slice(1)
  await store.delete(rest)
  expect(await store.firstStage!.drift()).toBeUndefined()
})

it('can be read as bytes and written beside a copy of the store', async () => {
  const path = await createCorpus()
  const { vector } = await addFirstStage(path, { size: 16 })
  const bytes = (await readFirstStage(path))!
  const store = await openStaged(path)
  const copyPath = freshPath()
  const copy = await createStore({ path: copyPath, vectors: { ...store.config.vectors } as never })
  for await (const point of store.scroll({ with_vector: true })) await copy.upsert([point as never])
  await copy.close()
  expect(await readFirstStage(copyPath)).toBeUndefined()
  expect(await writeFirstStage(copyPath, bytes)).toMatchObject({ vector })
  const opened = await openStaged(copyPath)
  expect(opened.firstStage).toMatchObject({ vector, documents: DOCUMENTS })
  const other = await createCorpus()
  expect(await rejectionOf(writeFirstStage(other, bytes))).toBe(
    `"bytes" expected the first stage of the store at "${other}", which has no vector "${vector}"`,
  )
  const withoutRows = freshPath()
  const { [vector]: described } = store.config.vectors
  await (await createStore({ path: withoutRows, vectors: { [vector]: described } as never })).close()
  expect(await rejectionOf(writeFirstStage(withoutRows, bytes))).toBe(
    `"bytes" expected the first stage of the store at "${withoutRows}", which has no vector "colbert"`,
  )
  expect(await rejectionOf(writeFirstStage(other, bytes.slice(0, -3)))).toBe(
    `"bytes" expected the first stage of the vector "${vector}", got bytes that were cut or changed; ${REMEDY}`,
  )
})

const REMEDY =
  'restore the file, or add the first stage again: addFirstStage(), or npx maxsimd index --first-stage lemur'

it('is found beside a vector of the caller that has the name of another stage', async () => {
  const path = freshPath()
  const mean = { size: DIM, distance: 'Dot', multivector_config: null } as const
  const store = await createStore({ path, vectors: { colbert: { size: DIM, distance: 'Dot' }, mean } })
  await store.upsert(
    documents.slice(0, 40).map((colbert, id) => ({
      id,
      vector: { colbert, mean: colbert.data.slice(0, DIM) },
    })),
  )
  await store.close()
  const { vector } = await addFirstStage(path, { size: 16 })
  const staged = await openStaged(path)
  expect(Object.keys(staged.config.vectors)).toEqual(['colbert', 'mean', vector])
  expect(staged.firstStage).toMatchObject({ stage: 'lemur', vector })
  const bytes = (await readFirstStage(path))!
  const stages: unknown[] = []
  const query = async (_: unknown, { prefetch }: QueryOptions = {}) => {
    stages.push(prefetch)
    return []
  }
  await (await stagedServerQuery({ config: staged.config, query, count: async () => 0 }, bytes))(
    documents[0]!,
  )
  expect(stages).toMatchObject([[{ using: vector }]])
})

it('refuses a file that was cut or changed, and the map of another collection', async () => {
  const path = await createCorpus()
  const { vector } = await addFirstStage(path, { size: 16 })
  const file = join(path, `${vector}.stage`)
  const bytes = readFileSync(file)
  const open = async (changed: Uint8Array) => {
    writeFileSync(file, changed)
    const store = closing(await openStore(path, { readOnly: true }))
    return rejectionOf(withFirstStage(store))
  }
  const message = (got: string) =>
    `"${file}" expected the first stage of the vector "${vector}", got ${got}; ${REMEDY}`
  expect(await open(bytes.subarray(0, -1))).toBe(message('bytes that were cut or changed'))
  expect(await open(bytes.map((byte, i) => (i === 5000 ? byte ^ 4 : byte)))).toBe(
    message('bytes that were cut or changed'),
  )
  expect(await open(new Uint8Array(0))).toBe(message('other bytes'))
  expect(await open(new TextEncoder().encode('maxsimd first-stage 7 00000000\n{}\n'))).toBe(
    message('one of a newer version of maxsimd'),
  )
  const settings = { stage: 'lemur', vector, using: 'colbert', candidates: 200, documents: 3 } as const
  const another = await fitLemur(documents, { size: 16, seed: 5 })
  expect(await open(encodeStage({ settings, map: another.toBytes() }))).toBe(
    message('a map of another collection'),
  )
  const own = (await fitLemur(documents, { size: 16 })).toBytes()
  expect(await open(encodeStage({ settings: { ...settings, vector: 'lemur-00000000' }, map: own }))).toBe(
    message('that of "lemur-00000000"'),
  )
  expect(await open(encodeStage({ settings: { ...settings, candidates: 0 }, map: own }))).toBe(
    message('other settings'),
  )
})

it('refuses a stage whose vectors have another shape', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  const add = {
    mean: {
      config: { size: 5, distance: 'Dot' as const, multivector_config: null },
      from: 'colbert',
      make: () => [1, 2, 3, 4, 5],
    },
  }
  await rebuildStore(path, { add, remove: ['mean'] })
  const store = closing(await openStore(path))
  expect(await rejectionOf(withFirstStage(store))).toBe(
    `"${path}/mean.stage" does not fit the vectors "colbert" and "mean"; add the first stage again: ` +
      'addFirstStage(), or npx maxsimd index --first-stage lemur',
  )
})

it('names what is wrong with the store and the options', async () => {
  const path = await createCorpus()
  const refused = (options: object, at = path) => rejectionOf(addFirstStage(at, options))
  // of the default size
  expect(await refused({})).toBe(
    '"documents" expected at least 2048 different rows to fit a size of 1024, got 900; pass more documents, or a size of at most 450',
  )
  expect(await refused({ size: 5 })).toBe('"size" expected a whole number from 16 to 4096, got 5')
  expect(await refused({ stage: 'mean', size: 32 })).toBe(
    '"size" is for the stage lemur, got the stage mean; leave it out',
  )
  expect(await refused({ stage: 'pooled' })).toBe('"stage" expected one of lemur, mean, muvera, got "pooled"')
  expect(await refused({ candidates: 3 })).toBe('"candidates" expected a whole number of at least 10, got 3')
  expect(await refused({ sise: 3 })).toBe(
    'unknown option "options.sise"; valid options of addFirstStage: stage, size, datatype, candidates, using, seed, signal, onProgress',
  )
  const created = async (vectors: object) => {
    const at = freshPath()
    await (await createStore({ path: at, vectors: vectors as never })).close()
    return at
  }
  const empty = await created({ colbert: { size: 4, distance: 'Dot' } })
  expect(await refused({}, empty)).toBe(
    `the store at "${empty}" has no documents with "colbert"; add documents first`,
  )
  expect(await refused({}, await created({ colbert: { size: 4, distance: 'Euclid' } }))).toBe(
    '"colbert" expected a multi-vector with the distance Dot or Cosine, got Euclid',
  )
  expect(await refused({}, await created({ size: 4, distance: 'Dot' }))).toBe(
    'the vector of the store has no name, so a first stage cannot be added; copy the points to a new store with a named vector',
  )
  const narrow = await created({ colbert: { size: 4, distance: 'Dot' } })
  const store = await openStore(narrow)
  await store.upsert([{ id: 1, vector: { colbert: [[1, 2, 3, 4]] } }])
  await store.close()
  expect(await refused({ stage: 'muvera' }, narrow)).toBe(
    'the stage muvera expected rows of at least 8 numbers, got 4; use lemur',
  )
  const nothing = freshPath()
  expect(await refused({}, nothing)).toBe(`there is no store at "${nothing}"; create one with createStore()`)
})

it('compares the first 128 numbers of LEMUR first in a store, and sends a server nothing of it', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { size: 256, candidates: 10 })
  const store = closing(await openStore(path))
  const sent: QueryOptions[] = []
  const query = (rows: unknown, options: QueryOptions = {}) => {
    sent.push(options)
    return store.query(rows as FlatMultiVector, options)
  }
  const staged = await withFirstStage({ ...store, query })
  const more = createDocuments(DOCUMENTS, 9).map((colbert, i) => ({ id: DOCUMENTS + i, vector: { colbert } }))
  await staged.upsert(more)
  for (const [id, rows] of documents.entries()) {
    if (id % 20 > 0) continue
    const [hit] = await staged.query(rows, { limit: 1 })
    expect(hit?.id).toBe(id)
  }
  const prefetchOf = (options: QueryOptions) => (options.prefetch as readonly Prefetch[])[0]!
  expect(prefetchOf(sent[0]!)).toMatchObject({ limit: 10, params: { leading: { numbers: 128, keep: 120 } } })
  const server = { config: store.config, query, count: async () => 0 }
  await (await stagedServerQuery(server, (await readFirstStage(path))!))(documents[0]!, { limit: 1 })
  expect(prefetchOf(sent.at(-1)!)).not.toHaveProperty('params')
})

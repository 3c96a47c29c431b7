// Imports files of vectors into a store, once and again after a change: the ids of points without ids, and refusals.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { bytesSource, type FilePoint, FormatError, readPoints } from '../../src/formats/index.js'
import { createCollection, type OpenOptions, type QdrantCollection } from '../../src/qdrant/index.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { openAssignedIds } from '../../src/transfer/assigned-ids.js'
import {
  collectionConfigOf,
  exportPoints,
  type ImportOptions,
  importPoints,
  pull,
  pullFirstStage,
  push,
  pushFirstStage,
  storeConfigOf,
  type TransferOptions,
} from '../../src/transfer/index.js'
import { type FakeRequest, startFakeQdrant } from '../support/fake-qdrant.js'
import { openFilesBelow } from '../support/open-files.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-import-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let stores = 0
const freshPath = () => join(root, String(stores++))

/** Points of one row, which is `[value, value]`. */
async function* numbered(values: readonly number[], until = values.length): AsyncGenerator<FilePoint> {
  for (const [index, value] of values.entries()) {
    if (index === until) throw new Error('the disk failed')
    yield {
      id: undefined,
      vector: { data: Float32Array.of(value, value), dim: 2 },
      text: undefined,
      payload: {},
    }
  }
}

const lines = (text: string, name = 'a.jsonl') =>
  readPoints(bytesSource(new TextEncoder().encode(text), name))

/** The values of a store's points by id. */
async function contentOf(path: string): Promise<Record<string, number>> {
  const store = await openStore(path, { readOnly: true })
  const found: Record<string, number> = {}
  for await (const { id, vector } of store.scroll({ with_vector: true }))
    found[String(id)] = (vector!.colbert as { data: Float32Array }).data[0]!
  await store.close()
  return found
}

describe('importPoints, with a file without ids,', () => {
  it('assigns the next free ids, and the same ids again for the same file', async () => {
    const path = freshPath()
    const read = async (file: string, ...values: number[]) => {
      const { points, removed, total } = await importPoints(numbered(values), { path, file })
      return [points, removed, total]
    }
    expect(await read('a.npy', 1, 2, 3)).toEqual([3, 0, 3])
    expect(await read('a.npy', 1, 2, 3)).toEqual([3, 0, 3])
    expect(await read('b.npy', 10, 20)).toEqual([2, 0, 5])
    // the file grew: new points get free ids
    expect(await read('a.npy', 4, 5, 6, 7)).toEqual([4, 0, 6])
    expect(await contentOf(path)).toEqual({ 0: 4, 1: 5, 2: 6, 3: 10, 4: 20, 5: 7 })
    // and became shorter: the points that it does not have now are deleted
    expect(await read('a.npy', 8)).toEqual([1, 3, 3])
    expect(await read('b.npy', 11, 21)).toEqual([2, 0, 3])
    expect(await contentOf(path)).toEqual({ 0: 8, 3: 11, 4: 21 })
    expect(await read('c.npy', 30)).toEqual([1, 0, 4])
    expect(await contentOf(path)).toEqual({ 0: 8, 3: 11, 4: 21, 5: 30 })
    expect(JSON.parse(readFileSync(join(path, 'files.json'), 'utf8'))).toEqual({
      version: 1,
      files: { 'a.npy': [[0, 1]], 'b.npy': [[3, 2]], 'c.npy': [[5, 1]] },
    })
  })

  it('assigns the same ids after an import that failed half way', async () => {
    const path = freshPath()
    const values = Array.from({ length: 3000 }, (_, index) => index + 1)
    await expect(importPoints(numbered(values, 2500), { path, file: 'a.npy' })).rejects.toThrow(
      'the disk failed',
    )
    const first = Object.keys(await contentOf(path)).length
    expect(first).toBeGreaterThan(1000)
    // another file comes in between
    await importPoints(numbered([7]), { path, file: 'b.npy' })
    const { total } = await importPoints(numbered(values), { path, file: 'a.npy' })
    expect(total).toBe(3001)
    const content = await contentOf(path)
    expect(values.every((value, index) => content[index] === value)).toBe(true)
  })

  it('assigns ids after those of the points that the store already has', async () => {
    const path = freshPath()
    await importPoints(lines('{"id": 0, "vector": [[1, 1]]}\n{"id": 3, "vector": [[2, 2]]}\n'), { path })
    await importPoints(numbered([7, 8]), { path, file: 'a.npy' })
    expect(await contentOf(path)).toEqual({ 0: 1, 3: 2, 4: 7, 5: 8 })
  })

  it('adds the points again if the file has no name', async () => {
    const path = freshPath()
    await importPoints(numbered([1, 2]), { path })
    expect((await importPoints(numbered([1, 2]), { path })).total).toBe(4)
  })

  it('reserves ids in blocks, and keeps those that were used', async () => {
    const folder = freshPath()
    mkdirSync(folder)
    const ids = await openAssignedIds(folder, 'a.npy', 5)
    const listed = () => JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8')).files
    for (let i = 0; i < 65_536; i++) if ((await ids.next()) !== 5 + i) expect.fail(`id ${i}`)
    expect(listed()).toEqual({ 'a.npy': [[5, 65_536]] })
    expect(await ids.next()).toBe(5 + 65_536)
    expect(listed()).toEqual({ 'a.npy': [[5, 131_072]] })
    await ids.close()
    expect(listed()).toEqual({ 'a.npy': [[5, 65_537]] })
    await openAssignedIds(folder, 'a.npy', 5)
    expect(openFilesBelow(folder)).toEqual([])
  })

  it('assigns ids to a file with the name of a member of every object', async () => {
    const path = freshPath()
    for (const file of ['constructor', '__proto__', 'constructor', '__proto__']) {
      await importPoints(numbered([1, 2]), { path, file })
    }
    expect(await contentOf(path)).toEqual({ 0: 1, 1: 2, 2: 1, 3: 2 })
  })

  it('ends with the error of a list of assigned ids that cannot be opened, and stores nothing', async () => {
    const path = freshPath()
    const list = join(path, 'files.json')
    await importPoints(numbered([1]), { path, file: 'a.npy' })
    rmSync(list)
    mkdirSync(list)
    await expect(importPoints(numbered([2]), { path, file: 'a.npy' })).rejects.toThrow(
      `${list}: is not a file`,
    )
    rmdirSync(list)
    symlinkSync('files.json', list)
    await expect(importPoints(numbered([2]), { path, file: 'a.npy' })).rejects.toMatchObject({
      code: 'ELOOP',
    })
    expect(await contentOf(path)).toEqual({ 0: 1 })
  })

  it('refuses a damaged list of assigned ids', async () => {
    const path = freshPath()
    await importPoints(numbered([1]), { path, file: 'a.npy' })
    writeFileSync(join(path, 'files.json'), '{"version":7}')
    await expect(importPoints(numbered([1]), { path, file: 'a.npy' })).rejects.toThrow(
      `${path}/files.json is damaged (expected version 1, got 7); delete it to import files without ids as new points`,
    )
  })
})

it.each([
  ['a text', '{"a":"x"}'],
  ['a negative number', '{"a":[[-1,2]]}'],
  ['a fraction', '{"a":[[0,1.5]]}'],
  ['a number beyond 2^53', '{"a":[[0,9007199254740993]]}'],
])('refuses %s in the list of assigned ids', async (_, files) => {
  const path = freshPath()
  await importPoints(numbered([1]), { path, file: 'a' })
  writeFileSync(join(path, 'files.json'), `{"version":1,"files":${files}}`)
  await expect(importPoints(numbered([1]), { path, file: 'a' })).rejects.toThrow(
    `${path}/files.json is damaged (expected pairs of whole numbers for "a"); delete it to import files without ids as new points`,
  )
})

it('removes the points of a list of assigned ids that exist, however many it names', async () => {
  const path = freshPath()
  await importPoints(numbered([1, 2, 3]), { path, file: 'a' })
  writeFileSync(join(path, 'files.json'), `{"version":1,"files":{"a":[[0,${2 ** 52}]]}}`)
  expect(await importPoints(numbered([1]), { path, file: 'a' })).toMatchObject({ removed: 2, total: 1 })
})

it('points with ids replace the points with the same ids', async () => {
  const path = freshPath()
  await importPoints(lines('{"id":1,"vector":[1,1]}\n{"id":2,"vector":[2,2]}\n'), { path, file: 'a.jsonl' })
  const { total } = await importPoints(lines('{"id":2,"vector":[3,3]}\n'), { path, file: 'a.jsonl' })
  expect([total, await contentOf(path)]).toEqual([2, { 1: 1, 2: 3 }])
})

it('importPoints keeps the vector, the distance and the datatype of the store by default', async () => {
  const path = freshPath()
  const vectors = { own: { size: 2, distance: 'Cosine', datatype: 'i8' } } as const
  await (await createStore({ path, vectors })).close()
  await importPoints(numbered([1]), { path, file: 'a.npy' })
  const store = await openStore(path)
  expect([store.config.vectors.own?.datatype, await store.count()]).toEqual(['i8', 1])
  await store.close()
})

it('importPoints creates a store with the vector, the distance and the datatype that it is given', async () => {
  const path = freshPath()
  await importPoints(lines('{"vector":[1,1],"text":""}'), {
    path,
    using: 'mine',
    distance: 'Cosine',
    datatype: 'i8',
  })
  const store = await openStore(path, { readOnly: true })
  expect(store.config.vectors.mine).toMatchObject({ size: 2, distance: 'Cosine', datatype: 'i8' })
  // an empty text is a text
  expect((await store.retrieve([0]))[0]!.payload).toEqual({ text: '' })
  await store.close()
})

it('importPoints ends with the reason of its signal, and what was written stays', async () => {
  const path = freshPath()
  const stop = new AbortController()
  async function* points() {
    yield* numbered(Array(1024).fill(1))
    stop.abort(new Error('enough'))
    yield* numbered(Array(3000).fill(1))
  }
  await expect(importPoints(points(), { path, file: 'a.npy', signal: stop.signal })).rejects.toThrow('enough')
  const store = await openStore(path, { readOnly: true })
  expect(await store.count()).toBe(1024)
  await store.close()
  await expect(importPoints(numbered([1]), { path, signal: 7 as never })).rejects.toThrow(
    '"signal" expected an AbortSignal',
  )
})

it('a refused file leaves the other files of a folder, and no file of a store', async () => {
  const path = freshPath()
  mkdirSync(path)
  writeFileSync(join(path, 'note.txt'), 'mine')
  await expect(importPoints(lines('{"vector":[1e300]}'), { path, file: 'a.jsonl' })).rejects.toThrow()
  expect(readdirSync(path)).toEqual(['note.txt'])
})

it('a refused file leaves no store that refuses the next file', async () => {
  const path = freshPath()
  await expect(importPoints(lines('{"id":1,"vector":[1e300]}'), { path, file: 'a.jsonl' })).rejects.toThrow()
  await importPoints(numbered([1]), { path, file: 'b.npy', distance: 'Euclid' })
  expect(await contentOf(path)).toEqual({ 0: 1 })
})

it('an empty store with another vector is closed, and created again', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors: { mine: { size: 3, distance: 'Cosine' } } })).close()
  await importPoints(numbered([1]), { path, file: 'a.npy' })
  expect(await contentOf(path)).toEqual({ 0: 1 })
})

it('a refused file leaves a store that existed and has no points', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors: { mine: { size: 2, distance: 'Dot' } } })).close()
  await expect(importPoints(lines('{"id":1,"vector":[1,1e300]}'), { path })).rejects.toThrow(
    '"point 1.vector.mine.data[1]"',
  )
  const store = await openStore(path, { readOnly: true })
  expect(Object.keys(store.config.vectors)).toEqual(['mine'])
  await store.close()
})

it.each<[string, string, object]>([
  ['a first point that is refused', '{"id":1,"text":"a"}\n{"id":2,"vector":[1,2]}\n', {}],
  ['a store that is refused', '{"id":1,"vector":[1,2]}\n{"id":2,"vector":[1,2]}\n', { datatype: 'float64' }],
  ['a later point that is refused', '{"id":1,"vector":[1,2]}\n{"vector":[1,2]}\n{"id":3,"vector":[1,2]}', {}],
])('importPoints ends the reading of the file after %s', async (_, text, options) => {
  let isOver = false
  async function* watched() {
    try {
      yield* lines(text)
    } finally {
      isOver = true
    }
  }
  await expect(importPoints(watched(), { path: freshPath(), ...options })).rejects.toThrow()
  expect(isOver).toBe(true)
})

describe('importPoints refuses, with the name of the file,', () => {
  it.each<[string, string, Partial<ImportOptions>, string]>([
    ['a file without points', '\n', {}, 'a.jsonl: has no points'],
    [
      'a point with a text and no vector',
      '{"text":"a"}',
      {},
      'a.jsonl: point 0 has a text and no vector; texts are indexed by maxsimd/texts and by "npx maxsimd index" without --vectors',
    ],
    [
      'a later point with a text and no vector',
      '{"id":7,"vector":[1,2]}\n{"id":8,"text":"a"}',
      {},
      'a.jsonl: point 8 has a text and no vector; texts are indexed by maxsimd/texts and by "npx maxsimd index" without --vectors',
    ],
    [
      'a number beyond f32',
      '{"id":7,"vector":[1,1e300]}',
      {},
      'a.jsonl: "point 7.vector.colbert.data[1]" (row 0, column 1) expected a finite number, got Infinity; check the encoder that made it',
    ],
    [
      'rows of two lengths',
      '{"id":7,"vector":[1,2]}\n{"id":8,"vector":[1]}',
      {},
      'a.jsonl: "point 8.vector.colbert.dim" expected 2, got 1; all rows have the same dim',
    ],
    [
      'ids that only the later points have',
      '{"vector":[1,2]}\n{"id":8,"vector":[1,2]}',
      {},
      'a.jsonl: document 1 has an id, and the documents before it have no id; give ids to all or to none',
    ],
    [
      'ids that only the first points have',
      '{"id":8,"vector":[1,2]}\n{"vector":[1,2]}',
      {},
      'a.jsonl: document 1 has no id, and the documents before it have an id; give ids to all or to none',
    ],
  ])('%s', async (_, text, more, message) => {
    const found = importPoints(lines(text), { path: freshPath(), file: 'a.jsonl', ...more })
    await expect(found).rejects.toThrow(new FormatError(message))
  })

  it('a point after points that were stored, whose number is in the error', async () => {
    const text = `${Array.from({ length: 1500 }, (_, id) => `{"id":${id},"vector":[1,1]}`).join('\n')}\n{"id":-1}`
    await expect(importPoints(lines(text), { path: freshPath(), file: 'a.jsonl' })).rejects.toThrow(
      new FormatError(
        'a.jsonl, line 1501: expected a "vector" or a "text", got id; the option "columns" sets other names; 1024 points before it are in the store',
      ),
    )
  })

  it('points that do not fit the store', async () => {
    const path = freshPath()
    await importPoints(numbered([1]), { path, file: 'a.npy' })
    await expect(importPoints(numbered([1]), { path, file: 'b.npy', distance: 'Cosine' })).rejects.toThrow(
      new RangeError(
        `the store at "${path}" expected rows of 2 numbers with Dot and float32, got rows of 2 numbers with Cosine and float32; choose another folder`,
      ),
    )
    await expect(importPoints(lines('{"vector":[1]}'), { path, file: 'c.jsonl' })).rejects.toThrow(
      'expected rows of 2 numbers with Dot and float32, got rows of 1 number with Dot and float32',
    )
  })
})

it.each<[object, Error]>([
  [
    { path: 'a', vector: 'x' },
    new RangeError(
      'unknown option "options.vector"; valid options of importPoints: path, file, using, distance, datatype, signal',
    ),
  ],
  [{}, new TypeError('"path" is required: the folder of the store, got undefined')],
])('importPoints refuses the options %j', async (options, error) => {
  await expect(importPoints(lines(''), options as ImportOptions)).rejects.toThrow(error)
})

it('an export has every point with rows, also after one without', async () => {
  const rows = { v: { data: Float32Array.of(1), dim: 1 } }
  const stored = (async function* () {
    yield* [{ id: 1, vector: rows }, { id: 2 }, { id: 3, vector: rows }]
  })()
  const found: unknown[] = []
  for await (const { id } of exportPoints(stored as never, { v: { size: 1, distance: 'Dot' } }))
    found.push(id)
  expect(found).toEqual([1, 3])
})

it('a pull that resumes reports each number of points once', async () => {
  const vectors = { v: { size: 1, distance: 'Dot' } } as const
  const point = (id: number) => ({ id, vector: { v: { data: Float32Array.of(id), dim: 1 } }, payload: {} })
  const pullInto = async (existing: readonly number[], ids: readonly number[]) => {
    const store = await createStore({ vectors })
    await store.upsert(existing.map(point))
    const from = {
      async *scroll() {
        for (const id of ids) yield { id }
      },
      retrieve: async (wanted: readonly number[]) => wanted.map(point),
    }
    const progress: number[] = []
    const options = { resume: 'skip', onProgress: (points: number) => progress.push(points) } as const
    const report = await pull(from as never, store, options)
    await store.close()
    return [progress, report.points, report.skipped]
  }
  expect(await pullInto([2], [1, 2, 3])).toEqual([[3], 2, 1])
  expect(await pullInto([1, 2, 3], [1, 2, 3])).toEqual([[3], 0, 3])
  expect(await pullInto([], [1, 2])).toEqual([[2], 2, 0])
  expect(await pullInto([], [])).toEqual([[], 0, 0])
})

it('a pull that resumes reads each missing point once, 256 ids at a time', async () => {
  const server = await startFakeQdrant()
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  const collection = await createCollection({ url: server.url }, 'pages', { vectors })
  const points = Array.from({ length: 600 }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } }))
  await collection.upsert(points)
  const store = await createStore({ vectors })
  await store.upsert(points.filter(({ id }) => id % 3 === 0))
  const [lookUp, retrieve] = [vi.spyOn(store, 'retrieve'), vi.spyOn(collection, 'retrieve')]
  expect(await pull(collection, store, { resume: 'skip' })).toMatchObject({ points: 400, skipped: 200 })
  expect(lookUp.mock.calls.map(([ids]) => ids.length)).toEqual([256, 256, 88])
  const missing = points.map(({ id }) => id).filter(id => id % 3 !== 0)
  expect(retrieve.mock.calls.flatMap(([ids]) => ids)).toEqual(missing)
  expect(await store.count()).toBe(600)
  await store.close()
  await server.close()
})

it('a push of vectors alone leaves out points without vectors, and all payloads', async () => {
  const server = await startFakeQdrant()
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  const collection = await createCollection({ url: server.url }, 'vectors', { vectors })
  await collection.upsert([1, 2].map(id => ({ id, vector: { colbert: [[0, 0]] }, payload: { kept: id } })))
  const store = await createStore({ vectors })
  await store.upsert([
    { id: 1, vector: {}, payload: { n: 1 } },
    { id: 2, vector: { colbert: [[2, 2]] }, payload: { n: 2 } },
  ])
  expect(await push(store, collection, { vectorsOnly: true })).toMatchObject({ points: 1 })
  const sent = server.requestsTo('PUT', '/points/vectors').flatMap(({ body }) => body.points)
  expect(sent).toEqual([{ id: 2, vector: { colbert: [[2, 2]] } }])
  await store.close()
  await server.close()
})

it('configurations keep sparse vectors, except beside a vector without a name', () => {
  const sparse_vectors = { words: { modifier: 'idf' }, plain: {} } as const
  const vector = { size: 2, distance: 'Dot', datatype: 'float32' } as const
  const multi = { ...vector, multivector_config: { comparator: 'max_sim' } } as const
  expect(storeConfigOf({ config: { vectors: { v: multi }, sparse_vectors } } as never)).toEqual({
    vectors: { v: vector },
    sparse_vectors,
  })
  expect(storeConfigOf({ config: { vectors: { '': multi }, sparse_vectors } } as never)).toEqual({
    vectors: vector,
  })
  expect(collectionConfigOf({ config: { vectors: { v: multi }, sparse_vectors } } as never)).toEqual({
    vectors: { v: { size: 2, distance: 'Dot' } },
    sparse_vectors,
  })
})

it('configurations keep single vectors, float16 and vectors on disk; other datatypes become float32', () => {
  const half = { size: 2, distance: 'Dot', datatype: 'float16', on_disk: true } as const
  const byte = { size: 3, distance: 'Cosine', datatype: 'uint8' } as const
  const vectors = { half, byte }
  expect(storeConfigOf({ config: { vectors } } as never)).toEqual({
    vectors: {
      half: { size: 2, distance: 'Dot', datatype: 'float16', multivector_config: null },
      byte: { size: 3, distance: 'Cosine', datatype: 'float32', multivector_config: null },
    },
  })
  expect(collectionConfigOf({ config: { vectors } } as never)).toEqual({
    vectors: {
      half: { ...half, multivector_config: null },
      byte: { size: 3, distance: 'Cosine', multivector_config: null },
    },
  })
})

it('a first stage is carried in parts, replaces an earlier one, and is refused if a part is missing', async () => {
  const server = await startFakeQdrant()
  try {
    const client = { url: server.url }
    expect(await pullFirstStage(client, 'c')).toBeUndefined()
    const bytes = Uint8Array.from({ length: 600_001 }, (_, i) => (i * 31) % 251)
    await pushFirstStage(client, 'c', bytes)
    expect(Buffer.compare((await pullFirstStage(client, 'c'))!, bytes)).toBe(0)
    const { points } = server.collections.get('c.first-stage')!
    expect(points.size).toBe(3)
    points.delete('1')
    await expect(pullFirstStage(client, 'c')).rejects.toThrow(
      '"c.first-stage" expected 3 parts of a first stage, got 2; push the store again',
    )
    await pushFirstStage(client, 'c', Uint8Array.of(1, 2))
    expect([...(await pullFirstStage(client, 'c'))!]).toEqual([1, 2])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(pushFirstStage(client, 'c', bytes, { signal })).rejects.toThrow('enough')
    server.requests.length = 0
    await expect(pullFirstStage(client, 'c', { signal })).rejects.toThrow('enough')
    expect(server.requests).toEqual([])
    await expect(pullFirstStage({ url: 'http://127.0.0.1:1' }, 'c', { retries: 0 })).rejects.toThrow()
  } finally {
    await server.close()
  }
})

it('a first stage without bytes is carried, and one whose parts are missing or have a gap is refused', async () => {
  const server = await startFakeQdrant()
  try {
    const client = { url: server.url }
    await pushFirstStage(client, 'c', new Uint8Array())
    expect([...(await pullFirstStage(client, 'c'))!]).toEqual([])
    const { points } = server.collections.get('c.first-stage')!
    const part = points.get('0')!
    points.clear()
    await expect(pullFirstStage(client, 'c')).rejects.toThrow(
      '"c.first-stage" expected 1 part of a first stage, got 0; push the store again',
    )
    for (const id of ['0', '2'])
      points.set(id, { ...part, id: Number(id), payload: { of: 2, base64: 'AA==' } })
    await expect(pullFirstStage(client, 'c')).rejects.toThrow(
      '"c.first-stage" expected the parts 0 to 1 of a first stage, got 0, 2; push the store again',
    )
  } finally {
    await server.close()
  }
})

it('the carrying of a first stage ends at the first refusal, and when it is aborted while points are sent', async () => {
  const server = await startFakeQdrant()
  try {
    const client = { url: server.url }
    const carries = [
      (options?: OpenOptions) => pushFirstStage(client, 'c', Uint8Array.of(1, 2), options),
      (options?: OpenOptions) => pullFirstStage(client, 'c', options),
    ]
    await carries[0]!()
    const isOfPoints = ({ path }: FakeRequest) => /\/points(\/scroll)?$/.test(path)
    for (const carry of carries) {
      server.intercept = request => (isOfPoints(request) ? { status: 403, error: 'no' } : undefined)
      await expect(carry()).rejects.toThrow(/ answered 403: no/)
      const stop = new AbortController()
      server.intercept = request => {
        if (isOfPoints(request)) stop.abort(new Error('enough'))
        return undefined
      }
      await expect(carry({ signal: stop.signal })).rejects.toThrow('enough')
      await server.idle()
    }
  } finally {
    await server.close()
  }
})

describe('a copy between a store and a server ends with the reason of its signal during a request:', () => {
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  type Copy = (store: Store, collection: QdrantCollection, options: TransferOptions) => Promise<unknown>
  it.each<[name: string, copy: Copy]>([
    ['pull', (store, collection, options) => pull(collection, store, options)],
    [
      'pull that skips',
      (store, collection, options) => pull(collection, store, { ...options, resume: 'skip' }),
    ],
    ['push', push],
    [
      'push that skips',
      (store, collection, options) => push(store, collection, { ...options, resume: 'skip' }),
    ],
    [
      'push of vectors',
      (store, collection, options) => push(store, collection, { ...options, vectorsOnly: true }),
    ],
  ])('%s', async (_, copy) => {
    const server = await startFakeQdrant()
    const store = await createStore({ vectors })
    try {
      const collection = await createCollection({ url: server.url }, 'c', { vectors })
      await store.upsert([{ id: 1, vector: { colbert: [[1, 0]] } }])
      const stop = new AbortController()
      const seen: string[] = []
      server.intercept = ({ path }) => {
        seen.push(path)
        if (path.includes('/points')) stop.abort(new Error('enough'))
        return undefined
      }
      await expect(copy(store, collection, { signal: stop.signal })).rejects.toThrow('enough')
      await server.idle()
      expect(seen.filter(path => path.includes('/points'))).toHaveLength(1)
    } finally {
      await store.close()
      await server.close()
    }
  })
})

it.each([
  ['pull', pull, ''],
  ['push', push, ', batchBytes, concurrency, vectorsOnly'],
])('%s refuses unknown options', async (name, copy, more) => {
  await expect(copy({} as never, {} as never, { retries: 3 } as object)).rejects.toThrow(
    new RangeError(
      `unknown option "options.retries"; valid options of ${name}: signal, onProgress, resume, shard_key${more}`,
    ),
  )
})

it('pull and push refuse options of another type', async () => {
  for (const copy of [pull, push]) {
    await expect(copy({} as never, {} as never, { onProgress: 5 as never })).rejects.toThrow(
      new TypeError('"onProgress" expected a function, got number'),
    )
  }
  await expect(push({} as never, {} as never, { vectorsOnly: 'yes' as never })).rejects.toThrow(
    new TypeError('"vectorsOnly" expected true or false, got string'),
  )
})

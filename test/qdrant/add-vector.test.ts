// `addVector` on a fake server: what is sent, calls that are repeated or were interrupted, and refusals. That no graph is
// built is tested on an engine.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { addVector, createCollection, type VectorConfig } from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const colbert = { size: 2, distance: 'Dot' } as const
const dense = { size: 2, distance: 'Cosine', multivector_config: null } as const
const max_sim = { comparator: 'max_sim' }

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const create = (vectors: Record<string, VectorConfig> | VectorConfig = { dense }) =>
  createCollection({ url: server.url }, 'c', { vectors })
const add = (config: VectorConfig = colbert, name = 'colbert', collection = 'c') =>
  addVector({ url: server.url }, collection, name, config)
const changes = () =>
  server.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, query, body }) => [`${method} ${path}${query && `?${query}`}`, body])

it('adds the vector with the settings of late interaction, which points then get', async () => {
  const before = await create()
  await before.upsert([{ id: 1, vector: { dense: [1, 0] }, payload: { n: 1 } }])
  server.requests.length = 0
  const collection = await add()
  expect(changes()).toEqual([
    ['PUT /collections/c/vectors/colbert?wait=true', { dense: { ...colbert, multivector_config: max_sim } }],
    ['PATCH /collections/c', { vectors: { colbert: { hnsw_config: { m: 0, payload_m: 0 } } } }],
  ])
  expect(Object.keys(collection.config.vectors)).toEqual(['dense', 'colbert'])
  await collection.updateVectors([{ id: 1, vector: { colbert: [[3, 4]] } }])
  const [hit] = await collection.query([[1, 1]], { using: 'colbert', with_payload: true })
  expect(hit).toMatchObject({ id: 1, score: 7, payload: { n: 1 } })
})

it('passes on other settings, and none for a dense vector', async () => {
  await create()
  server.requests.length = 0
  const settings = { on_disk: true, quantization_config: { binary: {} } } as const
  await add({ ...colbert, ...settings, datatype: 'float16' }, 'ä b#%')
  await add(dense, 'other')
  expect(changes()).toMatchObject([
    ['PUT /collections/c/vectors/%C3%A4%20b%23%25?wait=true', { dense: { datatype: 'float16' } }],
    ['PATCH /collections/c', { vectors: { 'ä b#%': { ...settings, hnsw_config: { m: 0, payload_m: 0 } } } }],
    ['PUT /collections/c/vectors/other?wait=true', { dense: { size: 2, distance: 'Cosine' } }],
  ])
  expect(changes()).toHaveLength(3)
})

it('can be called again, also after a call that ended half way or whose answer was lost', async () => {
  await create()
  let isBroken = true
  server.intercept = ({ method }) =>
    method === 'PATCH' && isBroken ? { status: 400, error: 'no' } : undefined
  await expect(add()).rejects.toThrow('no')
  expect(server.collections.get('c')!.config.vectors.colbert).not.toHaveProperty('hnsw_config')
  isBroken = false
  server.requests.length = 0
  expect((await add()).config.vectors.colbert!.hnsw_config).toEqual({ m: 0, payload_m: 0 })
  expect(changes().map(([request]) => request)).toEqual(['PATCH /collections/c'])
  server.requests.length = 0
  await add()
  expect(changes()).toEqual([])
  let isLost = true
  server.intercept = ({ method }) => {
    if (method === 'GET' || !isLost) return undefined
    isLost = false
    return 'lose'
  }
  expect(Object.keys((await add(colbert, 'again')).config.vectors)).toEqual(['dense', 'colbert', 'again'])
})

it('waits until no optimizer runs, because the server would lose the vector', async () => {
  await create()
  const states = ['yellow', 'green', 'yellow', 'green', 'green']
  const seen: string[] = []
  server.alter = ({ method, path }, result) => {
    if (method !== 'GET' || path !== '/collections/c') return
    result.status = states.shift() ?? 'yellow'
    seen.push(result.status)
  }
  server.intercept = ({ method }) => {
    if (method !== 'GET') seen.push(method)
    return undefined
  }
  await add()
  expect(seen).toEqual(['yellow', 'green', 'yellow', 'green', 'green', 'PUT', 'PATCH', 'yellow'])
  const waiting = addVector({ url: server.url }, 'c', 'new', colbert, { signal: AbortSignal.timeout(150) })
  await expect(waiting).rejects.toThrow(/aborted|timeout/)
  expect(server.collections.get('c')!.config.vectors).not.toHaveProperty('new')
})

it('refuses a vector that exists with other settings', async () => {
  await create({ dense, colbert })
  server.requests.length = 0
  await expect(add({ size: 3, distance: 'Dot', on_disk: true })).rejects.toThrow(
    new RangeError(
      'the collection "c" has the vector with other settings: "vectors.colbert.size" expected 3, got 2; ' +
        '"vectors.colbert.on_disk" expected true, got false; use another name for the vector',
    ),
  )
  await expect(add(colbert, 'dense')).rejects.toThrow(
    /"vectors.dense.distance" expected "Dot", got "Cosine"; "vectors.dense.multivector_config" expected/,
  )
  expect(changes()).toEqual([])
})

it('refuses unnamed collections, sparse vectors, wrong names, settings and options, before a change', async () => {
  await create(dense)
  await expect(add()).rejects.toThrow(
    'the collection "c" has an unnamed vector, beside which there can be no other',
  )
  server.collections.clear()
  await createCollection({ url: server.url }, 'c', { vectors: {}, sparse_vectors: { words: {} } })
  server.requests.length = 0
  await expect(add(colbert, 'words')).rejects.toThrow('the collection "c" has a sparse vector "words"')
  for (const name of ['', '..', 'a/b', 7 as never]) {
    await expect(add(colbert, name), String(name)).rejects.toThrow('"vector" expected 1 to 255 characters')
  }
  await expect(add(null as never, 'x')).rejects.toThrow('"vectors.x" expected an object')
  await expect(add({ size: 0, distance: 'Dot' })).rejects.toThrow('"vectors.colbert.size" expected a whole')
  await expect(add({ size: 2 } as never)).rejects.toThrow('"vectors.colbert.distance" is required')
  await expect(
    addVector({ url: server.url }, 'c', 'colbert', colbert, { ifExists: 'reuse' } as never),
  ).rejects.toThrow('unknown option "options.ifExists"; valid options of addVector: ')
  await expect(add(colbert, 'colbert', 'none')).rejects.toMatchObject({ status: 404 })
  expect(changes()).toEqual([])
})

it('refuses a server that cannot add vectors, unless the vector exists', async () => {
  const old = await startFakeQdrant('1.17.1')
  const client = { url: old.url }
  await createCollection(client, 'c', { vectors: { dense, colbert } })
  await addVector(client, 'c', 'colbert', colbert)
  await expect(addVector(client, 'c', 'new', colbert)).rejects.toThrow(
    new RangeError(
      'a vector can be added from Qdrant 1.18.0 on, this server is 1.17.1; upgrade it, or create another collection with the ' +
        'vector and copy the points',
    ),
  )
  await old.close()
})

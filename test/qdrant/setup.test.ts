// Creating and deleting collections on a fake server: lost answers, programs that start together, payload indexes.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type CollectionConfig,
  createCollection,
  deleteCollection,
  openCollection,
} from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const config = {
  vectors: { colbert: { size: 2, distance: 'Dot' } },
  optimizers_config: { max_optimization_threads: 'auto' },
  payload_indexes: { language: 'keyword', year: 'integer' },
} as const

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const create = (ifExists?: 'fail' | 'reuse' | 'recreate', name = 'c') =>
  createCollection({ url: server.url }, name, config, { ...(ifExists && { ifExists }) })
const indexes = () => server.collections.get('c')!.indexes
const requests = () => server.requests.map(({ method, path }) => `${method} ${path}`)
const all = { language: { data_type: 'keyword' }, year: { data_type: 'integer' } }

describe('createCollection', () => {
  it('creates the collection, then its payload indexes, and reads its configuration', async () => {
    const collection = await create()
    expect(requests()).toEqual([
      'GET /',
      'GET /collections/c/exists',
      'PUT /collections/c',
      'PUT /collections/c/index',
      'PUT /collections/c/index',
      'GET /collections/c',
    ])
    expect(server.requests[3]).toMatchObject({
      query: 'wait=true',
      body: { field_name: 'language', field_schema: 'keyword' },
    })
    expect(collection.config.payload_indexes).toEqual({ language: 'keyword', year: 'integer' })
  })

  it('has the settings of the collection that the server reports, beside those of its vectors', async () => {
    const settings = { on_disk_payload: true, shard_number: 1, sparse_vectors: { words: {} } }
    const created = await createCollection({ url: server.url }, 'settings', { ...config, ...settings })
    expect(created.config).toMatchObject(settings)
    expect((await created.info()).config).toMatchObject(settings)
  })

  it.each(['fail', 'reuse', 'recreate'] as const)('survives a lost answer: %s', async ifExists => {
    let isFirst = true
    server.intercept = ({ method, path }) => {
      if (method !== 'PUT' || path !== '/collections/c' || !isFirst) return undefined
      isFirst = false
      return 'lose'
    }
    await create(ifExists)
    expect(indexes()).toEqual(all)
  })

  it('rejects with status 409 if the collection exists, unless told otherwise', async () => {
    await create()
    await expect(create()).rejects.toMatchObject({ status: 409, attempts: 1 })
    await expect(create('fail')).rejects.toThrow("pass ifExists: 'reuse' or 'recreate', or use another name")
  })

  it.each(['reuse', 'recreate'] as const)(
    'survives another program that creates it meanwhile: %s',
    async ifExists => {
      server.intercept = async ({ method, path }) => {
        if (method !== 'PUT' || path !== '/collections/c') return undefined
        server.intercept = () => undefined
        await createCollection({ url: server.url }, 'c', { ...config, payload_indexes: {} })
        return undefined
      }
      await create(ifExists)
      expect(indexes()).toEqual(all)
    },
  )

  it('lets four programs that start together reuse what one of them creates', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => create('reuse')))
    expect(made.map(({ name }) => name)).toEqual(['c', 'c', 'c', 'c'])
    expect(indexes()).toEqual(all)
  })

  it('does not reuse a collection with another configuration, also after a lost answer', async () => {
    const { payload_indexes: _none, ...rest } = config
    const other = { ...rest, vectors: { colbert: { size: 3, distance: 'Dot' } } } as const
    await createCollection({ url: server.url }, 'c', other)
    const message =
      'the collection "c" exists with another configuration: "vectors.colbert.size" expected 2, got 3; ' +
      '"payload_indexes.language" expected "keyword", got null; "payload_indexes.year" expected "integer", got null; ' +
      "use another name, or ifExists: 'recreate', which deletes its points"
    await expect(create('reuse')).rejects.toThrow(message)
    server.collections.clear()
    server.intercept = async ({ method, path }) => {
      if (method !== 'PUT' || path !== '/collections/c') return undefined
      server.intercept = () => undefined
      await createCollection({ url: server.url }, 'c', other)
      return 'drop'
    }
    await expect(create('fail')).rejects.toThrow(message)
  })

  it('names the remedy if only a vector is missing on one side', async () => {
    const open = (...names: string[]) =>
      createCollection(
        { url: server.url },
        'v',
        { vectors: Object.fromEntries(names.map(name => [name, { size: 2, distance: 'Dot' }])) },
        { ifExists: 'reuse' },
      )
    await open('a')
    await expect(open('a', 'b')).rejects.toThrow(
      'exists with another configuration: it has no vector "b" {"size":2,"distance":"Dot",' +
        '"multivector_config":{"comparator":"max_sim"},"hnsw_config":{"payload_m":0,"m":0}}; add the vector with addVector(), ' +
        "use another name, or ifExists: 'recreate', which deletes its points",
    )
    server.collections.clear()
    await open('a', 'b')
    const additional = open('b')
    await expect(additional).rejects.toThrow(RangeError)
    await expect(additional).rejects.toThrow(
      /: it also has the vector "a" \{.*\}; open it with openCollection\(\), use an/,
    )
    await expect(open('c')).rejects.toThrow(
      /it has no vector "c".*it also has the vector "a".*"b" \{.*\}; use another name/,
    )
  })

  it('names no remedy for a vector if the collections differ in more than vectors', async () => {
    const vector = { size: 2, distance: 'Dot' } as const
    const open = (more: Partial<CollectionConfig>) =>
      createCollection({ url: server.url }, 'v', { vectors: { a: vector }, ...more }, { ifExists: 'reuse' })
    await open({})
    await expect(open({ vectors: { a: vector, b: vector }, sparse_vectors: { s: {} } })).rejects.toThrow(
      /: it has no vector "b" \{.*\}; "sparse_vectors\.s" expected .+, got null; use another name/,
    )
    server.collections.clear()
    const quantization_config = { scalar: { type: 'int8' } } as const
    await open({ vectors: { a: vector, b: vector }, quantization_config })
    await expect(open({})).rejects.toThrow(
      /: it also has the vector "b" \{.*\}; "quantization_config" expected null, got \{.*\}; use another name/,
    )
  })

  it('creates again with `recreate`, and keeps the points with `reuse`', async () => {
    const first = await create()
    await first.upsert([{ id: 1, vector: { colbert: [[1, 2]] } }])
    expect(await (await create('reuse')).count()).toBe(1)
    expect(await (await create('recreate')).count()).toBe(0)
  })

  it('refuses another index type of a field, and adds a missing index', async () => {
    await create()
    delete indexes().year
    await create('reuse')
    expect(indexes()).toEqual(all)
    indexes().year = { data_type: 'keyword' }
    await expect(create('reuse')).rejects.toThrow(
      '"payload_indexes.year.type" expected "integer", got "keyword"',
    )
  })
})

it('a server that has no read replica yet is read again', async () => {
  await create()
  let failures = 2
  server.intercept = ({ method, path }) =>
    method === 'GET' && path === '/collections/c' && failures-- > 0
      ? { status: 500, error: 'Service internal error: 0 of 0 read operations failed' }
      : undefined
  await openCollection({ url: server.url }, 'c')
  expect(failures).toBe(-1)
})

it('deleteCollection returns whether the collection existed, also after a lost answer', async () => {
  const remove = () => deleteCollection({ url: server.url }, 'c')
  expect(await remove()).toBe(false)
  await create()
  expect(await remove()).toBe(true)
  await create()
  let isFirst = true
  server.intercept = ({ method }) => {
    if (method !== 'DELETE' || !isFirst) return undefined
    isFirst = false
    return 'lose'
  }
  expect(await remove()).toBe(true)
  expect(server.collections.size).toBe(0)
})

it.each(['...', '.a', 'x'.repeat(255)])('the name %j is accepted', async name => {
  expect((await create('fail', name)).name).toBe(name)
})

it('the first release with multi-vectors is accepted, and the one before it is refused', async () => {
  const open = async (version: string) => {
    const old = await startFakeQdrant(version)
    const opened = openCollection({ url: old.url }, 'c')
    return opened.catch((error: Error) => error.message).finally(() => old.close())
  }
  expect(await open('1.10.0')).toMatch(/answered 404/)
  expect(await open('1.9.9')).toMatch(/^"client" points to Qdrant 1\.9\.9, which has no multi-vectors/)
})

it('info reads the first 16 documents, unless told otherwise', async () => {
  const collection = await create()
  await collection.upsert(Array.from({ length: 17 }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } })))
  expect((await collection.info()).size.points).toBe(16)
  const whole = await collection.info({ sample: 17 })
  expect(whole.size.points).toBe(17)
  // the cost is that of all points, whatever was read
  expect((await collection.info({ sample: 1 })).estimate).toEqual(whole.estimate)
})

it.each(['', '.', 'a/b', '..', 'x'.repeat(256), 'a\nb', 'a\ud83d'])('the name %j is refused', async name => {
  await expect(create('fail', name)).rejects.toThrow(/^"name" expected 1 to 255 characters/)
  expect(server.requests).toEqual([])
})

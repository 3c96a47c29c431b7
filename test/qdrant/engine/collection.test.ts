// Creating, opening and deleting collections on a real engine: defaults, quantization, reuse, wrong names.

import { describe, expect, it } from 'vitest'
import {
  createCollection,
  createVectorCache,
  deleteCollection,
  openCollection,
  type QuantizationConfig,
  verify,
} from '../../../src/qdrant/index.js'
import { client, freshCollection, freshName, isServer, kind, since, spread, version } from './support.js'

const colbert = { size: 4, distance: 'Dot' } as const

describe('createCollection', () => {
  it("fills in late interaction's defaults", async () => {
    const collection = await freshCollection({ vectors: { colbert: { ...colbert, on_disk: true } } })
    expect(collection.config.vectors).toEqual({
      colbert: {
        size: 4,
        distance: 'Dot',
        on_disk: true,
        multivector_config: { comparator: 'max_sim' },
        hnsw_config: { m: 0, payload_m: 0 },
      },
    })
  })

  it('creates dense, pooled and sparse vectors, and payload indexes', async () => {
    const collection = await freshCollection({
      vectors: {
        dense: { size: 8, distance: 'Cosine', multivector_config: null },
        pooled: { size: 4, distance: 'Dot', hnsw_config: { m: 8 } },
        colbert,
      },
      sparse_vectors: { words: {} },
      payload_indexes: { parity: 'integer' },
      optimizers_config: { indexing_threshold: 0 },
    })
    const { config } = await collection.info()
    expect(config.vectors.dense).toEqual({ size: 8, distance: 'Cosine' })
    expect(config.vectors.pooled?.hnsw_config).toMatchObject({ m: 8 })
    expect(Object.keys(config.sparse_vectors ?? {})).toEqual(['words'])
    expect(config.payload_indexes).toEqual({ parity: 'integer' })
    expect(config.optimizers_config?.indexing_threshold).toBe(0)
  })

  it('creates a collection whose only vector is unnamed', async () => {
    const collection = await freshCollection({ vectors: colbert })
    expect(collection.config.vectors['']?.multivector_config).toEqual({ comparator: 'max_sim' })
    await collection.upsert([
      {
        id: 1,
        vector: [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
      },
    ])
    const [hit] = await collection.query([[1, 1, 1, 1]], { with_vector: true })
    expect(hit?.score).toBe(26)
    expect(hit?.vector).toEqual({ '': { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), dim: 4 } })
    const query = [[1, 1, 1, 1]]
    const cache = createVectorCache({ maxBytes: 1000 })
    for (const options of [{}, { cache }]) {
      const [best] = await collection.rerank(query, { candidates: 1, limit: 1, ...options })
      expect(best?.score).toBe(26)
    }
    const source = new Map([
      [
        1,
        [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
      ],
    ])
    expect(await verify(collection, [query], { source })).toMatchObject({ ok: true, hits: 1, scanned: 1 })
  })

  const methods: readonly QuantizationConfig[] = [
    { scalar: { type: 'int8', quantile: 0.99, always_ram: true } },
    { product: { compression: 'x4', always_ram: false } },
    { binary: { always_ram: true } },
    { binary: { encoding: 'two_bits', query_encoding: 'scalar8bits' } },
    { binary: { encoding: 'one_and_half_bits' } },
    { turbo: { bits: 'bits4' } },
    { turbo: { bits: 'bits1_5', always_ram: true } },
  ]
  it.each(methods)('accepts the quantization %o', async quantization_config => {
    const vectors = { colbert: { ...colbert, size: 16, quantization_config } }
    const collection = await freshCollection({ vectors })
    expect(collection.config.vectors.colbert?.quantization_config).toMatchObject(quantization_config)
    const again = await createCollection(client, collection.name, { vectors }, { ifExists: 'reuse' })
    expect(again.config).toEqual(collection.config)
  })

  it('sets memory tiers from 1.19 on, and refuses them for older servers', async () => {
    const vectors = { colbert: { ...colbert, memory: 'cold' as const } }
    if (since('1.19.0')) {
      const collection = await freshCollection({ vectors })
      expect(collection.config.vectors.colbert?.memory).toBe('cold')
    } else {
      await expect(freshCollection({ vectors })).rejects.toThrow(
        `"vectors.colbert.memory" needs Qdrant 1.19.0, this server is ${version}; omit it, and use "on_disk" and "always_ram"`,
      )
    }
  })

  it('sets turbo4 from 1.19 on, and refuses it for older servers, which panic', async () => {
    const vectors = { colbert: { ...colbert, size: 64, datatype: 'turbo4' as const } }
    if (since('1.19.0')) {
      const collection = await freshCollection({ vectors })
      expect(collection.config.vectors.colbert?.datatype).toBe('turbo4')
    } else {
      await expect(freshCollection({ vectors })).rejects.toThrow(
        `"vectors.colbert.datatype" needs Qdrant 1.19.0, this server is ${version}; use "quantization_config": { turbo: {} }`,
      )
    }
  })

  it('fails, reuses or recreates an existing collection', async () => {
    const name = freshName()
    const config = { ...spread, vectors: { colbert } }
    const first = await createCollection(client, name, config)
    await first.upsert([{ id: 1, vector: { colbert: [[1, 2, 3, 4]] } }])
    await expect(createCollection(client, name, config)).rejects.toMatchObject({
      name: 'QdrantError',
      status: 409,
      reason: `Wrong input: Collection \`${name}\` already exists!`,
      message:
        `PUT /collections/${name} answered 409: Wrong input: Collection \`${name}\` already exists!; ` +
        "pass ifExists: 'reuse' or 'recreate', or use another name",
    })
    const reused = await createCollection(client, name, config, { ifExists: 'reuse' })
    expect(await reused.count()).toBe(1)
    const recreated = await createCollection(client, name, config, { ifExists: 'recreate' })
    expect(await recreated.count()).toBe(0)
  })

  it('names every difference of a configuration that it cannot reuse', async () => {
    const collection = await freshCollection({
      vectors: {
        colbert: { ...colbert, on_disk: true },
        old: { size: 2, distance: 'Dot', multivector_config: null },
      },
    })
    const wanted = {
      vectors: {
        colbert: {
          size: 8,
          distance: 'Cosine' as const,
          datatype: 'float16' as const,
          hnsw_config: { m: 4 },
        },
      },
      payload_indexes: { year: 'integer' as const },
    }
    await expect(createCollection(client, collection.name, wanted, { ifExists: 'reuse' })).rejects.toThrow(
      `the collection "${collection.name}" exists with another configuration: ` +
        '"vectors.colbert.size" expected 8, got 4; "vectors.colbert.distance" expected "Cosine", got "Dot"; ' +
        '"vectors.colbert.datatype" expected "float16", got "float32"; "vectors.colbert.on_disk" expected false, got true; ' +
        '"vectors.colbert.hnsw_config.m" expected 4, got 0; ' +
        'it also has the vector "old" {"size":2,"distance":"Dot"}; ' +
        '"payload_indexes.year" expected "integer", got null; ' +
        `use another name, or ifExists: 'recreate', which deletes its points`,
    )
  })
})

describe('openCollection', () => {
  it('reads the configuration of an existing collection', async () => {
    const { name, config } = await freshCollection({
      vectors: { colbert: { ...colbert, datatype: 'float16' } },
    })
    const opened = await openCollection(client, name)
    expect(opened.config).toEqual(config)
    expect(opened.version).toBe(version)
  })

  it('rejects with status 404 if the collection does not exist', async () => {
    await expect(openCollection(client, 'nowhere')).rejects.toMatchObject({
      status: 404,
      message: "GET /collections/nowhere answered 404: Not found: Collection `nowhere` doesn't exist!",
    })
  })
})

describe('deleteCollection', () => {
  it('deletes a collection and returns whether it existed', async () => {
    const { name } = await freshCollection({ vectors: { colbert } })
    expect(await deleteCollection(client, name)).toBe(true)
    expect(await deleteCollection(client, name)).toBe(false)
    await expect(openCollection(client, name)).rejects.toMatchObject({ status: 404 })
  })

  it('refuses an empty name', async () => {
    await expect(deleteCollection(client, '')).rejects.toThrow(
      '"name" expected 1 to 255 characters other than < > : " / \\ | ? * and control characters, got ""',
    )
  })

  it.each(['.', '..', 'a/b', 'a?b', 'a\u0000b', 'a\ud800', 'a"b', 5])('refuses %j as a name', async name => {
    await expect(deleteCollection(client, name as string)).rejects.toThrow(
      `"name" expected 1 to 255 characters other than < > : " / \\ | ? * and control characters, got ${JSON.stringify(name)}`,
    )
  })

  it('accepts names in any script', async () => {
    const name = `${freshName()} Sammlung «Größe» 日本 ☃`
    const collection = await createCollection(client, name, { ...spread, vectors: { 'ряды ☃': colbert } })
    await collection.upsert([{ id: 1, vector: { 'ряды ☃': [[1, 2, 3, 4]] } }])
    expect(await (await openCollection(client, name)).query([[1, 0, 0, 0]])).toMatchObject([
      { id: 1, score: 1 },
    ])
    expect(await deleteCollection(client, name)).toBe(true)
  })
})

it('an aborted signal ends creating, opening and deleting before a request', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  const name = freshName()
  await expect(createCollection(client, name, { vectors: { colbert } }, { signal })).rejects.toThrow('enough')
  await expect(openCollection(client, name, { signal })).rejects.toThrow('enough')
  await expect(deleteCollection(client, name, { signal })).rejects.toThrow('enough')
  expect(await deleteCollection(client, name)).toBe(false)
})

it.runIf(isServer)('metadata and strict mode are stored and compared', async () => {
  const name = freshName()
  const config = {
    ...spread,
    vectors: { colbert },
    metadata: { encoder: 'colbertv2.0', rows: { most: 180 } },
    strict_mode_config: { enabled: true, multivector_config: { colbert: { max_vectors: 2 } } },
  }
  const collection = await createCollection(client, name, config)
  expect(collection.config).toMatchObject({
    metadata: config.metadata,
    strict_mode_config: config.strict_mode_config,
  })
  await createCollection(client, name, config, { ifExists: 'reuse' })
  await expect(
    createCollection(client, name, { ...config, metadata: { encoder: 'lateon' } }, { ifExists: 'reuse' }),
  ).rejects.toThrow('"metadata.encoder" expected "lateon", got "colbertv2.0"; use another name')
  await expect(
    collection.upsert([{ id: 1, vector: { colbert: new Array(3).fill([1, 2, 3, 4]) } }]),
  ).rejects.toMatchObject({ name: 'QdrantError', status: 400 })
})

it.runIf(isServer)('points are read and written in batches that strict mode allows', async () => {
  const collection = await freshCollection({
    vectors: { colbert },
    strict_mode_config: { enabled: true, upsert_max_batchsize: 7, max_query_limit: 5 },
  })
  const points = Array.from({ length: 30 }, (_, id) => ({ id, vector: { colbert: [[1, 2, 3, id]] } }))
  expect(await collection.upsert(points)).toMatchObject({ points: 30, batches: 5 })
  expect(await verify(collection, [[[1, 2, 3, 4]]], { limit: 5 })).toMatchObject({ ok: true, scanned: 30 })
  await expect(collection.upsert(points.slice(0, 8), { batchPoints: 8 })).rejects.toMatchObject({
    status: 400,
  })
})

it('info contains state, shards, replicas and sizes', async () => {
  const collection = await freshCollection({ vectors: { colbert } })
  await collection.upsert([{ id: 1, vector: { colbert: [[1, 2, 3, 4]] } }])
  const info = await collection.info()
  expect(info).toMatchObject({ points: 1, queued: 0, version })
  expect([info.shards, info.replicas]).toEqual(kind === 'cluster' ? [3, 6] : [1, 1])
  expect(info.size).toEqual({ points: 1, rows: { colbert: 1 }, payloadBytes: 2 })
  expect(info.estimate).toEqual(collection.estimate({ points: 1, rows: 1, payloadBytes: 2 }))
})

it.runIf(isServer)('info contains the warnings of the server', async () => {
  const collection = await freshCollection({
    vectors: { colbert: { ...colbert, hnsw_config: { m: 0, inline_storage: true } } },
  })
  expect((await collection.info()).warnings).toHaveLength(1)
})

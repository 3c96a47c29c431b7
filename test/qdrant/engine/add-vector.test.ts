// Adds vectors to collections with points on a server: points get them, and no graph is built for a multi-vector.

import { expect, it } from 'vitest'
import { addVector, createCollection, openCollection, verify } from '../../../src/qdrant/index.js'
import { createStore } from '../../../src/store/index.js'
import { push } from '../../../src/transfer/index.js'
import { client, createRandom, freshName, isServer, randomRows, since, spread, url } from './support.js'

const POINTS = 300
const dense = {
  size: 16,
  distance: 'Cosine',
  multivector_config: null,
  hnsw_config: { m: 0, payload_m: 0 },
} as const
const colbert = { size: 16, distance: 'Dot' } as const
const { QDRANT_API_KEY: key } = process.env
const headers = key === undefined ? {} : { 'api-key': key }
const random = createRandom(2411)

async function filledDense() {
  const name = freshName()
  const config = { ...spread, vectors: { dense }, optimizers_config: { indexing_threshold: 1 } }
  const collection = await createCollection(client, name, config)
  await collection.upsert(
    Array.from({ length: POINTS }, (_, id) => ({
      id,
      vector: { dense: randomRows(random, 1, 16).data },
      payload: { id },
    })),
  )
  return name
}

/** The edges of a node (`m`) in the index of `colbert`, for each optimized segment on this node. */
async function edges(name: string): Promise<number[]> {
  const response = await fetch(`${url}/telemetry?details_level=10`, { headers })
  const { result } = (await response.json()) as { result: Telemetry }
  const { shards } = result.collections.collections.find(({ id }) => id === name)!
  const indexes = shards.flatMap(({ local }) =>
    (local?.segments ?? []).flatMap(({ config }) => config.vector_data.colbert?.index ?? []),
  )
  return indexes.flatMap(({ type, options }) => (type === 'hnsw' ? options.m : []))
}

/** The part of the server's report that is read here. */
interface Telemetry {
  readonly collections: {
    readonly collections: readonly {
      readonly id: string
      readonly shards: readonly { readonly local?: { readonly segments: readonly Segment[] } | null }[]
    }[]
  }
}
interface Segment {
  readonly config: {
    readonly vector_data: Readonly<Record<string, { index: { type: string; options: { m: number } } }>>
  }
}

const documents = Array.from({ length: POINTS }, (_, id) => ({
  id,
  vector: { colbert: randomRows(random, 8, 16) },
}))

it.runIf(isServer && since('1.18.0'))(
  'points get a vector without a graph, and keep the others',
  async () => {
    const name = await filledDense()
    const collection = await addVector(client, name, 'colbert', colbert)
    expect(await addVector(client, name, 'colbert', colbert)).toMatchObject({ name })
    expect(collection.config.vectors.colbert).toEqual({
      ...colbert,
      multivector_config: { comparator: 'max_sim' },
      hnsw_config: { m: 0, payload_m: 0 },
    })
    await collection.updateVectors(documents)
    // another collection, whose vector was added without the settings: there the server builds a graph
    const other = await filledDense()
    await client.createVectorName(other, 'colbert', {
      dense: { ...colbert, multivector_config: { comparator: 'max_sim' } },
    })
    await (await openCollection(client, other)).updateVectors(documents)
    await expect.poll(() => edges(other), { timeout: 60_000 }).toContain(16)
    await expect.poll(() => edges(name), { timeout: 60_000 }).toContain(0)
    expect(new Set(await edges(name))).toEqual(new Set([0]))
    // as after a call that was interrupted: the settings are completed, and segments without a graph replace the others
    await addVector(client, other, 'colbert', colbert)
    await expect.poll(async () => [...new Set(await edges(other))], { timeout: 60_000 }).toEqual([0])
    const source = new Map(documents.map(({ id, vector }) => [id, vector.colbert]))
    const report = await verify(collection, [documents[0]!.vector.colbert], { using: 'colbert', source })
    expect(report).toMatchObject({ ok: true, scanned: POINTS, documents: [] })
    const [point] = await collection.retrieve([7], { with_payload: true, with_vector: true })
    expect(point).toMatchObject({ payload: { id: 7 } })
    expect(Object.keys(point!.vector!).sort()).toEqual(['colbert', 'dense'])
  },
)

it.runIf(isServer && since('1.18.0'))(
  'push with vectorsOnly repairs documents and keeps the rest',
  async () => {
    const name = await filledDense()
    const collection = await addVector(client, name, 'colbert', colbert)
    const wrong = documents.map(({ id }) => ({ id, vector: documents[(id + 1) % POINTS]!.vector }))
    await collection.updateVectors(wrong)
    const store = await createStore({ vectors: { colbert } })
    await store.upsert(documents)
    const check = () =>
      verify(collection, [documents[0]!.vector.colbert], { using: 'colbert', source: store })
    expect((await check()).documents).toHaveLength(POINTS)
    await push(store, collection, { vectorsOnly: true })
    expect(await check()).toMatchObject({ ok: true, documents: [] })
    const points = await collection.retrieve([0, 299], { with_payload: true, with_vector: ['dense'] })
    expect(points.map(({ payload, vector }) => [payload, Object.keys(vector!)])).toEqual([
      [{ id: 0 }, ['dense']],
      [{ id: 299 }, ['dense']],
    ])
    await store.upsert([{ id: 999, vector: documents[0]!.vector }])
    await expect(push(store, collection, { vectorsOnly: true })).rejects.toThrow('999')
    expect(await collection.count()).toBe(POINTS)
    await store.close()
  },
)

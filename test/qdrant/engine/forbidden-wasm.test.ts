// The adapter in an engine that forbids compiling WebAssembly at run time, as some workers and pages do: it works without
// options, and with a compiled codec.wasm.

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLocalCopy, createVectorCache, openCollection, verify } from '../../../src/qdrant/index.js'
import { createRandom, freshCollection, randomPoints, randomRows, url } from './support.js'

const dim = 16
const random = createRandom(21)
const points = randomPoints(random, 40, dim)
const query = randomRows(random, 4, dim)
const vectors = { colbert: { size: dim, distance: 'Dot' } } as const

let codec: WebAssembly.Module

beforeAll(async () => {
  codec = await WebAssembly.compile(await readFile('build/codec.wasm'))
  // Node compiles the parser of fetch when it is first used
  await fetch(url)
  vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new EvalError('Wasm code generation disallowed'))
})

afterAll(() => {
  vi.restoreAllMocks()
})

describe.each([
  ['without options', () => ({})],
  ['with a compiled codec', () => ({ module: codec })],
])('an engine that forbids compiling WebAssembly, %s,', (_, options) => {
  it('creates and opens collections, upserts, queries and reads points', async () => {
    const { name } = await freshCollection({ vectors }, options())
    const collection = await openCollection({ url, apiKey: process.env.QDRANT_API_KEY }, name, options())
    expect(await collection.upsert(points)).toMatchObject({ points: 40 })
    const [first] = await collection.query(query, { limit: 1, with_vector: true })
    const [point] = await collection.retrieve([first!.id], { with_vector: true })
    const sent = points.find(({ id }) => id === first!.id)!.vector.colbert
    expect(first!.vector!.colbert).toEqual(sent)
    expect(point!.vector!.colbert).toEqual(sent)
  })

  it('reranks and verifies with the reference kernel', async () => {
    const collection = await freshCollection({ vectors }, options())
    await collection.upsert(points)
    const cache = createVectorCache({ maxBytes: 1e6 })
    const hits = await collection.query(query, { limit: 5 })
    const reranked = await collection.rerank(query, { candidates: 40, limit: 5, cache })
    expect(reranked.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
    const source = new Map(points.map(({ id, vector }) => [id, vector.colbert]))
    const report = await verify(collection, [query], { source })
    expect(report).toMatchObject({ ok: true, kernel: 'reference', hits: 10, scanned: 40 })
  })

  it('copies a collection into the memory of the reference kernel', async () => {
    const collection = await freshCollection({ vectors }, options())
    await collection.upsert(points)
    const copy = await createLocalCopy(collection)
    expect(copy.kernel).toBe('reference')
    const ids = (await copy.query(query)).map(({ id }) => id)
    expect(ids).toEqual((await collection.query(query)).map(({ id }) => id))
    copy.dispose()
  })
})

it('a module that is not codec.wasm is refused', async () => {
  const other = await readFile('build/simd.wasm')
  const { name } = await freshCollection({ vectors })
  await expect(
    openCollection({ url, apiKey: process.env.QDRANT_API_KEY }, name, {
      module: new WebAssembly.Module(other),
    }),
  ).rejects.toThrow('"module" expected a module made from maxsimd/codec.wasm; this one exports ')
})

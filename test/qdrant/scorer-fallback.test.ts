// The scorers that the adapter makes: one for a call is disposed when the call is over, and a given one is not. A collection
// makes one when it first needs it.

import { beforeEach, expect, it, vi } from 'vitest'
import { createLocalScorer, type Scorer } from '../../src/core/scorer.js'
import { createCollection, createLocalCopy } from '../../src/qdrant/index.js'
import { withScorer } from '../../src/qdrant/scorer-fallback.js'
import { startFakeQdrant } from '../support/fake-qdrant.js'

const made: Scorer[] = []
vi.mock('../../src/core/scorer.js', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/core/scorer.js')>()
  const create: typeof original.createLocalScorer = async options => {
    const scorer = await original.createLocalScorer(options)
    vi.spyOn(scorer, 'dispose')
    made.push(scorer)
    return scorer
  }
  return { ...original, createLocalScorer: vi.fn(create) }
})
beforeEach(() => void made.splice(0))

it('is disposed when the call is over, also if it fails', async () => {
  expect(await withScorer(undefined, async scorer => scorer.score([[1, 2]], [[3, 4]]))).toBe(11)
  await expect(withScorer(undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(made).toHaveLength(2)
  for (const { dispose } of made) expect(dispose).toHaveBeenCalledTimes(1)
})

it('is not disposed if it was given', async () => {
  const given = await createLocalScorer()
  await withScorer(given, async scorer => expect(scorer).toBe(given))
  expect(given.dispose).not.toHaveBeenCalled()
  given.dispose()
})

it('is the reference kernel where WebAssembly must not be compiled, and only there', async () => {
  vi.mocked(createLocalScorer).mockRejectedValueOnce(
    Object.assign(new Error('csp'), { code: 'ERR_WASM_FORBIDDEN' }),
  )
  expect(await withScorer(undefined, async ({ kernel }) => kernel)).toBe('reference')
  for (const error of [
    new Error('out of memory'),
    Object.assign(new Error('no kernel'), { code: 'ERR_OTHER' }),
  ]) {
    vi.mocked(createLocalScorer).mockRejectedValueOnce(error)
    await expect(withScorer(undefined, async () => undefined)).rejects.toBe(error)
  }
})

it('is made once for all calls of a collection, when the first needs it', async () => {
  const server = await startFakeQdrant()
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  const collection = await createCollection({ url: server.url }, 'c', { vectors })
  await collection.upsert([{ id: 1, vector: { colbert: [[1, 2]] } }])
  await collection.query([[1, 0]])
  expect(made).toEqual([])
  const [hits] = await Promise.all([collection.rerank([[1, 0]]), collection.rerank([[0, 1]])])
  await collection.query([[1, 0]], { with_matches: true })
  expect(hits).toMatchObject([{ id: 1, score: 1 }])
  expect(made).toHaveLength(1)
  expect(made[0]!.dispose).not.toHaveBeenCalled()
  await server.close()
})

it('is disposed with a local copy, also if the collection cannot be read', async () => {
  const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } }
  const collection = (scroll: () => AsyncGenerator) => ({ name: 'c', config, scroll }) as never
  const copy = await createLocalCopy(collection(async function* () {}))
  const [first] = made
  expect(first!.dispose).not.toHaveBeenCalled()
  copy.dispose()
  expect(first!.dispose).toHaveBeenCalledTimes(1)
  const failing = collection(async function* () {
    yield { id: 1, vector: { colbert: { data: Float32Array.of(1, 2), dim: 2 } } }
    throw new Error('gone')
  })
  await expect(createLocalCopy(failing)).rejects.toThrow('gone')
  expect(made).toHaveLength(2)
  expect(made[1]!.dispose).toHaveBeenCalledTimes(1)
})

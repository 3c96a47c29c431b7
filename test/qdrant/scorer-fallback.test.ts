// The scorer that the adapter makes for one call: it is disposed when the call is over, and a given one is not.

import { beforeEach, expect, it, vi } from 'vitest'
import { createLocalScorer, type Scorer } from '../../src/core/scorer.js'
import { withScorer } from '../../src/qdrant/scorer-fallback.js'

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
  vi.mocked(createLocalScorer).mockRejectedValueOnce(new Error('out of memory'))
  await expect(withScorer(undefined, async () => undefined)).rejects.toThrow('out of memory')
})

// Loading something once, when it is first needed.

import { expect, it } from 'vitest'
import { loadOnce } from '../../src/base/load-once.js'

it('loads at the first call, and has the same result for every call', async () => {
  let calls = 0
  const load = loadOnce(async () => ({ calls: ++calls }))
  expect(calls).toBe(0)
  const [first, second] = [load(), load()]
  expect(second).toBe(first)
  const loaded = await first
  expect(loaded).toEqual({ calls: 1 })
  expect(await load()).toBe(loaded)
})

it('loads again after a failure, which all calls that waited for it get', async () => {
  let calls = 0
  const load = loadOnce(async () => {
    if (++calls < 3) throw new Error(`failure ${calls}`)
    return calls
  })
  const outcomes = await Promise.allSettled([load(), load()])
  expect(outcomes.map(outcome => String((outcome as PromiseRejectedResult).reason))).toEqual([
    'Error: failure 1',
    'Error: failure 1',
  ])
  await expect(load()).rejects.toThrow('failure 2')
  expect([await load(), await load(), calls]).toEqual([3, 3, 3])
})

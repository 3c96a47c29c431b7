// The measurements of `maxsimd bench`, with little time for each.

import { beforeAll, describe, expect, it } from 'vitest'
import { measureKernel, measureStore } from '../../src/cli/measure-rates.js'
import { createStore } from '../../src/store/index.js'
import { temporaryFolder } from './run-cli.js'

const at = temporaryFolder()

it('measureKernel measures every dtype after a check of its scores', async () => {
  const phases: string[] = []
  const { rates } = await measureKernel({ milliseconds: 1, onPhase: phase => phases.push(phase) })
  expect(rates.map(({ dtype }) => dtype)).toEqual(['f32', 'f16', 'i16', 'i8', 'u8', 'binary'])
  expect(phases).toEqual(rates.map(({ dtype }) => `scoring ${dtype}`))
  for (const { documents, operations, bytes } of rates) {
    expect(documents).toBeGreaterThan(0)
    expect(operations).toBeCloseTo(documents * 64 * 32 * 128 * 2, -6)
    expect(bytes).toBeGreaterThan(1000)
  }
})

it('measureKernel ends between two dtypes if it is interrupted', async () => {
  const interrupt = new AbortController()
  const phases: string[] = []
  const onPhase = (phase: string) => {
    phases.push(phase)
    // as ctrl-C arrives: in the next turn of the event loop
    setImmediate(() => interrupt.abort(new Error('enough')))
  }
  const options = { milliseconds: 1, onPhase, signal: interrupt.signal }
  await expect(measureKernel(options)).rejects.toThrow('enough')
  expect(phases).toEqual(['scoring f32'])
})

describe('measureStore', () => {
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const

  beforeAll(async () => {
    const store = await createStore({ path: at('store'), vectors })
    await store.upsert([0, 1, 2, 3].map(id => ({ id, vector: { colbert: [[id, 1]] } })))
    await store.close()
    await (await createStore({ path: at('empty'), vectors })).close()
  })

  it('measures a store in memory and on disk', async () => {
    const { info, rates } = await measureStore(at('store'), { milliseconds: 1 })
    expect(info.points).toBe(4)
    expect(rates.map(({ from }) => from)).toEqual(['memory', 'disk'])
    for (const { median, queries } of rates) {
      expect(median).toBeGreaterThan(0)
      expect(queries).toBeGreaterThan(2)
    }
  })

  it('ends between two queries if it is interrupted', async () => {
    const interrupt = new AbortController()
    setTimeout(() => interrupt.abort(new Error('enough')), 50)
    const options = { milliseconds: 60_000, signal: interrupt.signal }
    await expect(measureStore(at('store'), options)).rejects.toThrow('enough')
  })

  it('refuses an empty store', async () => {
    await expect(measureStore(at('empty'))).rejects.toThrow(
      new RangeError(`the store at "${at('empty')}" is empty`),
    )
  })
})

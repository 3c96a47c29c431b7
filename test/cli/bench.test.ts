// The measurements of `maxsimd bench`, with little time for each.

import { beforeAll, describe, expect, it, vi } from 'vitest'
import { measureKernel, measureStore } from '../../src/cli/measure-rates.js'
import { createStore } from '../../src/store/index.js'
import { runCli, temporaryFolder } from './run-cli.js'

/** Whether the plain kernel, whose scores are compared, returns other scores. */
const plain = vi.hoisted(() => ({ isWrong: false, open: 0 }))
vi.mock('../../src/core/scorer.js', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/core/scorer.js')>()
  const createLocalScorer: typeof original.createLocalScorer = async options => {
    const scorer = await original.createLocalScorer(options)
    plain.open++
    const { dispose } = scorer
    const counted = {
      ...scorer,
      dispose() {
        plain.open--
        dispose()
      },
    }
    if (!plain.isWrong || options?.kernel !== 'reference') return counted
    const corpus: typeof scorer.corpus = settings => {
      const made = scorer.corpus(settings)
      return { ...made, add: made.add, scores: query => made.scores(query).map(score => score + 0.0011) }
    }
    return { ...counted, corpus }
  }
  return { ...original, createLocalScorer }
})

const at = temporaryFolder()

it('measureKernel measures every dtype after a check of its scores', async () => {
  const phases: string[] = []
  // a clock whose every look is a second after the one before: each call takes a second
  let time = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 1000))
  const measured = measureKernel({ milliseconds: 1, onPhase: phase => phases.push(phase) })
  const { rates } = await measured.finally(() => clock.mockRestore())
  const rowBytes = { f32: 512, f16: 256, i16: 256, i8: 128, u8: 128, binary: 16 }
  expect(rates.map(({ dtype }) => dtype)).toEqual(Object.keys(rowBytes))
  expect(phases).toEqual(rates.map(({ dtype }) => `scoring ${dtype}`))
  for (const { dtype, documents, operations, bytes } of rates) {
    expect([documents, operations]).toEqual([400, 400 * 64 * 32 * 128 * 2])
    // 64 rows, and for f32 their int8 copies; the rest are entries
    const rows = 64 * (rowBytes[dtype] + (dtype === 'f32' ? 128 : 0))
    expect(bytes).toBeGreaterThanOrEqual(rows)
    expect(bytes).toBeLessThan(rows + 200)
  }
})

it('measureKernel times no scores that differ from those of the plain kernel, and frees its memory', async () => {
  plain.isWrong = true
  const { open } = plain
  await expect(measureKernel({ milliseconds: 1 })).rejects.toThrow(
    /^f32: the score of document 0 expected \d+\.\d+, got \d+\.\d+$/,
  )
  plain.isWrong = false
  expect(plain.open).toBe(open)
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

  it('measures a store that a program has opened for writing, as info shows it', async () => {
    const store = await createStore({ path: at('store'), vectors, ifExists: 'reuse' })
    try {
      expect((await measureStore(at('store'), { milliseconds: 1 })).info.points).toBe(4)
      expect((await runCli(['info', '--store', at('store')])).stdout).toContain(': 4 points in ')
    } finally {
      await store.close()
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

// What `maxsimd advise` prints for measurements that are given: its table, the command for the stage, and the options that it passes.

import { beforeAll, expect, it, vi } from 'vitest'
import type { Advice, StageAdvice } from '../../src/stages/index.js'
import { createStore } from '../../src/store/index.js'
import { runCli, temporaryFolder } from './run-cli.js'

const measured = vi.hoisted(() => ({ advice: {} as object, calls: [] as unknown[][] }))
vi.mock('../../src/stages/index.js', async importOriginal => ({
  ...(await importOriginal<object>()),
  advise: async (...call: unknown[]) => {
    measured.calls.push(call)
    return measured.advice
  },
}))

const at = temporaryFolder()

beforeAll(async () => {
  const store = await createStore({ path: at('s'), vectors: { colbert: { size: 2, distance: 'Dot' } } })
  await store.upsert([5, 6].map(id => ({ id, vector: { colbert: [[id, 1]] } })))
  await store.close()
})

const stageOf = (stage: string, changes: Partial<StageAdvice> = {}): StageAdvice =>
  ({
    ...{ stage, size: 64, datatype: 'i8', recall: 0.98, low: 0.96, high: 0.991 },
    ...{ milliseconds: 1.234, bytes: 64 },
    ...changes,
  }) as StageAdvice

const exact = stageOf('exact', { size: 0, datatype: 'float32', recall: 1, low: 1, high: 1, milliseconds: 99, bytes: 8200 }) // biome-ignore format: one stage

const adviceOf = (
  recommended: StageAdvice,
  others: readonly StageAdvice[],
  changes: Partial<Advice> = {},
) => ({
  ...{ documents: 1200, queries: 1, candidates: 200, target: 0.95, reaches: true, config: 'the lines' },
  ...{ stages: [exact, ...others], recommended },
  ...changes,
})

/** What `advise` prints for this advice. */
async function printed(advice: object, args: readonly string[] = [], code = 0): Promise<string> {
  measured.advice = advice
  return (await runCli(['advise', '--store', at('s'), '--sample', '2', ...args], { code })).stdout
}

it('has a line for each stage, with columns of equal width', async () => {
  const stages = [
    stageOf('lemurFirst', { size: 1024, milliseconds: 12.34, bytes: 1024 }),
    stageOf('meanFirst'),
  ]
  expect(await printed(adviceOf(exact, stages, { config: '' }))).toBe(
    '1,200 documents, 1 query, 200 candidates\n\n' +
      'exact               float32  recall@10 100.0 %                   99 ms  8.2 kB a document\n' +
      'lemurFirst of 1024  i8        recall@10 98.0 %  (96.0 to 99.1)   12 ms  1.0 kB a document\n' +
      'meanFirst of 64     i8        recall@10 98.0 %  (96.0 to 99.1)  1.2 ms    64 B a document\n\n' +
      'Exact search takes 99 ms; no first stage is needed.\n',
  )
})

it.each<[what: string, stages: readonly StageAdvice[], args: readonly string[], steps: string]>([
  ['lemur with its size', [stageOf('lemurFirst')], [], 'Add it to the store with:\n\nnpx maxsimd index --store S --first-stage lemur --stage-size 64'],
  ['mean without a size', [stageOf('meanFirst')], [], 'Add it to the store with:\n\nnpx maxsimd index --store S --first-stage mean'],
  ['its datatype if it is not i8', [stageOf('muveraFirst', { datatype: 'float32' })], ['--using', 'colbert'], 'Add it to the store with:\n\nnpx maxsimd index --store S --first-stage muvera --stage-datatype float32 --using colbert'],
  ['the fastest that a store can have', [stageOf('pooledFirst', { milliseconds: 1 }), stageOf('lemurFirst', { milliseconds: 5 }), stageOf('meanFirst', { milliseconds: 3 })], [], 'Add meanFirst of 64, which a store can have in place, to the store with:\n\nnpx maxsimd index --store S --first-stage mean'],
  ['one that reaches the recall at the low end too', [stageOf('pooledFirst'), stageOf('meanFirst', { low: 0.9499 }), stageOf('muveraFirst', { low: 0.95, milliseconds: 9 })], [], 'Add muveraFirst of 64, which a store can have in place, to the store with:\n\nnpx maxsimd index --store S --first-stage muvera'],
  ['another size of the recommended stage', [stageOf('lemurFirst', { milliseconds: 2, low: 0 }), stageOf('lemurFirst', { size: 128, milliseconds: 4 })], [], 'Add lemurFirst of 128, which a store can have in place, to the store with:\n\nnpx maxsimd index --store S --first-stage lemur --stage-size 128'],
  ['lines of a program for a stage that is for programs only', [stageOf('pooledFirst')], [], 'the lines'],
])('recommends the first, and says how to add %s', async (_, stages, args, steps) => {
  const text = await printed(adviceOf(stages[0]!, stages), args)
  expect(text.split('\n\n').slice(2).join('\n\n')).toBe(
    `Recommended: ${stages[0]!.stage} of 64 in ${stages[0]!.datatype}.\n\n${steps.replace('S', at('s'))}\n`,
  )
  const json = JSON.parse(await printed(adviceOf(stages[0]!, stages), [...args, '--json']))
  expect(json.command).toBe(/^npx .*$/m.exec(steps.replace('S', at('s')))?.[0])
}) // biome-ignore format: one case a line

it('names other candidates than 200 in the command, and the nearest stage if none reaches the recall', async () => {
  const mean = stageOf('meanFirst')
  expect(await printed(adviceOf(mean, [mean], { candidates: 300 }))).toMatch(
    / --first-stage mean --candidates 300\n$/,
  )
  const text = await printed(adviceOf(mean, [mean], { candidates: 1, reaches: false }), [], 1)
  expect(text).toMatch(
    /\n\nNo stage reaches 95 % with 1 candidate; meanFirst of 64 is the nearest\. Try more --candidates\.\n\nthe lines\n$/,
  )
})

it('passes its options, the signal, and the ids of documents that are used as queries', async () => {
  const { signal } = new AbortController()
  const options = ['--recall', '0.8', '--candidates', '20', '--milliseconds', '7', '--using', 'colbert']
  measured.advice = adviceOf(exact, [])
  await runCli(['advise', '--store', at('s'), '--sample', '2', ...options], { signal })
  const [collection, queries, passed] = measured.calls.at(-1) as [
    { name: string },
    { id: unknown }[],
    { signal: unknown },
  ]
  expect(passed).toMatchObject({ using: 'colbert', recall: 0.8, candidates: 20, milliseconds: 7 })
  expect([collection.name, queries.map(({ id }) => id)]).toEqual([expect.any(String), [5, 6]])
  expect(passed.signal).toBe(signal)
})

// `maxsimd bench` with its default measuring times, which add up to seconds.

import { expect, it } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { runCli, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()

it('bench prints the rates of the kernel', async () => {
  const { stdout } = await runCli(['bench'])
  expect(stdout).toMatch(
    /^kernel (relaxed-)?simd \(one thread; .*\)\nf32 +[\d,]+ documents\/s +[\d.]+ GFLOPS/,
  )
  expect(stdout.trim().split('\n')).toHaveLength(7)
})

it('bench --store prints the rates of a store from memory and from disk', async () => {
  const store = await createStore({ path: at('store'), vectors: { v: { size: 2, distance: 'Dot' } } })
  await store.upsert([{ id: 1, vector: { v: [[1, 2]] } }])
  await store.close()
  const { stdout } = await runCli(['bench', '--store', at('store')])
  expect(stdout.replace(at('store'), '')).toMatch(
    /^: 1 point, kernel \S+\nfrom memory: {2}[\d.]+ ms per query \(first query \d.*\n.*from disk: {4}[\d.]+ ms per query/,
  )
  const json = JSON.parse((await runCli(['bench', '--store', at('store'), '--json'])).stdout)
  expect(json).toMatchObject({ points: 1, rates: [{ from: 'memory' }, { from: 'disk' }] })
})

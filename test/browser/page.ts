// The program of the test pages, bundled by run.mjs: the kernel suite, and tests that need a page. The runner calls
// `outcome`.

import { createScorer } from '../../src/index.js'
import type { Case } from '../kernel/kernel.cases.js'
import { type Outcome, runCases } from '../support/portable.js'

function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${actual}`)
}

const query = [
  [1, 0],
  [0, 1],
]
const document = [
  [1, 1],
  [0, 2],
]

const withoutBundler: Case = {
  name: 'dist/maxsimd.min.js works in a page without a bundler',
  async run() {
    const address: string = '/maxsimd.min.js'
    const library = (await import(address)) as { createScorer: typeof createScorer }
    const scorer = await library.createScorer()
    same(scorer.kernel, 'relaxed-simd')
    same(scorer.score(query, document), 3)
  },
}

const threadsWithoutBundler: Case = {
  name: 'dist/maxsimd.min.js loads threads on request, in a page that is not cross-origin isolated',
  async run() {
    same(globalThis.crossOriginIsolated, false)
    const address: string = '/maxsimd.min.js'
    const library = (await import(address)) as { createScorer: typeof createScorer }
    const scorer = await library.createScorer({ threads: 2 })
    same(scorer.threads, 2)
    same(await scorer.score(query, document), 3)
    await scorer.dispose()
  },
}

/** Runs under a policy that forbids compiling WebAssembly and starting workers. */
const underPolicy: Case = {
  name: 'reports how to score where the page forbids compiling WebAssembly, and scores without it',
  async run() {
    const message = await createScorer().then(
      () => 'no error',
      error => String(error),
    )
    same(/^WasmForbiddenError: this engine forbids compiling WebAssembly; pass "module"/.test(message), true)
    const scorer = await createScorer({ kernel: 'reference' })
    same(scorer.score(query, document), 3)
    const refusal = await createScorer({ kernel: 'reference', threads: 2 }).then(
      () => 'no error',
      error => String(error),
    )
    same(
      refusal,
      'TypeError: a worker did not start; use { threads: 1 }, or allow workers: the content security policy of a page ' +
        'needs "worker-src blob:"',
    )
  },
}

async function runOne({ name, run }: Case): Promise<Outcome> {
  try {
    await run()
    return { kernels: ['reference'], passed: 1, failures: [] }
  } catch (error) {
    return { kernels: [], passed: 0, failures: [`${name}: ${error}`] }
  }
}

Object.assign(globalThis, {
  outcome: (path: string) =>
    path === '/strict' ? runOne(underPolicy) : runCases([withoutBundler, threadsWithoutBundler]),
})

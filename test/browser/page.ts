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
    same(
      /^WasmForbiddenError: this engine forbids compiling WebAssembly; allow 'wasm-unsafe-eval' in the CSP/.test(
        message,
      ),
      true,
    )
    const scorer = await createScorer({ kernel: 'reference' })
    same(scorer.score(query, document), 3)
    const refusal = await createScorer({ kernel: 'reference', threads: 2 }).then(
      () => 'no error',
      error => String(error),
    )
    same(refusal.startsWith('TypeError: a worker did not start: '), true)
    same(refusal.includes('needs "worker-src blob:"; under another policy, under Trusted Types and in'), true)
  },
}

/** Runs under a policy without `worker-src blob:` that requires Trusted Types. The library itself makes no policy. */
const ownWorkers: Case = {
  name: 'starts workers with the caller’s function, under Trusted Types and without worker-src blob:',
  async run() {
    const refusal = await createScorer({ threads: 2 }).then(
      () => 'no error',
      error => String(error),
    )
    same(refusal.includes('under Trusted Types and in an extension, pass "worker"'), true)
    const { trustedTypes } = globalThis as unknown as {
      trustedTypes: {
        createPolicy(name: string, rules: object): { createScriptURL(url: string): string }
      }
    }
    const policy = trustedTypes.createPolicy('worker', { createScriptURL: (url: string) => url })
    for (const type of ['module', 'classic'] as const) {
      const worker = () => new Worker(policy.createScriptURL('/worker.js'), { type })
      const scorer = await createScorer({ threads: 2, worker })
      same(scorer.threads, 2)
      same(await scorer.score(query, document), 3)
      await scorer.dispose()
    }
    const missing = await createScorer({
      threads: 2,
      worker: () => new Worker(policy.createScriptURL('/missing.js')),
    }).then(
      () => 'no error',
      error => String(error),
    )
    same(missing.includes('"worker" must start the file maxsimd/worker.js'), true)
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
    path === '/strict'
      ? runOne(underPolicy)
      : path === '/trusted'
        ? runOne(ownWorkers)
        : runCases([withoutBundler, threadsWithoutBundler]),
})

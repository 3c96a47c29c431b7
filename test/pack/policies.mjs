// Concern "policies": a program that Vite bundled, in pages whose content security policy forbids what the package uses by
// default. docs/bundlers.md and the messages of errors recommend what this shows.

import { join } from 'node:path'
import { bundlersOf } from './bundlers.mjs'
import { ALL_STEPS, differences, working } from './results.mjs'
import { makeProgram, project } from './work.mjs'

const noWasm = /^WasmForbiddenError: .*allow 'wasm-unsafe-eval' in the CSP, or use \{ kernel: 'reference' \}/
const noBlob = /^TypeError: a worker did not start: .*needs "worker-src blob:"; .*pass "worker"/

const WASM = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

const PAGES = [
  {
    name: 'a page without wasm-unsafe-eval',
    policy: "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src blob:",
    steps: ['core', 'threads', 'reference', 'memoryStore', 'formats', 'words', 'module'],
    // a module cannot be compiled there either
    expected: {
      ...working,
      ...{ core: noWasm, threads: noWasm, memoryStore: noWasm, words: noWasm },
      module: /^CompileError: .*Content Security Policy/,
    },
  },
  {
    name: 'a page without worker-src blob:',
    policy: `${WASM}; worker-src 'self'`,
    steps: [...ALL_STEPS, 'threadsWithoutWorker'],
    expected: { ...working, threadsWithoutWorker: noBlob },
  },
  {
    name: 'a page that requires Trusted Types',
    policy: `${WASM}; worker-src 'self'; require-trusted-types-for 'script'`,
    steps: [...ALL_STEPS, 'threadsWithoutWorker'],
    expected: { ...working, threadsWithoutWorker: noBlob },
  },
]

export async function checkPolicies(report, { tools, pages }) {
  const vite = bundlersOf(tools).find(({ name }) => name === 'Vite')
  const folder = makeProgram('policies', vite.page)
  const warnings = await vite.bundle({ folder, entry: 'strict-page.js', out: join(folder, 'out') })
  for (const { name, policy, steps, expected } of PAGES) {
    await report.run('policies', name, async () => {
      if (warnings.length > 0) return warnings.join('\n')
      const page = `${folder.slice(project.length)}/page?script=out/main.js&module&policy=${encodeURIComponent(policy)}`
      return differences(await pages.outcome(page), steps, expected)
    })
  }
}

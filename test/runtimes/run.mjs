// Runs the kernel suite on Deno, Bun and Node 24: `npm run test:runtimes`.
//
// A missing engine is a failure. Exit codes: 0 success, 1 a failure.

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { engines, findEngine, installEngines } from './engines.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const bundle = join(root, 'build', 'suite.mjs')

/** Runs the suite in one engine. The engine's caches are in build/. */
function run({ name, args }, path) {
  const env = {
    ...process.env,
    DENO_DIR: join(root, 'build', 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0',
    DO_NOT_TRACK: '1',
  }
  const options = { encoding: 'utf8', env, timeout: 300_000 }
  const version = spawnSync(path, ['--version'], options).stdout?.match(/\d+(\.\d+)+/)?.[0]
  const { status, stdout, stderr, error } = spawnSync(path, [...args, bundle], options)
  const label = `${name} ${version}`
  try {
    const outcome = JSON.parse(stdout.trim().split('\n').at(-1))
    return { label, ...outcome }
  } catch {
    const why = error?.message ?? `it ended with code ${status} before the suite did`
    return { label, kernels: [], passed: 0, failures: [`${why}\n${stderr}`] }
  }
}

installEngines()
await build({
  entryPoints: [join(here, 'suite.ts')],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
})
let passed = 0
let failed = 0
for (const engine of engines) {
  const path = findEngine(engine)
  const outcome = path
    ? run(engine, path)
    : {
        label: engine.name,
        kernels: [],
        passed: 0,
        failures: [`no package for ${process.platform} ${process.arch}`],
      }
  passed += outcome.passed
  failed += outcome.failures.length
  console.log(
    `${outcome.label}, kernels ${outcome.kernels.join(', ') || 'none'}: ` +
      `${outcome.passed} passed, ${outcome.failures.length} failed`,
  )
  for (const failure of outcome.failures) console.error(`  ${failure}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

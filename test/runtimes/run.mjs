// Runs the kernel suite on Deno, Bun and Node 24: `npm run test:runtimes`.
//
// The engines are npm packages. They take 400 MB, so that they have a separate package.json in this folder, and the first
// run installs them. Each platform has a package with the binary, so that no install script has to run. A missing engine
// is a failure. Exit codes: 0 success, 1 a failure.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const packages = join(here, 'node_modules')
const bundle = join(root, 'build', 'suite.mjs')
const exe = process.platform === 'win32' ? '.exe' : ''

const engines = [
  {
    name: 'Deno',
    folder: '@deno',
    binary: `deno${exe}`,
    args: ['run', '--quiet', '--no-config', '--no-lock', '--no-remote', '--no-npm'],
  },
  { name: 'Bun', folder: '@oven', binary: `bin/bun${exe}`, args: ['run'] },
  { name: 'Node', folder: '.', binary: `bin/node${exe}`, prefix: 'node-', args: [] },
]

/** Installs the engines, unless they are newer than the lock file. */
function install() {
  const installed = join(packages, '.package-lock.json')
  if (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(here, 'package-lock.json')).mtimeMs
  ) {
    return
  }
  console.log('installing Deno, Bun and Node 24 into test/runtimes/node_modules (400 MB, once)')
  // the npm that runs this script, if one does
  const npm = process.env.npm_execpath
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  const { status } = spawnSync(command, [...first, 'ci', '--ignore-scripts', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (status === 0) return
  console.error('npm ci failed in test/runtimes: the engines are needed for this test')
  process.exit(1)
}

/** Returns the binary that npm installed for this platform. Default for Node: the one that runs this script. */
function find({ name, folder, binary, prefix = '' }) {
  const parent = join(packages, folder)
  const found = existsSync(parent)
    ? readdirSync(parent).filter(entry => entry.startsWith(prefix) && existsSync(join(parent, entry, binary)))
    : []
  if (found.length > 0) return join(parent, found[0], binary)
  return name === 'Node' ? process.execPath : undefined
}

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

install()
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
  const path = find(engine)
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

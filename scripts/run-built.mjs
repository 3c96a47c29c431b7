// Runs a program of build/, for example `node scripts/run-built.mjs demo --help`. Builds first if a source has changed since
// the last build.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { staleFiles } from './build-state.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [program, ...args] = process.argv.slice(2)
const bundle = join(root, 'build', `${program}.mjs`)

if (staleFiles().length > 0) {
  process.stderr.write(`Building maxsimd (about 10 s${existsSync(bundle) ? '' : ', first run only'}) ...\n`)
  const { status, error } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], {
    stdio: 'inherit',
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

process.argv.splice(1, process.argv.length - 1, bundle, ...args)
await import(pathToFileURL(bundle))

// Runs a program of build/, for example `node scripts/run-built.mjs demo --help`. Builds first if a source is newer than
// the last build.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const SOURCES = ['assembly', 'bench', 'demo', 'scripts', 'src', 'package.json']
const root = fileURLToPath(new URL('..', import.meta.url))
const [program, ...args] = process.argv.slice(2)
const bundle = join(root, 'build', `${program}.mjs`)

/** The time of the newest file below a path. Generated files do not count, because the build itself writes them. */
function newestTime(path) {
  const stats = statSync(path)
  if (!stats.isDirectory()) return path.includes('.generated.') ? 0 : stats.mtimeMs
  return Math.max(0, ...readdirSync(path).map(name => newestTime(join(path, name))))
}

const builtTime = existsSync(bundle) ? statSync(bundle).mtimeMs : 0
if (SOURCES.some(source => newestTime(join(root, source)) > builtTime)) {
  process.stderr.write(`Building maxsimd (about 10 s${builtTime === 0 ? ', first run only' : ''}) ...\n`)
  const { status, error } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], {
    stdio: 'inherit',
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

process.argv.splice(1, process.argv.length - 1, bundle, ...args)
await import(pathToFileURL(bundle))

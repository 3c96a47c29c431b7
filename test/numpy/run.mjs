// Compares the results of NumPy, SciPy and FastEmbed with the committed fixtures: `npm run test:numpy`. With --write it
// replaces the fixtures. The first run installs the packages into build/numpy (400 MB). Exit codes: 0 success, 1
// differences or failure.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const folder = join(dirname(dirname(here)), 'build', 'numpy')
const fixtures = join(here, 'fixtures.json')
const onWindows = process.platform === 'win32'
const python = join(folder, onWindows ? 'Scripts/python.exe' : 'bin/python')
const ready = join(folder, 'ready')

/** Runs a command and returns its output. Ends this program if the command fails. */
function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  })
  if (status === 0) return stdout
  console.error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`)
  process.exit(1)
}

const requirements = readFileSync(join(here, 'requirements.txt'), 'utf8')
if (!existsSync(ready) || readFileSync(ready, 'utf8') !== requirements) {
  console.log('installing NumPy, SciPy and FastEmbed into build/numpy (400 MB, once)')
  run(onWindows ? 'python' : 'python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
  run(python, [...pip, '-r', join(here, 'requirements.txt')])
  writeFileSync(ready, requirements)
}

/** The path at which two results differ by more than sums in another order do; undefined if they are equal. */
function difference(made, kept, path = '') {
  if (typeof made === 'number' && typeof kept === 'number') {
    return Math.abs(made - kept) <= 1e-12 * Math.max(1, Math.abs(kept)) ? undefined : path
  }
  if (typeof made !== 'object' || made === null || typeof kept !== 'object' || kept === null) {
    return made === kept ? undefined : path
  }
  for (const name of new Set([...Object.keys(made), ...Object.keys(kept)])) {
    const found = difference(made[name], kept[name], `${path}/${name}`)
    if (found !== undefined) return found
  }
}

const made = run(python, [join(here, 'make.py')])
if (process.argv.includes('--write')) writeFileSync(fixtures, made)
const { clusterings, draws, encodings, ...rest } = JSON.parse(made)
const parts = { clusterings, draws, encodings }
const kept = JSON.parse(readFileSync(fixtures, 'utf8'))
let [passed, failed] = [0, 0]
for (const [part, cases] of Object.entries(parts)) {
  cases.forEach((made, i) => {
    const path = difference(made, kept[part]?.[i])
    if (path === undefined) passed++
    else {
      failed++
      console.error(`${part}[${i}]${path} differs from test/numpy/fixtures.json`)
    }
  })
  if (kept[part].length !== cases.length) failed++
}
if (difference(rest, { source: kept.source })) failed++
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

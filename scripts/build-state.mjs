// Compares the sources with those of the last build, so that a program or a test never runs old code by mistake. The
// build writes the hash of each source into build/sources.json. Hashes, because a checkout changes modification times.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const STATE = join(root, 'build/sources.json')
const SOURCES = ['asconfig.json', 'assembly', 'bench', 'demo', 'package.json', 'scripts', 'src']
const OUTPUTS = ['build/demo.mjs', 'dist/index.js', 'dist/index.d.ts', 'src/kernel/constants.generated.ts']

/** Folders with results or with installed packages. */
const OTHER_FOLDERS = ['results', 'node_modules', '.venv']

/** Returns the files at or below a path, without generated ones and results. */
function filesIn(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .filter(name => !name.includes('.generated.') && !OTHER_FOLDERS.includes(name))
    .flatMap(name => filesIn(`${path}/${name}`))
}

/** Returns the hash of each source file by its path. */
export function hashSources() {
  const hash = file =>
    createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex')
  return Object.fromEntries(SOURCES.flatMap(filesIn).map(file => [file, hash(file)]))
}

/** Records a complete build of the sources with these hashes. */
export function recordBuild(hashes) {
  writeFileSync(STATE, JSON.stringify(hashes, undefined, 1))
}

/** Returns what the last build lacks: outputs that do not exist, and sources that were changed, added or removed. */
export function staleFiles() {
  if (!existsSync(STATE)) return [STATE]
  const missing = OUTPUTS.filter(file => !existsSync(join(root, file)))
  const built = JSON.parse(readFileSync(STATE, 'utf8'))
  const current = hashSources()
  const changed = Object.keys({ ...built, ...current }).filter(file => built[file] !== current[file])
  return [...missing, ...changed]
}

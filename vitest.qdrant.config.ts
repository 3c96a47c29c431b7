// The adapter's suite, once on each engine that is here: the engine in process (where there is Python), the server
// that QDRANT_URL names, each binary that QDRANT_BIN lists (or `qdrant` on the PATH), and a cluster of three of the last.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { defineConfig } from 'vitest/config'

function onPath(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders
    .map(folder => join(folder, 'qdrant'))
    .filter(file => existsSync(file))
    .slice(0, 1)
}

const { QDRANT_URL, QDRANT_BIN, QDRANT_ENGINES } = process.env
const binaries = QDRANT_BIN ? QDRANT_BIN.split(delimiter) : onPath()
const versionOf = (binary: string) =>
  spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' ').pop()
const hasPython = spawnSync(process.platform === 'win32' ? 'python' : 'python3', ['--version']).status === 0

const engines = [
  ...(hasPython ? [{ name: 'edge', kind: 'edge', at: '' }] : []),
  ...(QDRANT_URL ? [{ name: 'server', kind: 'url', at: QDRANT_URL }] : []),
  ...binaries.map(at => ({ name: `binary ${versionOf(at)}`, kind: 'binary', at })),
  ...binaries.slice(-1).map(at => ({ name: `cluster ${versionOf(at)}`, kind: 'cluster', at })),
].filter(({ kind }) => !QDRANT_ENGINES || QDRANT_ENGINES.split(',').includes(kind))

if (engines.length === 0) {
  throw new Error(
    'no engine is here: install Python 3.10 or later, or name one with QDRANT_URL or QDRANT_BIN',
  )
}

export default defineConfig({
  test: {
    fileParallelism: false,
    projects: engines.map(({ name, kind, at }) => ({
      test: {
        name,
        include: ['test/qdrant/engine/*.test.ts'],
        globalSetup: ['test/qdrant/engine/setup.ts'],
        provide: { kind, at },
        fileParallelism: false,
        testTimeout: 120_000,
        hookTimeout: 120_000,
      },
    })),
  },
})

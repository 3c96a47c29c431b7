// The Qdrant engines that are available here. The engine suite runs once on each of them.
//
//   edge     Qdrant's engine in process, from PyPI                needs Python 3.10 or later
//   url      the server at QDRANT_URL
//   binary   each binary in QDRANT_BIN, or `qdrant` on the PATH   started on a free port
//   cluster  three nodes of the last binary
//
// QDRANT_ENGINES=edge,binary restricts the list.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type EngineType = 'edge' | 'url' | 'binary' | 'cluster'

export interface AvailableEngine {
  readonly name: string
  readonly type: EngineType
  /** The path of the binary, or the address of the server. */
  readonly location: string
}

function binariesOnPath(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders
    .map(folder => join(folder, 'qdrant'))
    .filter(file => existsSync(file))
    .slice(0, 1)
}

const versionOf = (binary: string) =>
  spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' ').pop()

export function availableEngines(): readonly AvailableEngine[] {
  const { QDRANT_URL, QDRANT_BIN, QDRANT_ENGINES } = process.env
  const binaries = QDRANT_BIN ? QDRANT_BIN.split(delimiter) : binariesOnPath()
  const python = process.platform === 'win32' ? 'python' : 'python3'
  const hasPython = spawnSync(python, ['--version']).status === 0
  const engines: readonly AvailableEngine[] = [
    ...(hasPython ? [{ name: 'edge', type: 'edge', location: '' } as const] : []),
    ...(QDRANT_URL ? [{ name: 'server', type: 'url', location: QDRANT_URL } as const] : []),
    ...binaries.map(
      location => ({ name: `binary ${versionOf(location)}`, type: 'binary', location }) as const,
    ),
    ...binaries
      .slice(-1)
      .map(location => ({ name: `cluster ${versionOf(location)}`, type: 'cluster', location }) as const),
  ]
  return engines.filter(({ type }) => !QDRANT_ENGINES || QDRANT_ENGINES.split(',').includes(type))
}

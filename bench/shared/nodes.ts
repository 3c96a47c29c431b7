// The Nodes on which benchmarks run: this one, and newer ones, which npm installs into bench/nodes as packages with a
// binary for each platform.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../../scripts/install-packages.mjs'

/** A version of Node. */
export interface NodeEngine {
  readonly name: string
  readonly major: number
  readonly file: string
  /** Whether it has relaxed SIMD. */
  readonly relaxed: boolean
}

/** The major versions of bench/nodes. */
const NEWER = [24, 26] as const

/**
 * Returns this Node and the newer ones, oldest first, one of each major version. Installs them once. Without them, this
 * Node alone is returned, with a message.
 */
export function findNodes(): NodeEngine[] {
  // relative to build/, where the bundled program is
  const folder = fileURLToPath(new URL('../bench/nodes', import.meta.url))
  try {
    installPackages(folder, 'Node 24 and 26 into bench/nodes/node_modules (240 MB, once)')
  } catch (error) {
    stderr.write(`only this Node is measured: ${(error as Error).message}\n`)
  }
  const isWindows = process.platform === 'win32'
  const platform = isWindows ? 'win' : process.platform
  const files = NEWER.map(major =>
    join(
      folder,
      `node_modules/node-${major}-${platform}-${process.arch}`,
      isWindows ? 'bin/node.exe' : 'bin/node',
    ),
  )
  const nodes = [process.execPath, ...files.filter(existsSync)].map(engineOf)
  return [...new Map(nodes.map(node => [node.major, node])).values()].sort((a, b) => a.major - b.major)
}

/**
 * Runs this program on a Node, and returns the JSON that it prints. Its progress goes to standard error.
 *
 * @throws Error if the program fails
 */
export function runOn<Result>({ file, name }: NodeEngine, args: readonly string[]): Result {
  stderr.write(`${name}\n`)
  // this file is bundled into the program
  const program = fileURLToPath(import.meta.url)
  const { status, stdout } = spawnSync(file, ['--expose-gc', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`the benchmark failed on ${name}`)
  return JSON.parse(stdout)
}

/** The Node that runs this program. */
export const thisNode = (): NodeEngine => engineOf(process.execPath)

function engineOf(file: string): NodeEngine {
  const version = spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout
  const major = Number.parseInt(version, 10)
  // relaxed SIMD is in V8 since Node 21
  return { name: `Node ${major}`, major, file, relaxed: major >= 21 }
}

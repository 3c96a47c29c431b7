// Installs the libraries of the peers into bench/peers, once: npm packages without their install scripts, and Python
// packages in bench/peers/.venv. Packages that cannot be installed are skipped; their peers fail later.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../../scripts/install-packages.mjs'
import { findNodes, type NodeEngine } from '../shared/nodes.js'

/** The installed engines. */
export interface Installed {
  /** This Node and Node 24, the older one first. One if both are the same release. */
  readonly nodes: readonly NodeEngine[]
  /** The Python of the environment. The file may be missing. */
  readonly python: string
}

const root = fileURLToPath(new URL('../bench/peers', import.meta.url))
const environment = join(root, '.venv')
const isWindows = process.platform === 'win32'
const python = join(environment, isWindows ? 'Scripts/python.exe' : 'bin/python')

/** The release on which libraries for JavaScript run. Some do not support newer ones yet. */
const PEER_NODE = 24

/** Installs everything that is missing. */
export function install(): Installed {
  installPackages(root, 'the JavaScript libraries into bench/peers/node_modules (700 MB, once)')
  installPython()
  const nodes = findNodes().filter(({ major, file }) => major === PEER_NODE || file === process.execPath)
  return { nodes, python }
}

/** Runs a command, with its output on standard error. Returns true if it succeeded. */
function run(file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0
}

/** Installs packages one by one if all at once fails, so that one without a wheel for this platform does not stop others. */
function installPython(): void {
  const list = readFileSync(join(root, 'requirements.txt'), 'utf8')
  const stamp = join(environment, 'requirements.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === list) return
  stderr.write('installing the Python libraries into bench/peers/.venv (200 MB, once)\n')
  const interpreter = process.env.PYTHON || (isWindows ? 'python' : 'python3')
  if (!run(interpreter, ['-m', 'venv', environment])) {
    stderr.write(
      `${interpreter} could not create an environment: native peers are skipped; set PYTHON to another interpreter\n`,
    )
    return
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
  if (!run(python, [...pip, '-r', 'requirements.txt'])) {
    for (const line of list.split('\n').filter(line => /^\w/.test(line))) run(python, [...pip, line])
  }
  writeFileSync(stamp, list)
}

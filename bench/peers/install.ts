// Installs the libraries of the peers into bench/peers, once: npm packages without their install scripts, among them a newer
// Node, and Python packages in bench/peers/.venv. Packages that cannot be installed are skipped; their peers fail later.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../../scripts/install-packages.mjs'

/** A version of Node. */
export interface NodeEngine {
  readonly name: string
  readonly file: string
  /** Whether it has relaxed SIMD. */
  readonly relaxed: boolean
}

/** The installed engines. */
export interface Installed {
  /** This Node first, the newest last. One if both are the same release. */
  readonly nodes: readonly NodeEngine[]
  /** The Python of the environment. The file may be missing. */
  readonly python: string
}

const root = fileURLToPath(new URL('../bench/peers', import.meta.url))
const packages = join(root, 'node_modules')
const environment = join(root, '.venv')
const isWindows = process.platform === 'win32'
const python = join(environment, isWindows ? 'Scripts/python.exe' : 'bin/python')

/** Installs everything that is missing. */
export function install(): Installed {
  installPackages(root, 'the JavaScript libraries into bench/peers/node_modules (900 MB, once)')
  installPython()
  return { nodes: findNodes(), python }
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

function findNodes(): NodeEngine[] {
  const nodes = [engineOf(process.execPath)]
  const binary = isWindows ? 'bin/node.exe' : 'bin/node'
  const folder = existsSync(packages)
    ? readdirSync(packages).find(
        name => /^node-(linux|win)-/.test(name) && existsSync(join(packages, name, binary)),
      )
    : undefined
  if (folder) {
    const other = engineOf(join(packages, folder, binary))
    if (other.name !== nodes[0]!.name) nodes.push(other)
  }
  return nodes
}

function engineOf(file: string): NodeEngine {
  const version = spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout
  const major = Number.parseInt(version, 10)
  // relaxed SIMD is in V8 since Node 21
  return { name: `Node ${major}`, file, relaxed: major >= 21 }
}

// What the peers need, installed once into bench/peers: npm packages without their install scripts, among them a newer
// Node, and Python packages into bench/peers/.venv. What cannot be installed is left out; its peers say so themselves.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stderr } from 'node:process'
import { fileURLToPath } from 'node:url'

/** A Node to run on. */
export interface NodeEngine {
  readonly name: string
  readonly file: string
  readonly relaxed: boolean
}

export interface Installed {
  /** This Node first, the newest last; one where that is the same release. */
  readonly nodes: readonly NodeEngine[]
  /** The Python of the environment; it may not exist. */
  readonly python: string
}

const here = fileURLToPath(new URL('../bench/peers', import.meta.url))
const packages = join(here, 'node_modules')
const environment = join(here, '.venv')
const windows = process.platform === 'win32'
const python = join(environment, windows ? 'Scripts/python.exe' : 'bin/python')

export function install(): Installed {
  installPackages()
  installPython()
  return { nodes: findNodes(), python }
}

/** Runs a command to its end, its output on standard error; whether it succeeded. */
function run(file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { cwd: here, stdio: ['ignore', 2, 2] }).status === 0
}

function installPackages(): void {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8')
  // by content: a checkout gives files new times
  const stamp = join(packages, '.installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  stderr.write('installing the JavaScript libraries into bench/peers/node_modules (900 MB, once)\n')
  // the npm that runs this program, where one does
  const npm = process.env.npm_execpath
  const args = ['ci', '--ignore-scripts', '--loglevel=error']
  if (!(npm ? run(process.execPath, [npm, ...args]) : run('npm', args))) {
    throw new Error('npm ci failed in bench/peers')
  }
  writeFileSync(stamp, lock)
}

/** Package by package where all at once fails: one without a wheel for this platform leaves the others. */
function installPython(): void {
  const list = readFileSync(join(here, 'requirements.txt'), 'utf8')
  const stamp = join(environment, 'requirements.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === list) return
  stderr.write('installing the Python libraries into bench/peers/.venv (200 MB, once)\n')
  const interpreter = process.env.PYTHON || (windows ? 'python' : 'python3')
  if (!run(interpreter, ['-m', 'venv', environment])) {
    stderr.write(
      `${interpreter} made no environment: the native peers are left out; PYTHON can name another\n`,
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
  const binary = windows ? 'bin/node.exe' : 'bin/node'
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

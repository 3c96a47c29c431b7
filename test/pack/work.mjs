// Folders and processes of the suite. Tools are installed once into build/pack, from the lock files in this folder. The
// user's project is a temporary folder with the packed package.

import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const here = import.meta.dirname
export const root = join(here, '../..')
export const work = mkdtempSync(join(tmpdir(), 'maxsimd-pack-'))
export const project = join(work, 'project')

// variables that npm set for this run would confuse the next npm
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_)|^(FORCE_COLOR|NODE_OPTIONS)$/i.test(name),
  ),
)
export const environment = { ...inherited, NO_COLOR: '1', CI: 'true', DO_NOT_TRACK: '1' }

/** Runs a program to its end. Returns its exit code and its output. */
export function runProcess(command, args, { cwd = work, env = {}, input, timeout = 240_000 } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd, env: { ...environment, ...env }, timeout })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', text => {
        output[name] += text
      })
    }
    child.once('error', error => resolve({ code: -1, ...output, stderr: `${error}` }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal, ...output }))
    child.stdin.on('error', () => {}).end(input)
  })
}

/** Runs a program, and throws with its output if it fails. */
export async function mustRun(command, args, options) {
  const { code, stdout, stderr } = await runProcess(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

/** Runs npm: the one that runs this script, if one does. Windows cannot start npm.cmd without a shell. */
export function npm(args, options) {
  const running = /npm-cli\.js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined
  if (running) return mustRun(process.execPath, [running, ...args], options)
  if (process.platform === 'win32') throw new Error('run this suite with npm: npm run test:pack')
  return mustRun('npm', args, options)
}

/** A set of tools: the packages of a folder with a lock file, installed into build/pack. */
export class Tools {
  constructor(name, locked) {
    this.folder = join(root, 'build/pack', name)
    this.locked = locked
    this.require = createRequire(join(this.folder, 'package.json'))
  }

  /** Installs them, unless the installation has the same lock file. */
  async install() {
    const lock = 'package-lock.json'
    const wanted = readFileSync(join(this.locked, lock), 'utf8')
    if (existsSync(join(this.folder, lock)) && readFileSync(join(this.folder, lock), 'utf8') === wanted)
      return
    console.log(`installing the packages of ${join(this.locked, 'package.json')} into ${this.folder}, once`)
    rmSync(this.folder, { recursive: true, force: true })
    mkdirSync(this.folder, { recursive: true })
    cpSync(join(this.locked, 'package.json'), join(this.folder, 'package.json'))
    writeFileSync(join(this.folder, 'import.mjs'), 'export const load = name => import(name)\n')
    // npm ci needs the lock file, and a failed installation must not leave it
    cpSync(join(this.locked, lock), join(this.folder, 'npm-shrinkwrap.json'))
    await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: this.folder })
    writeFileSync(join(this.folder, lock), wanted)
  }

  /** Imports a package, also one without an entry for require(). */
  async import(name) {
    const { load } = await import(pathToFileURL(join(this.folder, 'import.mjs')))
    return load(name)
  }

  /** The path of a file in the installed packages. */
  path(file) {
    return join(this.folder, 'node_modules', file)
  }

  /** The version of a package, for example "8.4". */
  version(name) {
    const { version } = createRequire(import.meta.url)(this.path(join(name, 'package.json')))
    return version.split('.').slice(0, 2).join('.')
  }
}

/** Packs maxsimd and maxsimd-words. Returns the paths of the archives, by the name of the package. */
export async function pack() {
  const packages = { maxsimd: root, 'maxsimd-words': join(root, 'data') }
  for (const [name, folder] of Object.entries(packages)) {
    const options = ['--silent', '--ignore-scripts', '--pack-destination', work]
    const printed = await npm(['pack', ...options], { cwd: folder })
    packages[name] = join(work, printed.trim())
  }
  return packages
}

/** Installs archives into a new folder, as a user does, without the optional peers. */
export async function installInto(folder, archives, manifest = {}) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', ...manifest }))
  await npm(
    [
      ...['install', '--no-audit', '--no-fund', '--omit=peer', '--loglevel=error', '--prefer-offline'],
      ...archives,
    ],
    { cwd: folder },
  )
}

/** Copies programs and a recipe into a folder of the project. Returns its path. */
export function makeProgram(name, recipe) {
  const folder = join(project, name)
  cpSync(join(here, 'programs'), folder, { recursive: true })
  if (recipe) cpSync(join(here, 'recipes', `${recipe}.js`), join(folder, 'recipe.js'))
  return folder
}

/** Calls a function for each item, two at a time. */
export async function eachInParallel(items, run) {
  const queue = [...items]
  const drain = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item)
  }
  await Promise.all([drain(), drain()])
}

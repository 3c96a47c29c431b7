// Deno, Bun and a newer Node, as npm packages: 400 MB, so that they have a separate package.json in this folder, and the
// first run installs them. Each platform has a package with the binary, so that no install script has to run.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from '../../scripts/install-packages.mjs'

const here = import.meta.dirname
const packages = join(here, 'node_modules')
const exe = process.platform === 'win32' ? '.exe' : ''

export const engines = [
  {
    name: 'Deno',
    folder: '@deno',
    binary: `deno${exe}`,
    args: ['run', '--quiet', '--no-config', '--no-lock', '--no-remote', '--no-npm'],
  },
  { name: 'Bun', folder: '@oven', binary: `bin/bun${exe}`, args: ['run'] },
  { name: 'Node', folder: '.', binary: `bin/node${exe}`, prefix: 'node-', args: [] },
]

/** Installs the engines, unless they are those of the lock file. */
export const installEngines = () =>
  installPackages(here, 'Deno, Bun and Node 24 into test/runtimes/node_modules (400 MB, once)')

/** Returns the binary that npm installed for this platform. Default for Node: the one that runs this script. */
export function findEngine({ name, folder, binary, prefix = '' }) {
  const parent = join(packages, folder)
  const found = existsSync(parent)
    ? readdirSync(parent).filter(entry => entry.startsWith(prefix) && existsSync(join(parent, entry, binary)))
    : []
  if (found.length > 0) return join(parent, found[0], binary)
  return name === 'Node' ? process.execPath : undefined
}

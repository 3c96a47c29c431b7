// Installs the frameworks into test/frameworks/node_modules unless they are newer than the lock file, and links this
// package beside them. They take 160 MB with their dependencies, so they are not dev dependencies of the checkout.

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const packages = join(here, 'node_modules')

export function setup(): void {
  const installed = join(packages, '.package-lock.json')
  if (
    !existsSync(installed) ||
    statSync(installed).mtimeMs < statSync(join(here, 'package-lock.json')).mtimeMs
  ) {
    console.log('installing the frameworks into test/frameworks/node_modules (160 MB, once)')
    // the npm that runs this script, if any
    const npm = process.env.npm_execpath
    const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
    const { status } = spawnSync(command, [...first, 'ci', '--ignore-scripts', '--loglevel=error'], {
      cwd: here,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error('npm ci failed in test/frameworks; these tests need the frameworks')
  }
  const self = join(packages, 'maxsimd')
  rmSync(self, { force: true })
  symlinkSync(join(here, '../..'), self, 'junction')
}

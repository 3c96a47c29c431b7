// Installs the frameworks, unless what is there is younger than the lock file, and this package beside them under its
// own name. They are 160 MB with what they stand on, so they are no part of the checkout's own dependencies.

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
    // the npm that runs this script, where one does
    const npm = process.env.npm_execpath
    const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
    const { status } = spawnSync(command, [...first, 'ci', '--ignore-scripts', '--loglevel=error'], {
      cwd: here,
      stdio: 'inherit',
    })
    if (status !== 0)
      throw new Error('npm ci failed in test/frameworks: the frameworks are needed for this test')
  }
  const self = join(packages, 'maxsimd')
  rmSync(self, { force: true })
  symlinkSync(join(here, '../..'), self, 'junction')
}

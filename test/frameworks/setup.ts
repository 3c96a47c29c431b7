// Installs the frameworks into test/frameworks/node_modules unless they are those of the lock file, and links this
// package beside them. They take 160 MB with their dependencies, so they are not dev dependencies of the checkout.

import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from '../../scripts/install-packages.mjs'

const here = import.meta.dirname

export function setup(): void {
  installPackages(here, 'the frameworks into test/frameworks/node_modules (160 MB, once)')
  const self = join(here, 'node_modules/maxsimd')
  rmSync(self, { force: true })
  symlinkSync(join(here, '../..'), self, 'junction')
}

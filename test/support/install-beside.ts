// Installs the packages of a suite into its folder, and links this package beside them.

import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from '../../scripts/install-packages.mjs'

export function installBeside(folder: string, what: string): void {
  installPackages(folder, what)
  const self = join(folder, 'node_modules/maxsimd')
  rmSync(self, { force: true })
  symlinkSync(join(import.meta.dirname, '../..'), self, 'junction')
}

// Installs the frameworks into test/frameworks/node_modules unless they are those of the lock file, and links this
// package beside them. They take 610 MB with their dependencies, so they are not dev dependencies of the checkout.

import { installBeside } from '../support/install-beside.js'

export const setup = (): void =>
  installBeside(import.meta.dirname, 'the frameworks into test/frameworks/node_modules (610 MB, once)')

// Global setup of every suite: refuses to run on an old build. Many tests use built files (dist/, the programs of build/, the
// embedded kernels, the embedded worker), and would otherwise test the code as it was before an edit.
//
// MAXSIMD_STALE_BUILD=allow skips the check, for example in watch mode for tests that import src/ only.

import { staleFiles } from '../../scripts/build-state.mjs'

export function setup(): void {
  if (process.env.MAXSIMD_STALE_BUILD === 'allow') return
  const stale = staleFiles()
  if (stale.length === 0) return
  const others = stale.length > 1 ? ` and ${stale.length - 1} more` : ''
  throw new Error(
    `The build is not current: ${stale[0]}${others} changed. Run "npm run build" first, or set MAXSIMD_STALE_BUILD=allow ` +
      'to run tests that do not use built files.',
  )
}

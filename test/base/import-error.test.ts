import { afterEach, expect, it, vi } from 'vitest'
import { rethrowImportError } from '../../src/base/import-error.js'

afterEach(() => vi.unstubAllGlobals())

const cause = new TypeError('import() is disallowed')

it('rethrows the error of an import() where the engine allows import()', () => {
  expect(() => rethrowImportError(cause)).toThrow(cause)
})

it('names the remedy in a service worker, which cannot import()', () => {
  vi.stubGlobal('ServiceWorkerGlobalScope', class {})
  expect(() => rethrowImportError(cause)).toThrow(
    new TypeError('a service worker cannot load parts of maxsimd later; bundle it into a single file', {
      cause,
    }),
  )
})

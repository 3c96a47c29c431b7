import { expect, it } from 'vitest'
import { rethrowImportError } from '../../src/base/import-error.js'

it('names the remedy for a part that a service worker cannot load, and the cause', () => {
  const cause = new TypeError('import() is disallowed')
  expect(() => rethrowImportError(cause)).toThrow(
    new TypeError('a part did not load; bundle a service worker into one file', { cause }),
  )
})

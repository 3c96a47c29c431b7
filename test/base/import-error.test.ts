// Parts of the library that are loaded with import() when they are used. A service worker cannot load them.

import { afterEach, expect, it, vi } from 'vitest'
import { rethrowImportError } from '../../src/base/import-error.js'

const message = 'a part did not load; bundle a service worker into one file'

it('names the remedy for a part that a service worker cannot load, and the cause', () => {
  const cause = new TypeError('import() is disallowed')
  expect(() => rethrowImportError(cause)).toThrow(new TypeError(message, { cause }))
})

const src = '../../src'
const vectors = { v: { size: 1, distance: 'Dot' } } as const

/** The file that does not load, and a call that needs it, on fresh modules. */
const parts: readonly (readonly [file: string, call: () => Promise<unknown>])[] = [
  [
    `${src}/store/folders/node-folder.js`,
    async () => (await import('../../src/store/index.js')).createStore({ path: '/nowhere/store', vectors }),
  ],
  [
    `${src}/kernel/reference.js`,
    async () => (await import('../../src/index.js')).createScorer({ kernel: 'reference' }),
  ],
  [
    `${src}/threads/threaded-scorer.js`,
    async () => (await import('../../src/index.js')).createScorer({ threads: 2 }),
  ],
]

afterEach(() => {
  for (const [file] of parts) vi.doUnmock(file)
  vi.resetModules()
})

it.each(parts)(
  'a call that needs %s has the remedy in its error if that does not load',
  async (file, call) => {
    vi.resetModules()
    vi.doMock(file, () => {
      throw new TypeError('import() is disallowed')
    })
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'TypeError', message, cause: expect.any(Error) })
  },
)

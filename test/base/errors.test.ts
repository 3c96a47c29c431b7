// Errors that several folders throw: their names, codes, messages and causes.

import { afterEach, expect, it, vi } from 'vitest'
import { DisposedError, MissingPackageError, WasmForbiddenError } from '../../src/base/errors.js'

afterEach(() => vi.unstubAllGlobals())

const cause = new Error('the reason')

it('the error for a disposed object names it and how to get a new one', () => {
  const error = new DisposedError('corpus', 'make a new one')
  expect(error).toMatchObject({ name: 'DisposedError', code: 'ERR_DISPOSED' })
  expect(error.message).toBe('"corpus" was disposed; make a new one')
})

it('the error for a missing package names it, how to install it and what else helps, and has the cause', () => {
  const error = new MissingPackageError('unpdf', 'the text of PDF files', 'or convert them to text', cause)
  expect(error).toMatchObject({
    name: 'MissingPackageError',
    code: 'ERR_MISSING_PACKAGE',
    packageName: 'unpdf',
    cause,
  })
  expect(error.message).toBe(
    'the text of PDF files needs the package unpdf; install it with: npm install unpdf, or convert them to text',
  )
})

it.each([
  [undefined, 'pass "module", imported from maxsimd/simd.wasm'],
  ['https://a.example/', "allow 'wasm-unsafe-eval' in the CSP"],
])(
  'the error for a forbidden compilation has the remedy for a place of %s, and the cause',
  (href, remedy) => {
    vi.stubGlobal('location', href && { href })
    const error = new WasmForbiddenError('simd.wasm', cause)
    expect(error).toMatchObject({ name: 'WasmForbiddenError', code: 'ERR_WASM_FORBIDDEN', cause })
    expect(error.message).toBe(
      `this engine forbids compiling WebAssembly; ${remedy}, or use { kernel: 'reference' }`,
    )
  },
)

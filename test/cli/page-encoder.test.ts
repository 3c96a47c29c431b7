// The encoder that a command on pages loads: its name, and what is said if it is of texts or if a package is missing. Commands with an
// encoder that needs no model are in page-indexes.test.ts.

import { mkdirSync, symlinkSync } from 'node:fs'
import { afterEach, expect, it, vi } from 'vitest'
import { MissingPackageError } from '../../src/base/errors.js'
import { loadPageEncoder } from '../../src/cli/pages/page-encoder.js'
import { UsageError } from '../../src/cli/terminal.js'
import { createEncoder } from '../../src/encode/index.js'
import { temporaryFolder } from './run-cli.js'

vi.mock('../../src/encode/index.js', async importOriginal => ({
  ...(await importOriginal<object>()),
  createEncoder: vi.fn(),
}))
const create = vi.mocked(createEncoder)
afterEach(() => create.mockReset())

const at = temporaryFolder()
const { signal } = new AbortController()
let shown = ''
const terminal = {
  stdout: { write() {} },
  stderr: { isTTY: true, write: (text: string) => (shown += text) },
  environment: {},
  signal,
}
const encoderOf = (takesImages: boolean) => ({ takesImages, dispose: vi.fn() })

it('is loaded with the signal of the command, and shows that it is being loaded until it is', async () => {
  shown = ''
  const encoder = encoderOf(true)
  create.mockResolvedValueOnce(encoder as never)
  expect(await loadPageEncoder('a/model', terminal)).toEqual({ encoder, encoderName: 'a/model' })
  expect(create.mock.calls).toEqual([[{ model: 'a/model', signal }]])
  expect(shown).toBe('\r\x1b[2Kloading a/model …\r\x1b[2K')
  expect(encoder.dispose).not.toHaveBeenCalled()
})

it('of a folder has one name, whichever path leads to it', async () => {
  create.mockResolvedValue(encoderOf(true) as never)
  mkdirSync(at('model'))
  symlinkSync(at('model'), at('link'))
  const names = await Promise.all(
    [at('model'), `${at('model')}/../model`, at('link')].map(
      async path => (await loadPageEncoder(path, terminal)).encoderName,
    ),
  )
  expect(new Set(names).size).toBe(1)
  expect(names[0]).toMatch(/model$/)
})

it('that takes no images is refused, and disposed of', async () => {
  const encoder = encoderOf(false)
  create.mockResolvedValueOnce(encoder as never)
  await expect(loadPageEncoder('of/texts', terminal)).rejects.toThrow(
    new UsageError('"--model" of/texts takes no images; choose Qdrant/colmodernvbert, or a folder with it'),
  )
  expect(encoder.dispose).toHaveBeenCalledOnce()
})

it('without its package says how to get it; another error is left as it is', async () => {
  const cause = new MissingPackageError('onnx', 'createEncoder', 'or not')
  create.mockRejectedValueOnce(cause)
  await expect(loadPageEncoder('a', terminal)).rejects.toMatchObject({
    name: 'MissingPackageError',
    message:
      '--model needs the package onnx; install it with: npm install onnx, or run the command without an installation: ' +
      'npx -p maxsimd -p onnx maxsimd ...',
    cause,
  })
  const other = new Error('no such model')
  create.mockRejectedValueOnce(other)
  await expect(loadPageEncoder('a', terminal)).rejects.toBe(other)
})

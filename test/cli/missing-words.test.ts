// What the commands print when the package maxsimd-words is not installed.

import { afterEach, expect, it, vi } from 'vitest'
import { runCli as run } from './run-cli.js'

const lookup = vi.hoisted(() => ({ isInstalled: true, paths: [] as readonly string[] }))
vi.mock('node:module', async importOriginal => {
  const original = await importOriginal<typeof import('node:module')>()
  const createRequire = (url: string) => {
    const { resolve: find, ...rest } = original.createRequire(url)
    const resolve = (name: string, options: { readonly paths: string[] }) => {
      lookup.paths = options.paths
      if (!lookup.isInstalled) throw new Error(`Cannot find module '${name}'`)
      return find(name, options)
    }
    return { ...rest, resolve }
  }
  return { ...original, createRequire }
})
afterEach(() => {
  lookup.isInstalled = true
})

it.each([
  ['demo', ['demo', 'spiders']],
  ['rerank', ['rerank', 'spiders']],
  ['index', ['index', 'examples', '--store', 'build/nothing-is-written-here']],
])('%s names the package and both ways to get it', async (_, args) => {
  lookup.isInstalled = false
  const { stdout, stderr } = await run(args, { code: 2, stdin: 'a line' })
  expect(stdout).toBe('')
  expect(stderr).toBe(
    'the default encoder needs the package maxsimd-words; install it with: npm install maxsimd-words, ' +
      'or run the command without an installation: npx -p maxsimd -p maxsimd-words maxsimd ...\n',
  )
})

it('finds the package beside maxsimd and in the project of the current folder', async () => {
  expect((await run(['rerank', 'spiders'], { stdin: 'a spider' })).stdout).toContain('a spider')
  expect(lookup.paths).toEqual([expect.stringMatching(/[\\/]src[\\/]cli$/), process.cwd()])
})

it('a model without transformers.js gets a remedy of the command line, not of the API', async () => {
  const { stderr } = await run(['demo', 'spiders', '--model', 'colbert-ir/colbertv2.0'], { code: 2 })
  expect(stderr).toBe(
    '--model needs the package @huggingface/transformers; install it with: npm install @huggingface/transformers, ' +
      'or run the command without an installation: npx -p maxsimd -p @huggingface/transformers maxsimd ...\n',
  )
})

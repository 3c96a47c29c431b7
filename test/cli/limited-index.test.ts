// What `maxsimd serve` and `maxsimd mcp` say at their start about an index that has lost a part.

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, it, vi } from 'vitest'
import { addFirstStage } from '../../src/stages/index.js'
import { createStore } from '../../src/store/index.js'
import { random } from '../support/random.js'
import { fakeMcp } from './fake-mcp-sdk.js'
import { runCli, temporaryFolder } from './run-cli.js'

vi.mock('../../src/cli/mcp/sdk.js', () => fakeMcp)

const at = temporaryFolder()
/** The dim of the word vectors. */
const DIM = 100

/** Creates a store with a first stage. Returns the path of the file of the stage. */
async function createStaged(path: string): Promise<string> {
  const store = await createStore({ path, vectors: { text: { size: DIM, distance: 'Dot' } } })
  const next = random(5)
  const row = () => Array.from({ length: DIM }, () => next() - 0.5)
  const points = Array.from({ length: 60 }, (_, id) => ({ id, vector: { text: [row(), row()] } }))
  await store.upsert(points)
  await store.close()
  await addFirstStage(path, { stage: 'lemur', size: 16 })
  return `${path}/${readdirSync(path).find(name => name.endsWith('.stage'))}`
}

/** What a command prints on standard error. `serve` is stopped when it has printed its address. */
async function noticesOf(command: string, store: string, code = 0): Promise<string> {
  const interrupt = new AbortController()
  const args = command === 'serve' ? ['--port', '0'] : []
  const { stderr } = await runCli([command, '--store', store, ...args], {
    code,
    signal: interrupt.signal,
    onStdout: () => interrupt.abort(),
  })
  return stderr
}

let stage: string
beforeAll(async () => {
  stage = await createStaged(at('lost'))
  rmSync(stage)
})

it.each(['serve', 'mcp'])('%s prints, once, that a first stage is lost, as search does', async command => {
  const searched = await runCli(['search', 'spiders', '--store', at('lost')])
  expect(searched.stderr).toMatch(
    /^the file lemur-\w+\.stage of the first stage is missing, so queries search/,
  )
  expect(await noticesOf(command, at('lost'))).toBe(searched.stderr)
})

it.each(['serve', 'mcp'])('%s ends with the error of search if a first stage is damaged', async command => {
  const store = at(`damaged-${command}`)
  writeFileSync(await createStaged(store), 'other bytes')
  const { stderr } = await runCli(['search', 'spiders', '--store', store], { code: 2 })
  expect(stderr).toMatch(
    /^".*\.stage" expected the first stage of the vector "lemur-\w+", got other bytes; restore/,
  )
  expect(await noticesOf(command, store, 2)).toBe(stderr)
})

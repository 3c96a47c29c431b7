// The first stage of a store on its way to a server and back, with push and pull. test/qdrant/engine/cli.test.ts searches with
// it on Qdrant.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addFirstStage } from '../../src/stages/index.js'
import { createStore } from '../../src/store/index.js'
import { random } from '../support/random.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'
import { runCli, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const vectors = { colbert: { size: 16, distance: 'Dot' } } as const
let server: FakeQdrant

beforeAll(async () => {
  server = await startFakeQdrant()
  const next = random(7)
  const row = () => Array.from({ length: 16 }, () => next() - 0.5)
  const points = Array.from({ length: 60 }, (_, id) => ({ id, vector: { colbert: [row(), row()] } }))
  for (const name of ['staged', 'plain']) {
    const store = await createStore({ path: at(name), vectors })
    await store.upsert(points)
    await store.close()
  }
  await addFirstStage(at('staged'), { stage: 'lemur', size: 16 })
  const queries = points.slice(0, 2).map(({ id, vector }) => ({ id, vector: vector.colbert }))
  writeFileSync(at('queries.jsonl'), queries.map(query => `${JSON.stringify(query)}\n`).join(''))
})
afterAll(() => server.close())

const on = (...args: readonly string[]) => [...args, '--url', server.url]
const stageIn = (folder: string) => {
  const files = readdirSync(at(folder)).filter(name => name.endsWith('.stage'))
  return files.map(name => [name, readFileSync(at(`${folder}/${name}`))])
}
/** The requests of a command, and what it printed. */
async function sentBy(args: readonly string[]) {
  const before = server.requests.length
  const { stdout, stderr } = await runCli(on(...args))
  expect(stderr).toBe('')
  return { stdout, sent: server.requests.slice(before) }
}

it('push puts it beside the collection and names it, and pull brings it back', async () => {
  const push = ['push', '--store', at('staged'), '--grpc', 'off', '-c']
  const copied = `copied 60 points from ${at('staged')} to c over REST\n`
  const { stdout, sent } = await sentBy([...push, 'c', '--api-key', 'key'])
  expect(stdout).toBe(`${copied}first stage in c.first-stage\n`)
  expect(new Set(sent.map(({ apiKey }) => apiKey))).toEqual(new Set(['key']))
  const json = JSON.parse((await sentBy([...push, 'other', '--json'])).stdout)
  expect(json).toMatchObject({ points: 60, into: 'other', firstStage: 'other.first-stage' })
  const pulled = await sentBy(['pull', '-c', 'c', '--store', at('pulled'), '--api-key', 'key'])
  expect(new Set(pulled.sent.map(({ apiKey }) => apiKey))).toEqual(new Set(['key']))
  expect(stageIn('pulled')).toEqual(stageIn('staged'))
  expect(stageIn('pulled')).toHaveLength(1)
  const info = JSON.parse((await runCli(['info', '--store', at('pulled'), '--json'])).stdout)
  expect(info.firstStage).toMatchObject({ stage: 'lemur', using: 'colbert', documents: 60, missing: 0 })
})

it('push and pull of a store without one ask for none', async () => {
  const push = await sentBy(['push', '--store', at('plain'), '-c', 'p', '--grpc', 'off'])
  expect(push.stdout).toBe(`copied 60 points from ${at('plain')} to p over REST\n`)
  const pull = await sentBy(['pull', '-c', 'p', '--store', at('pulled-plain')])
  for (const { path } of [...push.sent, ...pull.sent]) expect(path).not.toContain('first-stage')
  expect(JSON.parse((await sentBy(['push', '--store', at('plain'), '-c', 'p', '--json'])).stdout)).not.toHaveProperty('firstStage') // biome-ignore format: one line
})

it('search on a server that has lost it, or never had it, scores all points', async () => {
  const search = ['search', '--queries', at('queries.jsonl'), '--using', 'colbert', '-c']
  const searched = async (name: string) => {
    const { stdout, sent } = await sentBy([...search, name])
    expect(stdout).toMatch(/^0 Q0 0 1 /)
    const queries = sent.filter(({ path }) => path.endsWith('/points/query'))
    expect(queries.map(({ body }) => 'prefetch' in body)).toEqual([false, false])
    return sent.some(({ path }) => path.endsWith('.first-stage'))
  }
  await runCli(on('push', '--store', at('staged'), '-c', 's', '--grpc', 'off'))
  await server.collections.get('s.first-stage')!.close()
  server.collections.delete('s.first-stage')
  await runCli(on('push', '--store', at('plain'), '-c', 'p', '--grpc', 'off'))
  // only a collection with the vector of a first stage is asked for it
  expect([await searched('s'), await searched('p')]).toEqual([true, false])
})

// `maxsimd push` into a collection that exists: what it replaces, what it keeps, and what it refuses.

import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Point } from '../../src/collection/collection.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'
import { runCli, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const colbert = { size: 2, distance: 'Dot' } as const
const dense = { size: 1, distance: 'Dot', multivector_config: null } as const
const NOTICE =
  '"c" has points with payloads, and the store has no payloads: points that exist are replaced, and lose their payloads; ' +
  '--vectors-only keeps them\n'
let server: FakeQdrant

beforeAll(async () => {
  const fill = async (name: string, points: readonly Point[], vectors: object = { colbert }) => {
    const store = await createStore({
      path: at(name),
      vectors: vectors as { colbert: typeof colbert },
    })
    await store.upsert(points)
    await store.close()
  }
  await fill('plain', [
    { id: 1, vector: { colbert: [[1, 2]] } },
    { id: 2, vector: { colbert: [[3, 4]] } },
    { id: 9, vector: {} },
  ])
  await fill('paid', [{ id: 1, vector: { colbert: [[1, 2]] }, payload: { text: 'new' } }])
  await fill('two-points', [
    { id: 1, vector: { colbert: [[1, 2]] }, payload: { text: 'a' } },
    { id: 2, vector: { colbert: [[3, 4]] }, payload: { text: 'b' } },
  ])
  await fill('unknown', [{ id: 7, vector: { colbert: [[1, 2]] } }])
  await fill('two', [{ id: 1, vector: { colbert: [[1, 2]], dense: [5] } }], { colbert, dense })
})
beforeEach(async () => {
  server = await startFakeQdrant()
  return () => server.close()
})

const add = (vectors: object = { colbert }, payload: object | undefined = { text: 'old' }) =>
  server.add(
    'c',
    vectors as { colbert: typeof colbert },
    [1, 2, 3].map(id => ({
      id,
      vector: { colbert: [[0, 0]], ...('dense' in vectors && { dense: [id] }) },
      payload: payload as Point['payload'],
    })),
  )
const push = (store: string, options: readonly string[] = [], code = 0) =>
  runCli(['push', '--store', at(store), '-c', 'c', '--url', server.url, ...options], { code })
const stored = async () => {
  const points = await server.collections
    .get('c')!
    .retrieve([1, 2, 3], { with_payload: true, with_vector: true })
  return points.map(({ payload, vector }) => {
    const { colbert, dense } = vector as unknown as { colbert: { data: Float32Array }; dense?: Float32Array }
    return [Array.from(colbert.data), ...(dense ? [...dense] : []), payload]
  })
}

it('replaces points as a whole, and prints a notice before if their payloads get lost', async () => {
  await add()
  const { stdout, stderr } = await push('plain')
  expect(stderr).toBe(NOTICE)
  expect(stdout).toContain('copied 3 points')
  expect(await stored()).toEqual([
    [[1, 2], {}],
    [[3, 4], {}],
    [[0, 0], { text: 'old' }],
  ])
})

it('prints the notice also if a later point has the first payload', async () => {
  const points = [1, 2, 3].map(id => ({
    id,
    vector: { colbert: [[0, 0]] },
    ...(id === 3 && { payload: { text: 'old' } }),
  }))
  await server.add('c', { colbert }, points)
  expect((await push('plain')).stderr).toBe(NOTICE)
})

it.each([
  [100, NOTICE],
  [101, ''],
])('reads 100 points of the server for the notice: the first payload in point %d', async (last, notice) => {
  const points = Array.from({ length: last }, (_, i) => ({
    id: i + 1,
    vector: { colbert: [[0, 0]] },
    ...(i + 1 === last && { payload: { text: 'old' } }),
  }))
  await server.add('c', { colbert }, points)
  expect((await push('plain')).stderr).toBe(notice)
})

it('looks for payloads in the shard that receives the points', async () => {
  await add()
  const before = server.requests.length
  expect((await push('plain', ['--shard-key', 'tenant'])).stderr).toBe(NOTICE)
  const sent = server.requests.slice(before).filter(({ path }) => path.endsWith('/points/scroll'))
  expect(sent.map(({ body }) => [body.shard_key, body.with_payload, body.with_vector])).toEqual([
    ['tenant', true, false],
  ])
})

it.each([
  ['', [], 'run the command again with --resume to send the rest'],
  ['/vectors', ['--vectors-only'], 'run the command again to send the rest'],
])('says how to go on if a later batch fails: points%s', async (path, options, remedy) => {
  await add()
  let requests = 0
  server.alter(`/points${path}`, result => {
    if (++requests === 2) delete result.status
  })
  const { stderr } = await push('two-points', [...options, '--batch-bytes', '1', '--concurrency', '1'], 2)
  expect(stderr).toContain(`; 1 point in 1 batch had been written: ${remedy}\n`)
})

it.each<[string, string, readonly string[], object | undefined]>([
  ['the store has payloads', 'paid', [], undefined],
  ['the collection has no payloads', 'plain', [], {}],
  ['existing points are skipped', 'plain', ['--resume'], undefined],
])('prints no notice if %s', async (_, store, options, payload) => {
  await add({ colbert }, payload)
  expect((await push(store, options)).stderr).toBe('')
})

it('--vectors-only sets the vectors of points that exist, and nothing else', async () => {
  await add({ colbert, dense })
  const { stdout, stderr } = await push('plain', ['--vectors-only'])
  expect([stdout.startsWith('copied 2 points'), stderr]).toEqual([true, ''])
  expect(await stored()).toEqual([
    [[1, 2], 1, { text: 'old' }],
    [[3, 4], 2, { text: 'old' }],
    [[0, 0], 3, { text: 'old' }],
  ])
  expect(await push('unknown', ['--vectors-only'], 2)).toMatchObject({
    stderr: expect.stringContaining('7'),
  })
  expect(await server.collections.get('c')!.count()).toBe(3)
})

it('--vectors-only creates no collection, and needs one', async () => {
  expect((await push('plain', ['--vectors-only'], 2)).stderr).toContain("Collection `c` doesn't exist!")
  expect(server.collections.size).toBe(0)
  const { stderr } = await runCli(['push', '--store', at('plain'), '--out', 'a.npz', '--vectors-only'], {
    code: 2,
  })
  expect(stderr).toContain('"--vectors-only" requires --collection')
})

it('refuses a collection with other vectors, and names a remedy of the command line', async () => {
  await add({ colbert, dense })
  const more = (await push('plain', [], 2)).stderr
  expect(more).toContain('it also has the vector "dense" {"size":1,"distance":"Dot"}; ')
  expect(more).toMatch(
    /; choose another collection, or pass --vectors-only to change the vectors of the store and nothing else\n$/,
  )
  await server.collections.get('c')!.close()
  await add()
  expect((await push('two', [], 2)).stderr).toMatch(
    /it has no vector "dense" .*; add the vector with addVector\(\) of maxsimd\/qdrant, or choose another collection\n$/,
  )
  await server.collections.get('c')!.close()
  await server.add('c', { colbert: { size: 2, distance: 'Cosine' } }, [])
  expect((await push('plain', [], 2)).stderr).toMatch(
    /"vectors.colbert.distance" expected "Dot", got "Cosine"; choose another collection\n$/,
  )
})

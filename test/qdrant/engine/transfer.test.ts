// Copies a collection from an engine to a store and back, with the library and with the command line, and compares both.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../src/cli/program.js'
import { openFile, readPoints } from '../../../src/formats/index.js'
import { openCollection, type QdrantCollection } from '../../../src/qdrant/index.js'
import { createStore, openStore } from '../../../src/store/index.js'
import { collectionConfigOf, pull, push, storeConfigOf } from '../../../src/transfer/index.js'
import { client, createRandom, freshCollection, freshName, randomPoints, randomRows, url } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-transfer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const dim = 16
const random = createRandom(8)
const points = randomPoints(random, 150, dim)
let collection: QdrantCollection

beforeAll(async () => {
  collection = await freshCollection({
    vectors: {
      colbert: { size: dim, distance: 'Dot' },
      dense: { size: 4, distance: 'Cosine', multivector_config: null },
    },
    sparse_vectors: { words: { modifier: 'idf' }, plain: {} },
  })
  await collection.upsert(
    points.map(({ id, vector, payload }, n) => ({
      id,
      vector: {
        ...vector,
        dense: [...randomRows(random, 1, 4).data],
        ...(n % 3 > 0 && { words: { indices: [n % 5, 100 + n], values: [0.1, n / 7] } }),
      },
      payload: { ...payload, name: `é ${id}` },
    })),
  )
})

async function run(args: readonly string[]) {
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    stdout: { write: text => (stdout += text) },
    stderr: { write: text => (stderr += text) },
    environment: { ...process.env, QDRANT_URL: url },
    signal: new AbortController().signal,
  })
  return { code, stdout: stdout.replaceAll(folder, ''), stderr }
}

async function everything(of: Pick<QdrantCollection, 'scroll'>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const point of of.scroll({ with_payload: true, with_vector: true })) found.push(point)
  return found
}

describe('a collection and a store', () => {
  it('have the same points after a pull, and after a push to another collection', async () => {
    const store = await createStore(storeConfigOf(collection))
    const seen: number[] = []
    const report = await pull(collection, store, { onProgress: count => seen.push(count) })
    expect(report.points).toBe(150)
    expect(seen.at(-1)).toBe(150)
    expect(await everything(store)).toEqual(await everything(collection))
    expect((await pull(collection, store, { resume: 'skip' })).skipped).toBe(150)

    const again = await freshCollection(collectionConfigOf(store))
    expect((await push(store, again)).points).toBe(150)
    expect(await everything(again)).toEqual(await everything(collection))
    await store.close()
  })

  it('have an unnamed vector after a pull and a push of an unnamed vector', async () => {
    const unnamed = await freshCollection({ vectors: { size: dim, distance: 'Euclid' } })
    await unnamed.upsert(points.slice(0, 5).map(({ id, vector }) => ({ id, vector: vector.colbert })))
    const store = await createStore(storeConfigOf(unnamed))
    await pull(unnamed, store)
    expect(await everything(store)).toEqual(await everything(unnamed))
    const again = await freshCollection(collectionConfigOf(store))
    await push(store, again)
    expect(await everything(again)).toEqual(await everything(unnamed))
    await store.close()
  })
})

describe('the command line', () => {
  const path = join(folder, 'store')

  it('pulls a store, which compare and verify take as the other side', async () => {
    const name = collection.name
    expect(await run(['pull', '-c', name, '--store', path])).toEqual({
      code: 0,
      stdout: `copied 150 points from ${name} to /store\n`,
      stderr: '',
    })
    const store = await openStore(path, { readOnly: true })
    expect(await everything(store)).toEqual(await everything(collection))
    await store.close()
    const compared = await run([
      'compare',
      '-c',
      name,
      '--store',
      path,
      '--using',
      'colbert',
      '--sample',
      '3',
      '--rounds',
      '1',
    ])
    expect([compared.code, compared.stderr]).toEqual([0, ''])
    expect(compared.stdout).toMatch(
      /^store \/store: 150 documents, .*\nBoth sides return the same results\.\n$/m,
    )
    const verified = await run(['verify', '-c', name, '--store', path, '--using', 'colbert', '--sample', '3'])
    expect([verified.code, verified.stdout.split('\n').at(-2)]).toEqual([
      0,
      'The server and the kernel agree.',
    ])
  })

  it('verifies documents, and finds one that differs from the store', async () => {
    const store = await openStore(path)
    await store.upsert([{ id: 7, vector: { colbert: randomRows(random, 2, dim), dense: [1, 0, 0, 0] } }])
    await store.close()
    const { code, stdout } = await run([
      'verify',
      '-c',
      collection.name,
      '--store',
      path,
      '--using',
      'colbert',
      '--sample',
      '3',
    ])
    expect([code, stdout.includes('document: point 7')]).toEqual([1, true])
  })

  it('pulls a file', async () => {
    const file = join(folder, 'colbert.npz')
    expect((await run(['pull', '-c', collection.name, '--out', file, '--using', 'colbert'])).code).toBe(0)
    const source = await openFile(file)
    const read: unknown[] = []
    for await (const { id, vector, payload } of readPoints(source))
      read.push([id, [...vector!.data], payload])
    await source.close()
    expect(read).toEqual(
      points.map(({ id, vector, payload }) => [
        id,
        [...vector.colbert.data],
        { ...payload, name: `é ${id}` },
      ]),
    )
  })

  it('pushes a store to a new collection', async () => {
    const name = freshName()
    const { code, stdout } = await run(['push', '-c', name, '--store', path, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ store: '/store', points: 150, into: name })
    expect(await (await openCollection(client, name)).count()).toBe(150)
  })
})

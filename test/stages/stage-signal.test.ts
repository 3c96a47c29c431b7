// The signal of the calls on a first stage: every read and write of the store gets it, and a cancelled call changes nothing. The
// files that an interrupted call left are removed by the next one.

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  type AddStageOptions,
  addFirstStage,
  readFirstStage,
  removeFirstStage,
  withFirstStage,
} from '../../src/stages/index.js'
import { drawDocuments } from '../../src/stages/stored/draw-documents.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { temporaryStores } from '../store/folders.js'
import { random, randomRows } from '../support/random.js'

const { closing, freshPath } = temporaryStores()
const DIM = 8

/** A store in a folder of a hundred documents, which is closed. */
async function createCorpus(): Promise<string> {
  const path = freshPath()
  const next = random(3)
  const store = await createStore({ path, vectors: { colbert: { size: DIM, distance: 'Dot' } } })
  await store.upsert(
    Array.from({ length: 100 }, (_, id) => ({ id, vector: { colbert: randomRows(next, 3, DIM) } })),
  )
  await store.close()
  return path
}

/** The store with notes of the signals of its calls. */
function noting(store: Store, calls: [string, unknown][]): Store {
  const note =
    <A extends unknown[], R>(name: string, call: (...rest: A) => R) =>
    (...rest: A): R => {
      calls.push([name, (rest.at(-1) as { signal?: unknown } | undefined)?.signal])
      return call(...rest)
    }
  return {
    ...store,
    scroll: note('scroll', store.scroll),
    retrieve: note('retrieve', store.retrieve),
    updateVectors: note('updateVectors', store.updateVectors),
  }
}

it('documents are drawn with the signal of the call', async () => {
  const store = closing(await openStore(await createCorpus(), { readOnly: true }))
  const calls: [string, unknown][] = []
  const { signal } = new AbortController()
  expect(await drawDocuments(noting(store, calls), 'colbert', 40, 1, signal)).toHaveLength(40)
  expect(calls).toEqual([
    ['scroll', signal],
    ['retrieve', signal],
    ['retrieve', signal],
  ])
})

it('missing vectors are made with the signal of the call', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  const store = closing(await openStore(path))
  await store.upsert([{ id: 1000, vector: { colbert: [[1, 2, 3, 4, 5, 6, 7, 8]] } }])
  const calls: [string, unknown][] = []
  const { firstStage } = await withFirstStage(noting(store, calls))
  const { signal } = new AbortController()
  expect(await firstStage!.complete({ signal })).toBe(1)
  expect(new Set(calls.map(([name]) => name))).toEqual(new Set(['scroll', 'retrieve', 'updateVectors']))
  expect(calls.filter(([, passed]) => passed !== signal)).toEqual([])
})

it('vectors that were made before a cancellation are not counted as missing', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  const store = closing(await openStore(path))
  await store.deleteVectors(
    Array.from({ length: 50 }, (_, id) => id),
    ['mean'],
  )
  const stop = new AbortController()
  const updateVectors: Store['updateVectors'] = (...call) =>
    store.updateVectors(...call).finally(() => stop.abort(new Error('enough')))
  const { firstStage } = await withFirstStage({ ...store, updateVectors })
  expect(await firstStage!.missing()).toBe(50)
  await expect(firstStage!.complete({ signal: stop.signal })).rejects.toThrow('enough')
  expect(await firstStage!.missing()).toBe(18)
  expect(await firstStage!.complete()).toBe(18)
})

/** All files of a folder, with their bytes. */
const filesOf = (path: string) =>
  new Map(readdirSync(path).map(name => [name, readFileSync(join(path, name)).toString('base64')]))

it.each<[string, AddStageOptions]>([
  ['another stage', { stage: 'muvera' }],
  ['the same stage with other settings', { stage: 'mean', candidates: 50 }],
  ['a fitted stage', { size: 16 }],
])('adding %s leaves the files as they were if it is cancelled at any time', async (_, options) => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean', candidates: 100 })
  const files = filesOf(path)
  const early = AbortSignal.abort(new Error('enough'))
  await expect(addFirstStage(path, { ...options, signal: early })).rejects.toThrow('enough')
  expect(filesOf(path)).toEqual(files)
  for (const at of options.stage === undefined ? ['fit', 'write'] : ['write']) {
    const stop = new AbortController()
    let late = 0
    const onProgress: AddStageOptions['onProgress'] = ({ phase }) => {
      if (stop.signal.aborted) late++
      if (phase === at) stop.abort(new Error('enough'))
    }
    await expect(addFirstStage(path, { ...options, signal: stop.signal, onProgress })).rejects.toThrow(
      'enough',
    )
    expect([stop.signal.aborted, late]).toEqual([true, 0])
    expect(filesOf(path), at).toEqual(files)
  }
})

it('removing a stage leaves the files as they were if it is cancelled', async () => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  const files = filesOf(path)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(removeFirstStage(path, { signal })).rejects.toThrow('enough')
  expect(filesOf(path)).toEqual(files)
  expect(await removeFirstStage(path)).toBe(true)
})

it.each<[string, (path: string) => Promise<unknown>, string[]]>([
  ['removing the stage of a store without one', removeFirstStage, ['notes.stage']],
  ['adding a stage', path => addFirstStage(path, { stage: 'muvera' }), ['muvera.stage', 'notes.stage']],
])('%s removes the files that an interrupted call left, and no others', async (_, change, left) => {
  const path = await createCorpus()
  for (const name of ['mean.stage', 'mean.stage.new', 'notes.stage']) writeFileSync(join(path, name), 'a')
  await change(path)
  const found = readdirSync(path).filter(name => name.includes('.stage'))
  expect(found.sort()).toEqual(left)
})

it('a stage whose file is too large to be one is replaced when it is added again', async () => {
  const path = await createCorpus()
  const settings = await addFirstStage(path, { stage: 'mean', candidates: 50 })
  truncateSync(join(path, `${settings.vector}.stage`), 2 ** 31)
  await expect(readFirstStage(path)).rejects.toThrow('expected at most')
  expect(await addFirstStage(path, { stage: 'mean', candidates: 50 })).toEqual(settings)
  expect((await readFirstStage(path))!.length).toBeLessThan(1000)
})

// The two copies of the manifest: which one is opened, and what a writer restores.

import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createStore, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { manifestOf } from './crafted.cases.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

const { freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointsOf = (ids: readonly number[]) => ids.map(id => ({ id, vector: { colbert: [[id, 1]] } }))

/** A store of two segments, and its manifest before it had the second one. */
async function grownStore(): Promise<{ files: Files; older: Uint8Array; newer: Uint8Array }> {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 24)
  await store.upsert(pointsOf([1, 2, 3]))
  const older = folder.files.get('manifest')!
  await store.upsert(pointsOf([4]))
  await store.close()
  return { files: folder.files, older, newer: folder.files.get('manifest')! }
}

it('opens the newer of two copies of the manifest, whichever it is, and a writer restores the other', async () => {
  const { files, older, newer } = await grownStore()
  for (const [first, second] of [
    [older, newer],
    [newer, older],
  ] as const) {
    const folder = createMemoryFolder(new Map([...files, ['manifest', first], ['manifest.copy', second]]))
    for (const readOnly of [true, false]) {
      const store = await openStoreIn(folder, { readOnly })
      expect(await store.count()).toBe(4)
      await store.close()
    }
    const text = (name: string) => new TextDecoder().decode(folder.files.get(name))
    expect(text('manifest.copy')).toBe(text('manifest'))
  }
})

it('names a damaged copy of the manifest if the other one is missing, and finds no store without both', async () => {
  const { files, newer } = await grownStore()
  const without = (...names: readonly string[]) =>
    createMemoryFolder(new Map([...files].filter(([name]) => !names.includes(name))))
  for (const [damaged, missing] of [
    ['manifest', 'manifest.copy'],
    ['manifest.copy', 'manifest'],
  ] as const) {
    const folder = without(missing)
    folder.files.set(damaged, newer.slice(0, -10))
    for (const readOnly of [true, false]) {
      const error = await openStoreIn(folder, { readOnly }).catch((error: unknown) => error)
      expect(error, `damage of ${damaged}`).toBeInstanceOf(StoreDamageError)
      expect((error as StoreDamageError).damage.map(({ file }) => file)).toEqual([damaged])
    }
    const store = await openStoreIn(without(missing))
    expect(await store.count(), `without ${missing}`).toBe(4)
    await store.close()
  }
  await expect(openStoreIn(without('manifest', 'manifest.copy'))).rejects.toThrow('there is no store at')
})

it('removes what an interrupted writer left when it is opened for writing, and nothing else', async () => {
  const { files } = await grownStore()
  const left = [
    'manifest.new',
    'manifest.copy.new',
    '000099.log',
    '000099.payloads',
    '000099.0.rows',
    '000003.log',
  ]
  const mine = ['notes.txt', 'manifest.old', '99.log']
  const bytes = new TextEncoder().encode('anything')
  const folder = createMemoryFolder(
    new Map([...files, ...[...left, ...mine].map(name => [name, bytes] as const)]),
  )
  const reader = await openStoreIn(folder, { readOnly: true })
  await reader.close()
  expect([...folder.files.keys()].sort(), 'after reading').toEqual([...files.keys(), ...left, ...mine].sort())
  const writer = await openStoreIn(folder)
  expect(await writer.count()).toBe(4)
  await writer.close()
  expect([...folder.files.keys()].sort(), 'after writing').toEqual([...files.keys(), ...mine].sort())
})

const MAX_BYTES = 4 * 2 ** 20

it('refuses vectors whose manifest could not be read, before it creates a file', async () => {
  const path = freshPath()
  await expect(
    createStore({ path, vectors: { ['x'.repeat(MAX_BYTES)]: { size: 2, distance: 'Dot' } } }),
  ).rejects.toThrow(
    /^the names and segments of a store expected at most 4194304 bytes, got 4194\d{3}; use fewer vectors, or shorter names$/,
  )
  expect(existsSync(path)).toBe(false)
  const many = Object.fromEntries(
    Array.from({ length: 131_072 }, (_, i) => [i, { size: 1, distance: 'Dot' }]),
  )
  const folder = createMemoryFolder()
  await expect(
    createSmallSegments(folder, many as Parameters<typeof createSmallSegments>[1], 100),
  ).rejects.toThrow(/ expected at most /)
  expect([...folder.files]).toEqual([])
})

it('refuses the segment with which the manifest could not be read, and keeps everything before it', async () => {
  const folder = createMemoryFolder()
  const name = 'x'.repeat(MAX_BYTES - 600)
  const named = { [name]: { size: 1, distance: 'Dot', screen: 'off' } } as const
  const store = await createSmallSegments(folder, named, 1)
  const write = (id: number) => store.upsert([{ id, vector: { [name]: [[id]] } }])
  let written = 0
  const failed = await (async () => {
    for (; written < 30; written++) await write(written)
  })().catch((error: Error) => error)
  expect(written).toBeGreaterThan(2)
  expect((failed as Error).message).toMatch(
    /could not be written: the names and segments of a store expected at most 4194304 bytes, got \d+; use fewer vectors, or shorter names; close it/,
  )
  await store.close()
  for (const readOnly of [true, false]) {
    const reopened = await openStoreIn(folder, { readOnly })
    expect(await reopened.count()).toBe(written)
    await reopened.close()
  }
})

/** A manifest of many segments without files, and of many vectors. */
const manyFiles = (segments: number, vectors: number) => ({
  generation: 5,
  vectors: Object.fromEntries(Array.from({ length: vectors }, (_, i) => [i, { size: 1, distance: 'Dot' }])),
  segments: Array.from({ length: segments }, (_, i) => ({ number: i + 1 })),
})

it('refuses a manifest that names more files than a store can have', async () => {
  const text = manifestOf(manyFiles(2 ** 10 + 1, 2 ** 8 - 2))
  const folder = createMemoryFolder(new Map([['manifest', text]]))
  const error = await openStoreIn(folder, { salvage: true }).catch((error: Error) => error)
  expect((error as Error).message).toContain(
    'manifest at byte 0: the contents are not those of a manifest: "segments" expected at most 262144 files, got 262400',
  )
})

it('opens no file of a segment without a log, and reports it once', async () => {
  const text = manifestOf(manyFiles(100, 200))
  const folder = createMemoryFolder(
    new Map([
      ['manifest', text],
      ['manifest.copy', text],
    ]),
  )
  let opened = 0
  const counting = {
    ...folder,
    open(name: string, writable: boolean) {
      opened++
      return folder.open(name, writable)
    },
  }
  const error = await openStoreIn(counting, { readOnly: true }).catch((error: StoreDamageError) => error)
  expect(opened, 'files that were opened').toBeLessThan(120)
  const { damage } = error as StoreDamageError
  expect(new Set(damage.map(({ file }) => file)).size).toBe(100)
  expect(damage[0]).toEqual({ file: '000001.log', offset: 0, segment: 1, problem: 'the file is missing' })
  const salvaged = await openStoreIn(folder, { salvage: true })
  await salvaged.compact()
  await salvaged.close()
  const repaired = await openStoreIn(folder)
  expect((await repaired.info()).damage).toEqual([])
  await repaired.close()
})

it('keeps the names of vectors that have other characters than ASCII', async () => {
  const folder = createMemoryFolder()
  const names = ['größe', '日本', '😀']
  const store = await createSmallSegments(
    folder,
    Object.fromEntries(names.map(name => [name, vectors.colbert])),
    24,
  )
  await store.upsert(names.map((name, id) => ({ id, vector: { [name]: [[id, 1]] } })))
  await store.close()
  for (const readOnly of [true, false]) {
    const opened = await openStoreIn(folder, { readOnly })
    expect(Object.keys(opened.config.vectors)).toEqual(names)
    for (const [id, using] of names.entries()) {
      expect((await opened.query([[1, 0]], { using })).map(hit => hit.id)).toEqual([id])
    }
    await opened.close()
  }
})

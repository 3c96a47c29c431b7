// The two copies of the manifest: which one is opened, and what a writer restores.

import { expect, it } from 'vitest'
import { StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

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

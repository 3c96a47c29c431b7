// Folders that lack what a store needs: read-only disks, network drives, file handles without methods, runtimes without
// files.

import fs from 'node:fs'
import { expect, it, vi } from 'vitest'
import { type NodeFileHandle, type NodeFileSystem, nodeFileSystem } from '../../src/base/node-files.js'
import { parseStoreVectors } from '../../src/store/config.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { createStore, openStore, StoreFolderError } from '../../src/store/index.js'
import { createStoreIn, openStoreIn } from '../../src/store/open-folder.js'
import { temporaryStores } from './folders.js'
import { createSimulatedDisk, type DiskCall, FOLDER } from './simulated-disk.js'

const { freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const config = { vectors: parseStoreVectors(vectors), ifExists: 'fail' } as const
const failure = (code: string) => Object.assign(new Error(`${code}: not supported`), { code })

const missing: readonly (readonly [string, (call: DiskCall) => boolean, string, string, string])[] = [
  [
    'folders',
    ({ type }) => type === 'mkdir',
    'EROFS',
    'create a lock',
    'the disk is read-only; open the store with { readOnly: true }',
  ],
  [
    'new files',
    ({ type }) => type === 'open',
    'EACCES',
    'create a lock',
    'change the permissions, or, to read only, open the store with { readOnly: true }',
  ],
  [
    'writes',
    ({ type, name }) => type === 'write' && name.includes('probe'),
    'ENOSPC',
    'write a file',
    'the disk is full; free some space',
  ],
  [
    'truncation',
    ({ type }) => type === 'truncate',
    'ENOTSUP',
    'shorten a file',
    'choose a folder on a local disk',
  ],
  [
    'syncs of files',
    ({ type }) => type === 'datasync',
    'ENOSYS',
    'sync a file',
    'choose a folder on a local disk',
  ],
  [
    'renaming',
    ({ type }) => type === 'rename',
    'EXDEV',
    'replace a file by another',
    'choose a folder on a local disk',
  ],
  [
    'syncs of folders',
    ({ type }) => type === 'sync',
    'EINVAL',
    'sync a folder',
    'choose a folder on a local disk',
  ],
  [
    'deletions',
    ({ type, name }) => type === 'rm' && name.endsWith('.2'),
    'EPERM',
    'delete a file',
    'change the permissions, or, to read only, open the store with { readOnly: true }',
  ],
]

it.each(missing)(
  'names the operation on a disk without %s, when a store is created or opened',
  async (...[, fails, code, operation, remedy]) => {
    const disk = createSimulatedDisk()
    const folder = await createNodeFolder(FOLDER, disk.fileSystem)
    await (await createStoreIn(folder, config)).close()
    const before = disk.record.length
    const empty = createSimulatedDisk()
    const emptyFolder = await createNodeFolder(FOLDER, empty.fileSystem)
    for (const [one, open] of [
      [disk, () => openStoreIn(folder)],
      [empty, () => createStoreIn(emptyFolder, config)],
    ] as const) {
      one.onCall = call => {
        if (call.name.startsWith('lock') || ['mkdir', 'sync'].includes(call.type)) {
          if (fails(call)) throw failure(code)
        }
      }
      const error = await open().catch((error: unknown) => error as StoreFolderError)
      expect(error).toBeInstanceOf(StoreFolderError)
      expect(error).toMatchObject({ code: 'ERR_STORE_FOLDER', cause: { code } })
      const { message } = error as StoreFolderError
      expect(message).toContain(
        `a store cannot be written to "${FOLDER}", because it cannot ${operation} there: `,
      )
      expect(message).toContain(`(${code})`)
      expect(message).toContain(remedy)
      expect(one.openFiles).toBe(0)
      one.onCall = () => {}
      const names = await (one === disk ? folder : emptyFolder).list()
      // what was tried leaves no file that can be deleted
      if (operation !== 'delete a file') expect(names.filter(name => name.includes('probe'))).toEqual([])
    }
    const changed = disk.record.slice(before).filter(change => change.kind === 'name')
    expect(changed.every(change => change.kind === 'name' && change.name.startsWith('lock'))).toBe(true)
    // it can be read
    disk.onCall = ({ type }) => {
      if (['write', 'truncate', 'datasync', 'sync', 'rename', 'mkdir', 'rm'].includes(type))
        throw failure('EROFS')
    }
    const reader = await openStoreIn(folder, { readOnly: true })
    expect(await reader.count()).toBe(0)
    await reader.close()
    // once the disk works, no lock is left from before
    for (const [one, open] of [
      [disk, () => openStoreIn(folder)],
      [empty, () => createStoreIn(emptyFolder, config)],
    ] as const) {
      one.onCall = () => {}
      await (await open()).close()
    }
    for (const one of [folder, emptyFolder]) {
      const names = await one.list()
      expect(names.filter(name => name.startsWith('lock'))).toEqual([])
    }
  },
)

/** The file system with other handles. */
async function withHandles(change: (handle: NodeFileHandle) => object): Promise<NodeFileSystem> {
  const real = (await nodeFileSystem())!
  return {
    ...real,
    async open(path, flags) {
      const handle = await real.open(path, flags)
      const changes = change(handle)
      return new Proxy(handle, {
        get(target, name) {
          if (name in changes) return changes[name as keyof typeof changes]
          const value: unknown = Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    },
  }
}

it("syncs files and folders whose handles lack the methods, as with Plug'n'Play", async () => {
  const notImplemented = () => {
    throw new Error('Method not implemented.')
  }
  const synced = { fdatasync: vi.spyOn(fs, 'fdatasync'), fsync: vi.spyOn(fs, 'fsync') }
  for (const method of [notImplemented, undefined]) {
    const fileSystem = await withHandles(() => ({ datasync: method, sync: method }))
    const path = freshPath()
    synced.fdatasync.mockClear()
    synced.fsync.mockClear()
    const store = await createStoreIn(await createNodeFolder(path, fileSystem), config)
    await store.upsert([{ id: 1, vector: { colbert: [[1, 0]] } }])
    await store.close()
    expect(synced.fdatasync.mock.calls.length).toBeGreaterThan(5)
    expect(synced.fsync.mock.calls.length).toBeGreaterThan(2)
    const reader = await openStore(path, { readOnly: true })
    expect(await reader.count()).toBe(1)
    await reader.close()
  }
  // an error of the disk is not taken for a missing method
  synced.fdatasync.mockClear()
  const failing = await withHandles(() => ({ datasync: async () => Promise.reject(failure('EIO')) }))
  await expect(createStoreIn(await createNodeFolder(freshPath(), failing), config)).rejects.toThrow(
    'sync a file',
  )
  expect(synced.fdatasync).not.toHaveBeenCalled()
  // and an error of the other way is not lost
  synced.fdatasync.mockImplementation(((_: number, done: (error: Error) => void) =>
    done(failure('EIO'))) as typeof fs.fdatasync)
  const other = await withHandles(() => ({ datasync: notImplemented }))
  await expect(createStoreIn(await createNodeFolder(freshPath(), other), config)).rejects.toThrow(
    'sync a file',
  )
  vi.restoreAllMocks()
})

it('refuses a path where there is no file system', async () => {
  const message =
    '"path" needs a file system, and this runtime has no file system; leave out "path" for a store in memory'
  // as in a runtime for the edge, with and without a version of Node
  for (const process of [undefined, {}, { versions: { node: '22.0.0' }, getBuiltinModule: () => ({}) }]) {
    vi.stubGlobal('process', process)
    vi.stubGlobal('navigator', {})
    try {
      await expect(createStore({ path: 'library', vectors })).rejects.toThrow(message)
      await expect(openStore('library')).rejects.toThrow(message)
    } finally {
      vi.unstubAllGlobals()
    }
  }
})

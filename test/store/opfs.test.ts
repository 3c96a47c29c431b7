// The folder of a browser, on a private file system in memory: as in a worker, which writes files in place, and as on a
// page, which replaces each file by a changed copy. `test/browser` runs the same in Chromium.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseStoreVectors } from '../../src/store/config.js'
import { createOpfsFolder } from '../../src/store/folders/opfs-folder.js'
import { type Store, StoreLockedError, StoreWriteError } from '../../src/store/index.js'
import { createStoreIn, openStoreIn } from '../../src/store/open-folder.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const config = { vectors: parseStoreVectors(vectors), ifExists: 'fail' } as const
const pointOf = (id: number) => ({ id, vector: { colbert: [[id, 1]] }, payload: { id } })

interface Environment {
  /** The contents of files by path. */
  readonly files: Map<string, Uint8Array<ArrayBuffer>>
  /** Files that are open in place, and streams that are neither closed nor aborted. */
  open: number
  flushes: number
  /** Bytes that a write takes; fewer if the quota is exceeded. */
  quota: number
  isWorker: boolean
}

const notFound = () => new DOMException('no such entry', 'NotFoundError')

function resized(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(size)
  copy.set(bytes.subarray(0, size))
  return copy
}

function writeInto(bytes: Uint8Array, data: Uint8Array, position: number): Uint8Array<ArrayBuffer> {
  const changed = resized(bytes, Math.max(bytes.length, position + data.length))
  changed.set(data, position)
  return changed
}

function fileHandle(environment: Environment, path: string) {
  const { files } = environment
  const locked = new Set<string>()
  const handle = {
    getFile: async () => new File([files.get(path)!.slice()], path),
    async createWritable({ keepExistingData = false } = {}) {
      environment.open++
      let copy = keepExistingData ? files.get(path)!.slice() : new Uint8Array(0)
      let pending: { data: Uint8Array; position: number }[] = []
      return {
        async write(chunk: Uint8Array | { type: 'write'; position: number; data: Uint8Array }) {
          const { data, position } =
            chunk instanceof Uint8Array ? { data: chunk, position: copy.length } : chunk
          if (data.length > environment.quota) throw new DOMException('quota', 'QuotaExceededError')
          // a stream may read the bytes later
          pending.push({ data, position })
        },
        async truncate(size: number) {
          copy = resized(copy, size)
        },
        async close() {
          for (const { data, position } of pending) copy = writeInto(copy, data, position)
          files.set(path, copy)
          environment.open--
        },
        async abort() {
          pending = []
          environment.open--
        },
      }
    },
    async createSyncAccessHandle() {
      if (locked.has(path)) throw new DOMException('locked', 'NoModificationAllowedError')
      environment.open++
      return {
        read(target: Uint8Array, { at }: { at: number }) {
          const found = files.get(path)!.subarray(at, at + target.length)
          target.set(found)
          return found.length
        },
        write(bytes: Uint8Array, { at }: { at: number }) {
          const taken = bytes.subarray(0, Math.min(bytes.length, environment.quota))
          files.set(path, writeInto(files.get(path)!, taken, at))
          return taken.length
        },
        getSize: () => files.get(path)!.length,
        truncate(size: number) {
          files.set(path, resized(files.get(path)!, size))
        },
        flush() {
          environment.flushes++
        },
        close() {
          environment.open--
        },
      }
    },
  }
  return environment.isWorker ? handle : { ...handle, createSyncAccessHandle: undefined }
}

function directoryHandle(environment: Environment, folders: Set<string>, path = '') {
  const { files } = environment
  return {
    async getDirectoryHandle(name: string, { create = false } = {}) {
      const inner = `${path}${name}/`
      if (!folders.has(inner) && !create) throw notFound()
      folders.add(inner)
      return directoryHandle(environment, folders, inner)
    },
    async getFileHandle(name: string, { create = false } = {}) {
      if (!files.has(path + name)) {
        if (!create) throw notFound()
        files.set(path + name, new Uint8Array(0))
      }
      return fileHandle(environment, path + name)
    },
    async removeEntry(name: string) {
      if (!files.delete(path + name)) throw notFound()
    },
    async *keys() {
      for (const name of files.keys()) if (name.startsWith(path)) yield name.slice(path.length)
    },
  }
}

/** Web Locks of one origin, with `ifAvailable` only. */
function webLocks() {
  const held = new Set<string>()
  return {
    held,
    async request(name: string, _: { ifAvailable: true }, run: (lock: object | null) => Promise<void>) {
      if (held.has(name)) return run(null)
      held.add(name)
      try {
        return await run({ name })
      } finally {
        // the browser is another process
        await new Promise(setImmediate)
        held.delete(name)
      }
    },
  }
}

describe.each(['worker', 'page'])('in a %s', place => {
  let environment: Environment
  let locks: ReturnType<typeof webLocks>

  beforeEach(() => {
    environment = { files: new Map(), open: 0, flushes: 0, quota: Infinity, isWorker: place === 'worker' }
    locks = webLocks()
    const folders = new Set<string>()
    const storage = { getDirectory: async () => directoryHandle(environment, folders) }
    vi.stubGlobal('navigator', { storage, locks })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const idsIn = async (store: Store) => {
    const ids: unknown[] = []
    for await (const { id } of store.scroll()) ids.push(id)
    return ids
  }

  it('keeps changes, also through a compaction and after the store is opened again', async () => {
    const folder = await createOpfsFolder('/a/./library/')
    expect(await folder.list()).toEqual([])
    const store = await createStoreIn(folder, config)
    await store.upsert([1, 2, 3, 4].map(pointOf))
    const flushes = environment.flushes
    await store.upsert([pointOf(5)])
    if (place === 'worker')
      expect(environment.flushes - flushes, 'syncs of an upsert').toBeGreaterThanOrEqual(3)
    await store.delete([2])
    await store.compact()
    await store.upsert([pointOf(6)])
    await store.close()
    expect(environment.open, 'open files').toBe(0)
    expect([...environment.files.keys()].every(name => name.startsWith('a/library/'))).toBe(true)
    const again = await openStoreIn(await createOpfsFolder('a/library'))
    expect(await idsIn(again)).toEqual([1, 3, 4, 5, 6])
    expect((await again.query([[1, 0]], { limit: 1 }))[0]).toMatchObject({ id: 6, score: 6 })
    await again.close()
    const reader = await openStoreIn(await createOpfsFolder('a/library'), { readOnly: true })
    expect(await idsIn(reader)).toEqual([1, 3, 4, 5, 6])
    await reader.close()
    expect(environment.open, 'open files').toBe(0)
  })

  it('locks the folder until it is closed', async () => {
    const store = await createStoreIn(await createOpfsFolder('library'), config)
    expect([...locks.held]).toEqual(['maxsimd store library'])
    const error = await openStoreIn(await createOpfsFolder('library')).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(StoreLockedError)
    expect((error as Error).message).toBe(
      'the store at "library" is locked by another page or worker; close it there',
    )
    await store.close()
    expect(locks.held.size).toBe(0)
    await (await openStoreIn(await createOpfsFolder('library'))).close()
  })

  it('fails a change that exceeds the quota, and keeps what was acknowledged', async () => {
    const store = await createStoreIn(await createOpfsFolder('library'), config)
    await store.upsert([1, 2].map(pointOf))
    environment.quota = 3
    await expect(store.upsert([pointOf(3)])).rejects.toThrow(StoreWriteError)
    environment.quota = Infinity
    await expect(store.delete([1])).rejects.toThrow(StoreWriteError)
    expect(await idsIn(store)).toEqual([1, 2])
    await store.close()
    expect(environment.open, 'open files').toBe(0)
    const again = await openStoreIn(await createOpfsFolder('library'))
    expect(await idsIn(again)).toEqual([1, 2])
    await again.close()
  })

  it('empties a file that is created again, and finds what exists', async () => {
    const folder = await createOpfsFolder('library')
    expect(await folder.open('x', false)).toBeUndefined()
    expect(await folder.open('x', true)).toBeUndefined()
    await folder.remove('x')
    const file = await folder.create('x')
    await file.write(Uint8Array.of(1, 2, 3, 4), 0)
    await file.close()
    const again = await folder.create('x')
    expect(await again.size()).toBe(0)
    const bytes = Uint8Array.of(5, 6, 7)
    await again.write(bytes, 2)
    await again.truncate(4)
    const target = new Uint8Array(5)
    expect(await again.read(target, 1)).toBe(3)
    expect([...target]).toEqual([0, 5, 6, 0, 0])
    await again.close()
    await folder.replace('x', Uint8Array.of(8))
    const reader = (await folder.open('x', false))!
    expect(await reader.size()).toBe(1)
    await expect(reader.write(bytes, 0)).rejects.toThrow('this file was opened for reading only')
    await reader.close()
    expect(await folder.list()).toEqual(['x'])
    await folder.remove('x')
    expect(await folder.list()).toEqual([])
    // of the folder, which exists now
    await folder.remove('x')
    expect(await folder.open('x', false)).toBeUndefined()
    expect(await folder.open('x', true)).toBeUndefined()
  })
})

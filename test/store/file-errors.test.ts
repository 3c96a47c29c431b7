// Errors of the file system: they name the path and a remedy, and keep the code and the cause.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { createStore, openStore } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { temporaryStores } from './folders.js'
import { createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, type DiskCall, FOLDER, type SimulatedDisk } from './simulated-disk.js'

const { freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { colbert: [[id, 1]] } })

/** A disk with a closed store. */
async function writtenDisk(): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk()
  const store = await createSmallSegments(await createNodeFolder(FOLDER, disk.fileSystem), vectors, 40)
  for (let id = 0; id < 6; id++) await store.upsert([pointOf(id)])
  await store.close()
  return disk
}
const openOn = async (disk: SimulatedDisk, options: object = {}) =>
  openStoreIn(await createNodeFolder(FOLDER, disk.fileSystem), options)

function failWith(disk: SimulatedDisk, code: string, fails: (call: DiskCall) => boolean): void {
  disk.onCall = call => {
    if (fails(call)) throw Object.assign(new Error(`${code}: simulated failure`), { code })
  }
}

/** An error, its cause, the cause of that, and so on. */
function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}

const writes = ['write', 'truncate', 'link', 'rename', 'rm', 'datasync']
const cases: readonly (readonly [string, (call: DiskCall) => boolean, string])[] = [
  [
    'EROFS',
    call => writes.includes(call.type) || call.name.startsWith('lock.'),
    'the disk is read-only; open the store with { readOnly: true }',
  ],
  [
    'EACCES',
    call => call.type === 'open' && call.name === '000001.log',
    'permission denied; change the permissions',
  ],
  ['EMFILE', call => call.type === 'open' && call.name === '000002.0.rows', 'raise the limit (ulimit -n)'],
  ['ENFILE', call => call.type === 'open' && call.name === 'manifest', 'the system has too many open files'],
  ['EIO', call => call.type === 'read' && call.name === '000001.log', 'check the disk'],
  ['EACCES', call => call.type === 'readdir', 'permission denied'],
]

it.each(cases)(
  'names the path and a remedy for %s when a store is opened, and leaves no file open',
  async (code, fails, remedy) => {
    const disk = await writtenDisk()
    failWith(disk, code, fails)
    const error = await openOn(disk).catch((error: Error) => error)
    const causes = causesOf(error)
    expect(causes.at(-1)!.message).toBe(`${code}: simulated failure`)
    expect(causes.map(cause => (cause as { code?: unknown }).code)).toContain(code)
    expect((error as Error).message).toContain('"/disk/store')
    expect((error as Error).message).toContain(remedy)
    expect(disk.openFiles).toBe(0)
    disk.onCall = () => {}
    const store = await openOn(disk)
    expect(await store.count()).toBe(6)
    await store.close()
  },
)

it('opens a store for reading on a read-only disk', async () => {
  const disk = await writtenDisk()
  failWith(disk, 'EROFS', call => writes.includes(call.type) || call.type === 'mkdir')
  const store = await openOn(disk, { readOnly: true })
  expect(await store.count()).toBe(6)
  await store.close()
  expect(disk.openFiles).toBe(0)
})

it('opens a store although what an interrupted compaction left cannot be removed', async () => {
  const disk = await writtenDisk()
  const left = await disk.fileSystem.open(`${FOLDER}/000099.log`, 'w')
  await left.close()
  failWith(disk, 'EIO', call => call.type === 'rm' && call.name === '000099.log')
  const store = await openOn(disk)
  expect(await store.count()).toBe(6)
  await store.close()
  expect(await disk.fileSystem.readdir(FOLDER)).toContain('000099.log')
  disk.onCall = () => {}
  await (await openOn(disk)).close()
  expect(await disk.fileSystem.readdir(FOLDER)).not.toContain('000099.log')
})

it('names the path and a remedy when a disk is full', async () => {
  const disk = await writtenDisk()
  const store = await openOn(disk)
  failWith(disk, 'ENOSPC', call => call.type === 'write')
  const error = await store.upsert([pointOf(9)]).catch((error: Error) => error)
  expect((error as Error).message).toContain('the disk is full; free some space (ENOSPC)')
  expect((error as Error & { cause: object }).cause).toMatchObject({ code: 'ENOSPC' })
  disk.onCall = () => {}
  await store.close().catch(() => undefined)
  expect(disk.openFiles).toBe(0)
})

it('names a part of a path that is a file', async () => {
  const base = freshPath()
  mkdirSync(base)
  writeFileSync(join(base, 'notes'), 'mine')
  const path = join(base, 'notes', 'store')
  for (const open of [() => openStore(path), () => createStore({ path, vectors })]) {
    const error = await open().catch((error: Error) => error)
    expect(error).toMatchObject({ code: 'ENOTDIR' })
    expect((error as Error).message).toBe(
      `"${path}": a part of the path is a file; choose another path (ENOTDIR)`,
    )
  }
})

it('leaves no file open when a damaged store is not opened', async () => {
  const disk = await writtenDisk()
  const file = await disk.fileSystem.open(`${FOLDER}/000001.log`, 'r+')
  await file.truncate(70)
  await file.close()
  for (const options of [{}, { readOnly: true }]) {
    await expect(openOn(disk, options)).rejects.toThrow('000001.log (segment 1)')
    expect(disk.openFiles).toBe(0)
  }
})

it('leaves no file open, and no lock, when no files can be created beside damaged ones', async () => {
  const disk = createSimulatedDisk()
  const created = await createSmallSegments(await createNodeFolder(FOLDER, disk.fileSystem), vectors, 10_000)
  for (let id = 0; id < 6; id++) await created.upsert([pointOf(id)])
  await created.close()
  const file = await disk.fileSystem.open(`${FOLDER}/000001.log`, 'r+')
  await file.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0, 8, 120)
  await file.close()
  failWith(disk, 'EIO', call => call.type === 'open' && call.name === '000002.log')
  await expect(openOn(disk, { salvage: true })).rejects.toThrow('EIO')
  expect(disk.openFiles).toBe(0)
  disk.onCall = () => {}
  const store = await openOn(disk, { salvage: true })
  await store.upsert([pointOf(9)])
  await store.close()
  expect(disk.openFiles).toBe(0)
})

it('leaves no file open if the kernel does not start', async () => {
  const disk = await writtenDisk()
  await expect(openOn(disk, { kernel: 'other', readOnly: true })).rejects.toThrow('"kernel" expected')
  expect(disk.openFiles).toBe(0)
})

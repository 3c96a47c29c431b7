// A folder on a disk: what survives a power cut between its calls, and what happens when a call of the system fails.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import * as fileSystem from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { StoreLockedError } from '../../src/store/folders/folder.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { random } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { createSimulatedDisk, FOLDER, type SimulatedDisk } from './simulated-disk.js'

const { freshPath } = temporaryStores()

const folderOn = (disk: SimulatedDisk) => createNodeFolder(FOLDER, disk.fileSystem)
const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

it('replaces a file so that a power cut leaves the old contents or the new ones, and afterwards only the new', async () => {
  const disk = createSimulatedDisk()
  const folder = await folderOn(disk)
  const [old, replaced] = ['old '.repeat(100), 'new contents '.repeat(50)]
  await folder.replace('manifest', bytesOf(old))
  const first = disk.record.length
  await folder.replace('manifest', bytesOf(replaced))
  const next = random(1)
  for (let steps = first; steps <= disk.record.length; steps++) {
    for (let round = 0; round < 20; round++) {
      const left = textOf(disk.afterPowerCut(steps, next).contentsOf('manifest'))
      const allowed = steps === disk.record.length ? [replaced] : [old, replaced]
      expect(allowed, `after change ${steps} of ${disk.record.length}`).toContain(left)
    }
  }
  expect(disk.openFiles).toBe(0)
})

it('reads and writes all bytes, although the system reads and writes fewer at a time', async () => {
  const folder = await folderOn(createSimulatedDisk())
  const file = await folder.create('000001.log')
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
  await file.write(bytes, 10)
  const target = new Uint8Array(1100)
  expect(await file.read(target, 10)).toBe(1000)
  expect(target.subarray(0, 1000)).toEqual(bytes)
  expect(await file.size()).toBe(1010)
  await file.close()
})

it('keeps a name and its contents through a power cut once file and folder are synced', async () => {
  const disk = createSimulatedDisk()
  const folder = await folderOn(disk)
  const file = await folder.create('000001.log')
  await file.write(bytesOf('text'), 0)
  await file.sync()
  await folder.sync()
  const next = random(2)
  for (let round = 0; round < 20; round++) {
    expect(textOf(disk.afterPowerCut(disk.record.length, next).contentsOf('000001.log'))).toBe('text')
  }
  await file.close()
})

it('closes its files when a call fails while a file is replaced', async () => {
  for (const type of ['write', 'datasync', 'rename', 'sync']) {
    const disk = createSimulatedDisk()
    const folder = await folderOn(disk)
    await folder.replace('manifest', bytesOf('old'))
    disk.onCall = call => {
      if (call.type === type) throw Object.assign(new Error('EIO: simulated failure'), { code: 'EIO' })
    }
    const error = await folder.replace('manifest', bytesOf('new')).catch(error => error)
    expect(error.message, type).toMatch(
      /^"\/disk\/store.*": the disk reports an error; check the disk \(EIO\)$/,
    )
    expect(error.code, type).toBe('EIO')
    expect(error.cause.message, type).toBe('EIO: simulated failure')
    expect(disk.openFiles, type).toBe(0)
    const left = type === 'sync' ? 'new' : 'old'
    expect(textOf(disk.contentsOf('manifest')), type).toBe(left)
  }
})

/** A process number that no system gives. */
const ENDED = 2 ** 30

/** Replaces the lock at once, as another process does. Ends the watching of calls. */
async function writeLock(disk: SimulatedDisk, pid: number, token: string): Promise<void> {
  disk.onCall = () => {}
  const bytes = bytesOf(JSON.stringify({ pid, host: hostname(), started: '', token }))
  const handle = await disk.fileSystem.open(`${FOLDER}/lock`, 'w')
  await handle.write(bytes, 0, bytes.length, 0)
  await handle.close()
}

const ownerOf = (disk: SimulatedDisk) => JSON.parse(textOf(disk.contentsOf('lock'))!) as { token: string }

it('leaves a lock alone that another process takes while the lock before it is found to be stale', async () => {
  const disk = createSimulatedDisk()
  const folder = await folderOn(disk)
  await writeLock(disk, ENDED, 'ended')
  disk.onCall = async ({ name }) => {
    if (name === 'lock.ended') await writeLock(disk, process.pid, 'theirs')
  }
  await expect(folder.lock()).rejects.toThrow(StoreLockedError)
  expect(ownerOf(disk).token).toBe('theirs')
  expect(disk.openFiles).toBe(0)
})

it('takes over a stale lock, and leaves nothing behind when it is released', async () => {
  const disk = createSimulatedDisk()
  const folder = await folderOn(disk)
  await writeLock(disk, ENDED, 'ended')
  const lock = await folder.lock()
  expect(ownerOf(disk).token).not.toBe('ended')
  await lock.check()
  await lock.release()
  expect(await folder.list()).toEqual([])
  expect(disk.openFiles).toBe(0)
})

it('does not release a lock that another process took meanwhile', async () => {
  const disk = createSimulatedDisk()
  const folder = await folderOn(disk)
  const lock = await folder.lock()
  await writeLock(disk, process.pid, 'theirs')
  await expect(lock.check()).rejects.toThrow(StoreLockedError)
  await lock.release()
  expect(ownerOf(disk).token).toBe('theirs')
})

it('replaces a link by a file, and does not write through it', async () => {
  const [path, outside] = [freshPath(), freshPath()]
  mkdirSync(path)
  writeFileSync(outside, 'mine')
  for (const name of ['manifest.new', '000001.log']) symlinkSync(outside, join(path, name))
  const folder = await createNodeFolder(path)
  await folder.replace('manifest', bytesOf('new'))
  const file = await folder.create('000001.log')
  await file.write(bytesOf('log'), 0)
  await file.close()
  const read = (name: string) => readFileSync(join(path, name), 'utf8')
  expect([read('manifest'), read('000001.log'), readFileSync(outside, 'utf8')]).toEqual([
    'new',
    'log',
    'mine',
  ])
})

it('closes whatever it opened that is not a file', async () => {
  const path = freshPath()
  mkdirSync(join(path, 'manifest'), { recursive: true })
  let open = 0
  const counting = {
    ...fileSystem,
    async open(...given: Parameters<typeof fileSystem.open>) {
      const handle = await fileSystem.open(...given)
      open++
      const close = handle.close.bind(handle)
      handle.close = () => {
        open--
        return close()
      }
      return handle
    },
  }
  const folder = await createNodeFolder(path, counting as unknown as SimulatedDisk['fileSystem'])
  await expect(folder.open('manifest', false)).rejects.toThrow('a folder')
  expect(open).toBe(0)
})

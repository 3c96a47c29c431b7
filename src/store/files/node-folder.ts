// A folder on a disk, by way of Node. The only part of a store that knows Node; it is loaded when it is needed.

import { type NodeFileHandle, nodeFileSystem, readFully, writeFully } from '../../base/node-files.js'
import { nodeModule } from '../../base/node-module.js'
import { type Folder, type Lock, type StoreFile, StoreLockedError } from './folder.js'

interface Paths {
  join(...parts: string[]): string
  resolve(path: string): string
}

interface NodeProcess {
  readonly pid: number
  readonly platform: string
  kill(pid: number, signal: 0): void
}

const { process } = globalThis as unknown as { process: NodeProcess }

const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code

/** Undefined where there is no such file. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function fileOf(handle: NodeFileHandle): StoreFile {
  return {
    read: (target, position) => readFully(handle, target, position),
    write: (bytes, position) => writeFully(handle, bytes, position),
    size: async () => (await handle.stat()).size,
    truncate: size => handle.truncate(size),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

/** Who holds a lock: a process of a machine. `started` tells it from a later one with the same number. */
interface Holder {
  readonly pid: number
  readonly host: string
  readonly started: string
  readonly token: string
}

export async function createNodeFolder(path: string): Promise<Folder> {
  const files = (await nodeFileSystem())!
  const { hostname } = (await nodeModule<{ hostname(): string }>('node:os'))!
  const { join, resolve } = (await nodeModule<Paths>('node:path'))!
  const place = resolve(path)
  const at = (name: string) => join(place, name)
  if ((await ifThere(files.stat(place)))?.isDirectory() === false) {
    throw new RangeError(`"path" expected a folder, got "${place}", which is a file`)
  }

  async function syncFolder(): Promise<void> {
    // Windows cannot open a folder, and needs it not
    if (process.platform === 'win32') return
    const handle = await files.open(place, 'r')
    await handle.sync().finally(() => handle.close())
  }

  /** When a process started, where the system tells: Linux does, others tell nothing. */
  async function startOf(pid: number): Promise<string> {
    try {
      const stat = await files.readFile(`/proc/${pid}/stat`, 'utf8')
      const boot = await files.readFile('/proc/sys/kernel/random/boot_id', 'utf8')
      // the command in parentheses may hold anything; the start is the 20th word after it
      return `${boot.trim()} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
    } catch {
      return ''
    }
  }

  async function isAlive({ pid, started }: Holder): Promise<boolean> {
    try {
      process.kill(pid, 0)
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return false
    }
    const now = await startOf(pid)
    return started === '' || now === '' || started === now
  }

  async function readHolder(name: string): Promise<Holder | undefined> {
    const text = await ifThere(files.readFile(at(name), 'utf8'))
    if (text === undefined) return undefined
    try {
      return JSON.parse(text) as Holder
    } catch {
      // written by a process that died over it, a moment ago or long since
      return { pid: 0, host: hostname(), started: '', token: text }
    }
  }

  async function take(): Promise<Lock> {
    const { pid } = process
    const host = hostname()
    const token = `${pid}.${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`
    const mine: Holder = { pid, host, started: await startOf(pid), token }
    await files.mkdir(place, { recursive: true })
    for (let attempt = 0; ; attempt++) {
      if (await claim('lock', mine)) return lockOf(token)
      const holder = await readHolder('lock')
      if (!holder) continue
      const isOurs = holder.host === host
      const isEmpty = holder.pid === 0
      // an empty lock may be about to be written: it gets a moment
      if (isEmpty && attempt < 10) await new Promise(done => setTimeout(done, 20))
      else if ((isOurs && !isEmpty && (await isAlive(holder))) || !isOurs || attempt > 20) {
        throw new StoreLockedError(
          `the store at "${place}" is written to by process ${holder.pid} on ${holder.host}; ` +
            `close it there, open it with { readOnly: true }, or, if that process is gone, remove ${at('lock')}`,
        )
      } else await removeStale(holder, mine)
    }
  }

  /** Makes a file that says who made it; false where there is one. */
  async function claim(name: string, mine: Holder): Promise<boolean> {
    const handle = await files.open(at(name), 'wx').catch(error => {
      if (codeOf(error) === 'EEXIST') return undefined
      throw error
    })
    if (!handle) return false
    const bytes = new TextEncoder().encode(JSON.stringify(mine))
    await handle.write(bytes, 0, bytes.length, 0).finally(() => handle.close())
    return true
  }

  /**
   * Takes a dead holder's lock away. Only who has the claim to it may, so that nobody takes a live lock that came in its
   * place; a claim whose own holder died is claimed in turn. Does nothing where somebody else is at it.
   */
  async function removeStale(holder: Holder, mine: Holder): Promise<void> {
    const claims: string[] = []
    for (let dead = holder; ; ) {
      const name = `lock.${encodeURIComponent(dead.token).slice(0, 80)}`
      claims.push(name)
      if (await claim(name, mine)) break
      const claimant = await readHolder(name)
      if (!claimant || claimant.pid === 0 || (await isAlive(claimant))) {
        await new Promise(done => setTimeout(done, 20))
        return
      }
      dead = claimant
    }
    if ((await readHolder('lock'))?.token === holder.token) await files.rm(at('lock'), { force: true })
    for (const name of claims) await files.rm(at(name), { force: true })
  }

  function lockOf(token: string): Lock {
    const isHeld = async () => (await readHolder('lock'))?.token === token
    return {
      async check() {
        if (await isHeld()) return
        throw new StoreLockedError(`the lock of the store at "${place}" was taken away; open the store again`)
      },
      async release() {
        if (await isHeld()) await files.rm(at('lock'), { force: true })
      },
    }
  }

  return {
    place,
    list: async () => (await ifThere(files.readdir(place))) ?? [],
    async open(name, writable) {
      const handle = await ifThere(files.open(at(name), writable ? 'r+' : 'r'))
      return handle && fileOf(handle)
    },
    async create(name) {
      await files.mkdir(place, { recursive: true })
      return fileOf(await files.open(at(name), 'w+'))
    },
    async replace(name, bytes) {
      const file = fileOf(await files.open(at(`${name}.new`), 'w'))
      try {
        await file.write(bytes, 0)
        await file.sync()
      } finally {
        await file.close()
      }
      await files.rename(at(`${name}.new`), at(name))
      await syncFolder()
    },
    remove: name => files.rm(at(name), { force: true }),
    sync: syncFolder,
    lock: take,
  }
}

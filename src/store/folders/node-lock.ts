// The lock file of a folder on disk. It names the writing process: number, host, start time and a random token. A lock
// whose process has ended is stale: the next writer creates a file that claims it, and removes both.

import type { NodeFileSystem } from '../../base/node-files.js'
import { sleep } from '../../base/sleep.js'
import { type Lock, StoreLockedError } from './folder.js'

/** The folder to lock, and the parts of Node that the lock needs. */
export interface LockContext {
  readonly fileSystem: NodeFileSystem
  /** The absolute path of the folder. */
  readonly path: string
  /** The name of this machine. */
  readonly host: string
  /** The path of a file in the folder. */
  pathOf(name: string): string
}

/** The process that holds a lock. `started` distinguishes it from a later process with the same number. */
interface LockOwner {
  readonly pid: number
  readonly host: string
  readonly started: string
  readonly token: string
}

interface NodeProcess {
  readonly pid: number
  kill(pid: number, signal: 0): void
}

const { process } = globalThis as unknown as { process: NodeProcess }

const LOCK = 'lock'
/** Milliseconds between two attempts. */
const RETRY_DELAY = 20
/** How often to wait for an empty lock file, whose process may be about to write it. */
const MAX_EMPTY_ATTEMPTS = 10
/** Attempts to take over a stale lock while other processes attempt the same. */
const MAX_ATTEMPTS = 20

/** Returns the `code` of an error of Node, such as `ENOENT`. */
export const codeOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code

/** Returns undefined in place of a file that does not exist. */
export async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Acquires the lock of a folder, which is created if it does not exist.
 *
 * @throws StoreLockedError if a running process, or a process on another machine, holds it
 */
export async function acquireLock(context: LockContext): Promise<Lock> {
  const { fileSystem, path, host } = context
  const { pid } = process
  const token = `${pid}.${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`
  const self: LockOwner = { pid, host, started: await startTimeOf(context, pid), token }
  await fileSystem.mkdir(path, { recursive: true })
  for (let attempt = 0; ; attempt++) {
    if (await claim(context, LOCK, self)) return lockOf(context, token)
    const owner = await readOwner(context, LOCK)
    if (!owner) continue
    const isLocal = owner.host === host
    const isEmpty = owner.pid === 0
    if (isEmpty && attempt < MAX_EMPTY_ATTEMPTS) {
      await sleep(RETRY_DELAY, undefined)
      continue
    }
    if (!isLocal || (!isEmpty && (await isAlive(context, owner))) || attempt > MAX_ATTEMPTS) {
      throw new StoreLockedError(
        `the store at "${path}" is locked by process ${owner.pid} on ${owner.host}; close it there, open it with ` +
          `{ readOnly: true }, or, if that process has ended, remove ${context.pathOf(LOCK)}`,
      )
    }
    await removeStaleLock(context, owner, self)
  }
}

function lockOf(context: LockContext, token: string): Lock {
  const isHeld = async () => (await readOwner(context, LOCK))?.token === token
  return {
    async check() {
      if (await isHeld()) return
      throw new StoreLockedError(`the lock of the store at "${context.path}" was lost; open the store again`)
    },
    async release() {
      if (await isHeld()) await context.fileSystem.rm(context.pathOf(LOCK), { force: true })
    },
  }
}

/** Creates a file that names its owner. Returns false if the file exists. */
async function claim({ fileSystem, pathOf }: LockContext, name: string, owner: LockOwner): Promise<boolean> {
  const handle = await fileSystem.open(pathOf(name), 'wx').catch(error => {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  })
  if (!handle) return false
  const bytes = new TextEncoder().encode(JSON.stringify(owner))
  await handle.write(bytes, 0, bytes.length, 0).finally(() => handle.close())
  return true
}

async function readOwner(
  { fileSystem, pathOf, host }: LockContext,
  name: string,
): Promise<LockOwner | undefined> {
  const text = await unlessMissing(fileSystem.readFile(pathOf(name), 'utf8'))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as LockOwner
  } catch {
    // the file is empty or cut off: its process is about to write it, or ended before it did
    return { pid: 0, host, started: '', token: text }
  }
}

/**
 * Removes the lock of an ended process. Only the process that claims the lock may remove it, so that nobody removes the
 * lock of a running process that replaced it. If the claiming process has ended too, its claim is claimed in turn.
 * Returns without effect if another process is removing the lock.
 */
async function removeStaleLock(context: LockContext, owner: LockOwner, self: LockOwner): Promise<void> {
  const { fileSystem, pathOf } = context
  const claims: string[] = []
  for (let ended = owner; ; ) {
    const name = `${LOCK}.${encodeURIComponent(ended.token).slice(0, 80)}`
    claims.push(name)
    if (await claim(context, name, self)) break
    const claimant = await readOwner(context, name)
    if (!claimant || claimant.pid === 0 || (await isAlive(context, claimant))) {
      await sleep(RETRY_DELAY, undefined)
      return
    }
    ended = claimant
  }
  if ((await readOwner(context, LOCK))?.token === owner.token) {
    await fileSystem.rm(pathOf(LOCK), { force: true })
  }
  for (const name of claims) await fileSystem.rm(pathOf(name), { force: true })
}

async function isAlive(context: LockContext, { pid, started }: LockOwner): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  const current = await startTimeOf(context, pid)
  return started === '' || current === '' || started === current
}

/** Returns when a process was started. Only Linux tells it; elsewhere an empty string. */
async function startTimeOf({ fileSystem }: LockContext, pid: number): Promise<string> {
  try {
    const stat = await fileSystem.readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await fileSystem.readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // the command is in parentheses and may contain anything; the start time is the 20th word after it
    return `${boot.trim()} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}

// The lock file of a folder on disk, which names the writing process. A lock whose process has ended is stale: the next
// writer creates a file that claims it, and removes both.
//
//   lock            the holder
//   lock.TOKEN      a process that removes the stale lock, or claim, of the holder TOKEN
//   lock.new.TOKEN  a lock or claim before it is complete. It gets its name by a link, so that no lock is ever empty

import { codeOf, type NodeFileSystem, readSmallText, writeFully } from '../../base/node-files.js'
import { sleep } from '../../base/sleep.js'
import { type Lock, StoreLockedError } from './folder.js'
import { describeSelf, hasEnded, type LockHolder, type ProcessView, parseHolder } from './lock-holder.js'

/** The folder to lock, and the parts of Node that the lock needs. */
export interface LockContext {
  readonly fileSystem: NodeFileSystem
  /** The absolute path of the folder, which exists. */
  readonly path: string
  readonly view: ProcessView
  /** The path of a file in the folder. */
  pathOf(name: string): string
}

/** A lock file, or a claim. */
interface FoundLock {
  readonly name: string
  /** Undefined if there is no file, or a link that leads nowhere. */
  readonly text: string | undefined
  /** Undefined if the file names no process. */
  readonly holder: LockHolder | undefined
}

/** A process that acquires a lock. */
interface Acquisition extends LockContext {
  readonly self: LockHolder
  /** The contents of its lock and claims. */
  readonly text: string
}

const LOCK = 'lock'
/** Tokens of locks that this process has released, or did not get, but whose files it could not remove. */
const abandoned = new Set<string>()
/** Milliseconds between two attempts. */
const RETRY_DELAY = 20
/** How often a file that names no process is read again. An earlier version, or a disk without links, may write it now. */
const MAX_READS = 10
/** Attempts to take over a stale lock while other processes attempt the same. */
const MAX_ATTEMPTS = 20
/** How often a lock that is missing after it was found is taken for a released one. */
const MAX_RELEASES = 5

/**
 * Acquires the lock of a folder.
 *
 * @throws StoreLockedError if a running process holds it, or one that cannot be judged from here
 */
export async function acquireLock(context: LockContext): Promise<Lock> {
  const self = await describeSelf(context.view)
  const acquisition = { ...context, self, text: JSON.stringify(self) }
  try {
    return await acquire(acquisition)
  } catch (error) {
    abandoned.add(self.token)
    throw error
  }
}

async function acquire(acquisition: Acquisition): Promise<Lock> {
  let holder: FoundLock = { name: LOCK, text: undefined, holder: undefined }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (await claim(acquisition, LOCK)) {
      await removeClaims(acquisition)
      return lockOf(acquisition)
    }
    const found = await readLock(acquisition, LOCK)
    // it was released meanwhile; a link that leads nowhere stays
    if (found.text === undefined && attempt < MAX_RELEASES) continue
    if (!(await isStale(acquisition, found))) {
      if (found.holder) throw lockedError(acquisition, found)
      continue
    }
    holder = (await removeStaleLock(acquisition, found)) ?? found
  }
  throw lockedError(acquisition, holder)
}

function lockedError({ path, pathOf }: LockContext, { name, holder }: FoundLock): StoreLockedError {
  const owner = holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
  return new StoreLockedError(
    `the store at "${path}" is locked by ${owner}; close it there, open it with ` +
      `{ readOnly: true }, or, if that process has ended, remove ${pathOf(name)}`,
  )
}

function lockOf({ fileSystem, path, pathOf, self, text }: Acquisition): Lock {
  const isHeld = async () => (await readLock({ fileSystem, pathOf, path }, LOCK)).text === text
  return {
    async check() {
      if (await isHeld()) return
      throw new StoreLockedError(`the lock of the store at "${path}" was lost; open the store again`)
    },
    async release() {
      abandoned.add(self.token)
      if (await isHeld()) await fileSystem.rm(pathOf(LOCK), { force: true })
      abandoned.delete(self.token)
    },
  }
}

/** Creates a file that names this process. Returns false if the file exists. */
async function claim({ fileSystem, pathOf, self, text }: Acquisition, name: string): Promise<boolean> {
  const aside = pathOf(`${LOCK}.new.${self.token}`)
  try {
    await writeText(fileSystem, aside, 'w', text)
    await fileSystem.link(aside, pathOf(name))
    return true
  } catch (error) {
    // ENOENT: a process that has acquired the lock removed the file
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false
  } finally {
    await fileSystem.rm(aside, { force: true })
  }
  // this disk has no links
  try {
    await writeText(fileSystem, pathOf(name), 'wx', text)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function writeText(
  fileSystem: NodeFileSystem,
  path: string,
  flags: string,
  text: string,
): Promise<void> {
  const handle = await fileSystem.open(path, flags)
  await writeFully(handle, new TextEncoder().encode(text), 0).finally(() => handle.close())
}

async function readLock(
  { fileSystem, pathOf, path }: Pick<LockContext, 'fileSystem' | 'pathOf' | 'path'>,
  name: string,
): Promise<FoundLock> {
  try {
    const text = await readSmallText(fileSystem, pathOf(name))
    return { name, text, holder: parseHolder(text) }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ELOOP') return { name, text: undefined, holder: undefined }
    if (code !== 'EISDIR') throw error
    throw new StoreLockedError(
      `the store at "${path}" cannot be locked, because ${pathOf(name)} is a folder; remove it`,
    )
  }
}

/** Returns true if the process of a lock has ended, or if the file names no process and stays like this. */
async function isStale(context: LockContext, found: FoundLock): Promise<boolean> {
  if (found.holder) return abandoned.has(found.holder.token) || hasEnded(found.holder, context.view)
  for (let read = 0; read < MAX_READS; read++) {
    await sleep(RETRY_DELAY, undefined)
    if ((await readLock(context, found.name)).text !== found.text) return false
  }
  return true
}

/**
 * Removes a stale lock. Only the process that claims the lock may remove it, so that nobody removes the lock of a
 * running process that replaced it. If the claiming process has ended too, its claim is claimed in turn. Returns the
 * claim of a process that may be removing the lock, which then stays.
 */
async function removeStaleLock(acquisition: Acquisition, stale: FoundLock): Promise<FoundLock | undefined> {
  const { fileSystem, pathOf } = acquisition
  const claims: string[] = []
  const remove = (name: string) => fileSystem.rm(pathOf(name), { force: true })
  for (let ended = stale; ; ) {
    const name = `${LOCK}.${ended.holder?.token ?? 'unreadable'}`
    if (claims.includes(name)) {
      // no process makes a circle of claims
      for (const each of claims) await remove(each)
      return undefined
    }
    claims.push(name)
    if (await claim(acquisition, name)) break
    const claimant = await readLock(acquisition, name)
    if (!(await isStale(acquisition, claimant))) {
      await sleep(RETRY_DELAY, undefined)
      return claimant
    }
    ended = claimant
  }
  if ((await readLock(acquisition, LOCK)).text === stale.text) await remove(LOCK)
  for (const name of claims) await remove(name)
  return undefined
}

/** Removes the claims of processes that have ended, and what they left. The holder of the lock needs no claim. */
async function removeClaims({ fileSystem, path, pathOf }: LockContext): Promise<void> {
  for (const name of await fileSystem.readdir(path)) {
    if (name.startsWith(`${LOCK}.`)) await fileSystem.rm(pathOf(name), { force: true, recursive: true })
  }
}

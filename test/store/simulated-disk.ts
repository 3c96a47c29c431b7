// A disk in memory, with the functions of node:fs/promises that a store uses. It separates what a system separates: a
// write changes a file for all processes at once, but it survives a power cut only after a sync of the file is complete,
// which takes some turns; the name of a file (created, renamed, removed) survives only after a sync of the folder. The disk
// records every change. From this record the disks that a kill or a power cut leaves at any moment can be restored.
//
//   kill        all changes so far, and the first bytes of the next write
//   power cut   all changes that were synced; of the later ones any: pages of writes, truncations, and of each name any
//               file that it had since

import type { NodeFileHandle, NodeFileSystem } from '../../src/base/node-files.js'
import { between, type Random } from '../support/random.js'

/** A change of the disk. Files have numbers, because a name may change. */
export type Change =
  | { readonly kind: 'write'; readonly file: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number }
  /** The name of a file; without `file` it is removed. */
  | { readonly kind: 'name'; readonly name: string; readonly file: number | undefined }
  /** A sync is complete, of a file or, without `file`, of the folder: all changes before `until` survive a power cut. */
  | { readonly kind: 'synced'; readonly file: number | undefined; readonly until: number }

/** The names and contents of a disk. */
interface Contents {
  readonly names: Map<string, number>
  readonly files: Map<number, Uint8Array>
}

/** A call of a function of the disk, for `onCall`. */
export interface DiskCall {
  /** The function, such as `open`, `write`, `datasync` or `rename`. */
  readonly type: string
  /** The name of the file in its folder; '' for the folder. */
  readonly name: string
}

/** A simulated disk. */
export interface SimulatedDisk {
  readonly fileSystem: NodeFileSystem
  readonly record: readonly Change[]
  /** All calls so far, in the order in which they began. */
  readonly calls: readonly DiskCall[]
  /** Files that are open now. */
  readonly openFiles: number
  /** Called before every call. It may throw, which makes the call fail. */
  onCall: (call: DiskCall) => void | Promise<void>
  /** Returns the contents of a file. */
  contentsOf(name: string): Uint8Array | undefined
  /** Returns the disk after `steps` changes, and after `bytes` bytes of the next one if that is a write. */
  afterKill(steps: number, bytes?: number): SimulatedDisk
  /** Returns a disk that a power cut after `steps` changes may leave. */
  afterPowerCut(steps: number, next: Random): SimulatedDisk
}

/** The folder in which all files are. */
export const FOLDER = '/disk/store'
const PAGE = 64
/** Turns after which a sync is complete, unless another one begins meanwhile. */
const SYNC_TURNS = 60

const emptyContents = (): Contents => ({ names: new Map(), files: new Map() })
const copyOf = ({ names, files }: Contents): Contents => ({ names: new Map(names), files: new Map(files) })

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size)
  copy.set(bytes.subarray(0, size))
  return copy
}

function apply({ names, files }: Contents, change: Change): void {
  if (change.kind === 'name') {
    if (change.file === undefined) names.delete(change.name)
    else {
      names.set(change.name, change.file)
      if (!files.has(change.file)) files.set(change.file, new Uint8Array(0))
    }
  } else if (change.kind === 'truncate') {
    files.set(change.file, resized(files.get(change.file) ?? new Uint8Array(0), change.size))
  } else if (change.kind === 'write') {
    const { file, position, bytes } = change
    const old = files.get(file) ?? new Uint8Array(0)
    const changed = resized(old, Math.max(old.length, position + bytes.length))
    changed.set(bytes, position)
    files.set(file, changed)
  }
}

/** Removes the locks: the process that held them is gone. `lock.test.ts` tests what happens to them. */
function withoutLocks(contents: Contents): Contents {
  for (const name of contents.names.keys()) if (/^lock(\.|$)/.test(name)) contents.names.delete(name)
  return contents
}

function contentsAfterKill(
  start: Contents,
  record: readonly Change[],
  steps: number,
  bytes: number,
): Contents {
  const contents = copyOf(start)
  for (const change of record.slice(0, steps)) apply(contents, change)
  const next = record[steps]
  if (bytes > 0 && next?.kind === 'write') apply(contents, { ...next, bytes: next.bytes.subarray(0, bytes) })
  return withoutLocks(contents)
}

function contentsAfterPowerCut(
  start: Contents,
  record: readonly Change[],
  steps: number,
  next: Random,
): Contents {
  const contents = copyOf(start)
  const done = record.slice(0, steps)
  const syncedUntil = new Map<number | undefined, number>()
  for (const change of done) {
    if (change.kind === 'synced') {
      syncedUntil.set(change.file, Math.max(change.until, syncedUntil.get(change.file) ?? 0))
    }
  }
  const pending = new Map<string, Change[]>()
  for (const [i, change] of done.entries()) {
    if (change.kind === 'synced') continue
    const isNamed = change.kind === 'name'
    if (i < (syncedUntil.get(isNamed ? undefined : change.file) ?? 0)) apply(contents, change)
    else if (isNamed) pending.set(change.name, [...(pending.get(change.name) ?? []), change])
    else if (change.kind === 'truncate') {
      if (next() < 0.5) apply(contents, change)
    } else {
      for (let at = 0; at < change.bytes.length; at += PAGE) {
        const bytes = change.bytes.subarray(at, at + PAGE)
        if (next() < 0.5) apply(contents, { ...change, position: change.position + at, bytes })
      }
    }
  }
  // each name refers to the file of its last synced change, or of any later one
  for (const changes of pending.values()) {
    const chosen = between(next, -1, changes.length - 1)
    if (chosen >= 0) apply(contents, changes[chosen]!)
  }
  return withoutLocks(contents)
}

const failure = (code: string, path: string) =>
  Object.assign(new Error(`${code}: simulated failure, '${path}'`), { code, path })

/** A system may read or write less than was requested. */
const shortened = (length: number) => (length > 100 ? length - 7 : length)

async function wait(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined
}

/** Creates an empty disk. */
export const createSimulatedDisk = (): SimulatedDisk => diskOf(emptyContents())

function diskOf(start: Contents): SimulatedDisk {
  const contents = copyOf(start)
  const { names, files } = contents
  const record: Change[] = []
  const calls: DiskCall[] = []
  let lastFile = Math.max(0, ...files.keys())
  let openFiles = 0
  let syncs = 0
  const pending = new Set<number>()

  const change = (one: Change) => {
    record.push(one)
    apply(contents, one)
  }
  const nameOf = (path: string) =>
    path === FOLDER ? '' : path.startsWith(`${FOLDER}/`) ? path.slice(FOLDER.length + 1) : path
  const begin = async (type: string, path: string) => {
    const call = { type, name: nameOf(path) }
    calls.push(call)
    await disk.onCall(call)
    await wait(1)
  }

  /**
   * Syncs a file, or the folder. Changes during the sync are not part of it. Of several syncs the last one is complete
   * first, and the others only when no other begins for a while: what does not wait for a sync comes before it.
   */
  async function sync(file: number | undefined): Promise<void> {
    const until = record.length
    const self = ++syncs
    pending.add(self)
    for (let before = 0; before !== syncs || Math.max(...pending) > self; ) {
      before = syncs
      await wait(SYNC_TURNS)
    }
    pending.delete(self)
    change({ kind: 'synced', file, until })
  }

  function handleOf(path: string, file: number | undefined): NodeFileHandle {
    let isOpen = true
    openFiles++
    const call = async (type: string) => {
      await begin(type, path)
      if (!isOpen) throw failure('EBADF', path)
    }
    const bytesNow = () => files.get(file!)!
    return {
      async read(target, offset, length, position) {
        await call('read')
        const found = bytesNow().subarray(position, position + shortened(length))
        target.set(found, offset)
        return { bytesRead: found.length }
      },
      async write(bytes, offset, length, position) {
        await call('write')
        const part = bytes.slice(offset, offset + shortened(length))
        change({ kind: 'write', file: file!, position, bytes: part })
        return { bytesWritten: part.length }
      },
      async stat() {
        await call('stat')
        const isFile = file !== undefined
        return { size: isFile ? bytesNow().length : 0, isFile: () => isFile, isDirectory: () => !isFile }
      },
      async truncate(size) {
        await call('truncate')
        change({ kind: 'truncate', file: file!, size })
      },
      async datasync() {
        await call('datasync')
        await sync(file)
      },
      async sync() {
        await call('sync')
        await sync(file)
      },
      async close() {
        await call('close')
        isOpen = false
        openFiles--
      },
    }
  }

  const fileSystem = {
    async open(path: string, flags: string | number) {
      await begin('open', path)
      const name = nameOf(path)
      if (name === '') return handleOf(path, undefined)
      const { creates, isExclusive, empties } = parseFlags(flags)
      const known = names.get(name)
      if (known !== undefined && isExclusive) throw failure('EEXIST', path)
      if (known === undefined) {
        if (!creates) throw failure('ENOENT', path)
        change({ kind: 'name', name, file: ++lastFile })
        return handleOf(path, lastFile)
      }
      if (empties && files.get(known)!.length > 0) change({ kind: 'truncate', file: known, size: 0 })
      return handleOf(path, known)
    },
    async readFile(path: string) {
      await begin('readFile', path)
      const file = names.get(nameOf(path))
      if (file === undefined) throw failure('ENOENT', path)
      return new TextDecoder().decode(files.get(file)!)
    },
    async readdir(path: string) {
      await begin('readdir', path)
      return [...names.keys()]
    },
    async mkdir(path: string) {
      await begin('mkdir', path)
    },
    async rename(from: string, to: string) {
      await begin('rename', to)
      const file = names.get(nameOf(from))
      if (file === undefined) throw failure('ENOENT', from)
      change({ kind: 'name', name: nameOf(to), file })
      change({ kind: 'name', name: nameOf(from), file: undefined })
    },
    async link(from: string, to: string) {
      await begin('link', to)
      const file = names.get(nameOf(from))
      if (file === undefined) throw failure('ENOENT', from)
      if (names.has(nameOf(to))) throw failure('EEXIST', to)
      change({ kind: 'name', name: nameOf(to), file })
    },
    async rm(path: string) {
      await begin('rm', path)
      if (names.has(nameOf(path))) change({ kind: 'name', name: nameOf(path), file: undefined })
    },
    async stat(path: string) {
      await begin('stat', path)
      const file = names.get(nameOf(path))
      if (file === undefined && path !== FOLDER) throw failure('ENOENT', path)
      return {
        isDirectory: () => path === FOLDER,
        isFile: () => path !== FOLDER,
        isSymbolicLink: () => false,
      }
    },
    lstat: (path: string) => fileSystem.stat(path),
    constants: { O_RDONLY: 0, O_RDWR: 2, O_NOFOLLOW: 0o400000, O_NONBLOCK: 0o4000 },
    async readlink(path: string) {
      await begin('readlink', path)
      throw failure('ENOENT', path)
    },
  }

  const disk: SimulatedDisk = {
    fileSystem: fileSystem as unknown as NodeFileSystem,
    record,
    calls,
    get openFiles() {
      return openFiles
    },
    onCall() {},
    contentsOf(name) {
      const file = names.get(name)
      return file === undefined ? undefined : files.get(file)
    },
    afterKill: (steps, bytes = 0) => diskOf(contentsAfterKill(start, record, steps, bytes)),
    afterPowerCut: (steps, next) => diskOf(contentsAfterPowerCut(start, record, steps, next)),
  }
  return disk
}

/** O_CREAT, O_EXCL and O_TRUNC of Linux, for flags that are numbers. */
const [CREATE, EXCLUSIVE, TRUNCATE] = [0o100, 0o200, 0o1000]

function parseFlags(flags: string | number) {
  if (typeof flags === 'number') {
    return {
      creates: (flags & CREATE) !== 0,
      isExclusive: (flags & EXCLUSIVE) !== 0,
      empties: (flags & TRUNCATE) !== 0,
    }
  }
  return { creates: !flags.startsWith('r'), isExclusive: flags.includes('x'), empties: flags.startsWith('w') }
}

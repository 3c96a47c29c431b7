// A folder in memory that records every change in a journal. From the journal, the files that a kill or a power cut leaves
// at any moment can be restored.
//
//   kill        all changes so far, and the first bytes of the next write
//   power cut   everything before the last sync of a file, and any pages of the writes after it

import { parseStoreVectors } from '../../src/store/config.js'
import { type Folder, type StoreFile, StoreLockedError } from '../../src/store/folders/folder.js'
import type { Store, StoreConfig } from '../../src/store/index.js'
import { createStoreIn } from '../../src/store/open-folder.js'
import type { Random } from '../support/random.js'

/** A change of a folder. */
export type Step =
  | { readonly kind: 'create' | 'remove' | 'sync'; readonly name: string }
  | { readonly kind: 'write'; readonly name: string; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly name: string; readonly size: number }
  | { readonly kind: 'replace'; readonly name: string; readonly bytes: Uint8Array }

/** The contents of files by name. */
export type Files = Map<string, Uint8Array>

/** A folder in memory. */
export interface MemoryFolder extends Folder {
  readonly files: Files
  readonly journal: readonly Step[]
}

function writeInto(files: Files, name: string, position: number, bytes: Uint8Array): void {
  const old = files.get(name)!
  const size = Math.max(old.length, position + bytes.length)
  const grown = size > old.length ? new Uint8Array(size) : old.slice()
  if (grown.length > old.length) grown.set(old)
  grown.set(bytes, position)
  files.set(name, grown)
}

function apply(files: Files, step: Step): void {
  if (step.kind === 'create') files.set(step.name, new Uint8Array(0))
  else if (step.kind === 'remove') files.delete(step.name)
  else if (step.kind === 'write') writeInto(files, step.name, step.position, step.bytes)
  else if (step.kind === 'truncate') files.set(step.name, files.get(step.name)!.slice(0, step.size))
  else if (step.kind === 'replace') files.set(step.name, step.bytes)
}

/** Creates a folder with these files. A write replaces a file's bytes by a changed copy. */
export function createMemoryFolder(files: Files = new Map()): MemoryFolder {
  const journal: Step[] = []
  let isLocked = false
  const record = (step: Step) => {
    journal.push(step)
    apply(files, step)
  }

  const fileOf = (name: string): StoreFile => ({
    async read(target, position) {
      const bytes = files.get(name)!.subarray(position, position + target.length)
      target.set(bytes)
      return bytes.length
    },
    async write(bytes, position) {
      record({ kind: 'write', name, position, bytes: bytes.slice() })
    },
    size: async () => files.get(name)!.length,
    async truncate(size) {
      record({ kind: 'truncate', name, size })
    },
    async sync() {
      record({ kind: 'sync', name })
    },
    async close() {},
  })

  return {
    path: 'a folder in memory',
    files,
    journal,
    list: async () => [...files.keys()],
    open: async name => (files.has(name) ? fileOf(name) : undefined),
    async create(name) {
      record({ kind: 'create', name })
      return fileOf(name)
    },
    async replace(name, bytes) {
      record({ kind: 'replace', name, bytes: bytes.slice() })
    },
    async remove(name) {
      record({ kind: 'remove', name })
    },
    async sync() {},
    async lock() {
      if (isLocked) throw new StoreLockedError('the store in memory is locked')
      isLocked = true
      return {
        async check() {},
        async release() {
          isLocked = false
        },
      }
    },
  }
}

/** Creates a store in a folder in memory, with segments of this size. */
export const createSmallSegments = (
  folder: MemoryFolder,
  vectors: StoreConfig['vectors'],
  segmentBytes: number,
): Promise<Store> =>
  createStoreIn(folder, { vectors: parseStoreVectors(vectors), ifExists: 'fail', segmentBytes })

/** Returns the files after `steps` steps, and after `bytes` bytes of the next step if that is a write. */
export function afterKill(journal: readonly Step[], steps: number, bytes = 0): Files {
  const files: Files = new Map()
  for (const step of journal.slice(0, steps)) apply(files, step)
  const next = journal[steps]
  if (bytes > 0 && next?.kind === 'write') apply(files, { ...next, bytes: next.bytes.subarray(0, bytes) })
  return files
}

const PAGE = 64

/** Returns files that a power cut may leave after `steps` steps. Of writes that were not synced, random pages are kept. */
export function afterPowerCut(journal: readonly Step[], steps: number, next: Random): Files {
  const files: Files = new Map()
  const done = journal.slice(0, steps)
  const syncedAt = new Map<string, number>()
  done.forEach((step, i) => {
    if (step.kind === 'sync') syncedAt.set(step.name, i)
  })
  done.forEach((step, i) => {
    if (step.kind !== 'write' || i < (syncedAt.get(step.name) ?? -1)) {
      // a file that is cut to a size that it never had on the disk keeps what it has
      if (step.kind !== 'truncate' || files.get(step.name)!.length >= step.size) apply(files, step)
      return
    }
    for (let at = 0; at < step.bytes.length; at += PAGE) {
      if (next() < 0.5) continue
      const page = step.bytes.subarray(at, at + PAGE)
      apply(files, { ...step, position: step.position + at, bytes: page })
    }
  })
  return files
}

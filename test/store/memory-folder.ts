// A folder in memory that keeps a journal of everything that is done to it: what a kill, or a power cut, at any moment
// would have left can be made of it again.
//
//   kill        everything done so far, the last write cut at a byte
//   power cut   of a file what was written before its last sync; of later writes any pages, or none

import { parseStoreVectors } from '../../src/store/config.js'
import { type Folder, type StoreFile, StoreLockedError } from '../../src/store/folders/folder.js'
import type { Store, StoreConfig } from '../../src/store/index.js'
import { createStoreIn } from '../../src/store/open-folder.js'
import type { Random } from '../support/random.js'

export type Step =
  | { readonly kind: 'create' | 'remove' | 'sync'; readonly name: string }
  | { readonly kind: 'write'; readonly name: string; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly name: string; readonly size: number }
  | { readonly kind: 'replace'; readonly name: string; readonly bytes: Uint8Array }

export type Files = Map<string, Uint8Array>

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

/** A folder with these files, which are copied when they are written to. */
export function createMemoryFolder(files: Files = new Map()): MemoryFolder {
  const journal: Step[] = []
  let locked = false
  const act = (step: Step) => {
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
      act({ kind: 'write', name, position, bytes: bytes.slice() })
    },
    size: async () => files.get(name)!.length,
    async truncate(size) {
      act({ kind: 'truncate', name, size })
    },
    async sync() {
      act({ kind: 'sync', name })
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
      act({ kind: 'create', name })
      return fileOf(name)
    },
    async replace(name, bytes) {
      act({ kind: 'replace', name, bytes: bytes.slice() })
    },
    async remove(name) {
      act({ kind: 'remove', name })
    },
    async sync() {},
    async lock() {
      if (locked) throw new StoreLockedError('the store in memory is locked')
      locked = true
      return {
        async check() {},
        async release() {
          locked = false
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

/** What a kill leaves after so many steps, and so many bytes of the one that follows, if that is a write. */
export function afterKill(journal: readonly Step[], steps: number, bytes = 0): Files {
  const files: Files = new Map()
  for (const step of journal.slice(0, steps)) apply(files, step)
  const next = journal[steps]
  if (bytes > 0 && next?.kind === 'write') apply(files, { ...next, bytes: next.bytes.subarray(0, bytes) })
  return files
}

const PAGE = 64

/** What a power cut may leave after so many steps: of writes that were not synced any pages, in any order. */
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

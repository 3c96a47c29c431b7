// The state of a store's files, shared by the functions that write them, and the changes of the manifest. Closing a
// store seals its logs: the manifest records their lengths. The log of the active segment is unsealed before it grows.

import type { PackedMemory } from '../../core/packed-documents.js'
import type { PointDirectory } from '../columns/point-directory.js'
import type { ColumnShape, Segment } from '../columns/segment.js'
import type { Folder, Lock } from '../folders/folder.js'
import type { Mutex } from '../mutex.js'
import type { Damage } from './damage.js'
import { type Manifest, writeManifest } from './manifest.js'
import { type SegmentFiles, syncSegment } from './segment-files.js'
import { writeFailure } from './write-error.js'

/** The state of a store's files. */
export interface StorageState {
  readonly folder: Folder
  /** Undefined if the store was opened for reading only. */
  readonly lock: Lock | undefined
  readonly memory: PackedMemory
  readonly shapes: readonly ColumnShape[]
  readonly segments: Map<number, Segment>
  /** The files of each segment, by its number. */
  readonly files: Map<number, SegmentFiles>
  readonly points: PointDirectory
  readonly damage: Damage[]
  /** Whether damage is recorded in `damage` instead of thrown. */
  readonly salvage: boolean
  /** A segment of this size is full. */
  readonly segmentBytes: number
  manifest: Manifest
  active: Segment
  /** The sequence number of the last record. */
  sequence: number
  /** The number of the newest segment. */
  lastNumber: number
  /** Runs syncs one at a time: of two at once, only one would learn of an error. */
  readonly syncing: Mutex
  /** The first change that failed. What it left in the files is unknown, so no other change follows it. */
  failure: Error | undefined
}

/** The open files of a segment. */
export const filesOf = (state: StorageState, segment: Segment): SegmentFiles =>
  state.files.get(segment.number)!

/** Runs a write, unless one has failed before. If it fails, no other one follows it. */
async function unlessFailed<T>(state: StorageState, write: () => Promise<T>): Promise<T> {
  if (state.failure) throw state.failure
  try {
    return await write()
  } catch (cause) {
    state.failure ??= writeFailure(state.folder.path, cause)
    throw state.failure
  }
}

/** Runs a change of the files. The lock is checked before the first byte. */
export function changeFiles<T>(state: StorageState, change: () => Promise<T>): Promise<T> {
  return unlessFailed(state, async () => {
    await state.lock!.check()
    return change()
  })
}

/** Returns once the files of a segment are on the disk, and syncs that were started before have ended. */
export function syncFiles(state: StorageState, files: SegmentFiles): Promise<void> {
  return state.syncing(() => unlessFailed(state, () => syncSegment(files)))
}

/** Writes a manifest with these segments. */
export async function publishSegments(state: StorageState, segments: Manifest['segments']): Promise<void> {
  await state.lock!.check()
  const next = { ...state.manifest, generation: state.manifest.generation + 1, segments }
  await writeManifest(state.folder, next)
  state.manifest = next
}

/** Removes the length of the active log from the manifest, before the log grows. */
export async function unsealActive(state: StorageState): Promise<void> {
  const { segments } = state.manifest
  if (segments.at(-1)!.log === undefined) return
  await publishSegments(state, [...segments.slice(0, -1), { number: state.active.number }])
}

/** Writes the length of the active log to the manifest, once the log is on the disk. */
export async function sealActive(state: StorageState): Promise<void> {
  const { segments } = state.manifest
  if (segments.at(-1)!.log !== undefined) return
  const files = filesOf(state, state.active)
  await syncFiles(state, files)
  await publishSegments(state, [...segments.slice(0, -1), { number: state.active.number, log: files.end }])
}

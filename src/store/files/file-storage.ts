// Storage of a store with a path: segments of files, and the manifest that lists them. docs/format.md describes the
// files, docs/store.md what they guarantee.

import { createMutex } from '../mutex.js'
import { deleteSegment, replaceAllSegments, replaceSegments } from './replace-segments.js'
import { closeSegment } from './segment-files.js'
import { createSegmentReader } from './segment-reader.js'
import { appendPoints, appendTombstones, beginSegment, commit, rotateSegment } from './segment-writer.js'
import type { Storage } from './storage.js'
import { changeFiles, filesOf, type StorageState, sealActive, syncFiles } from './storage-state.js'
import { StoreWriteError } from './write-error.js'

/** Creates the storage of files that `replay` has read. */
export function createFileStorage(opened: Omit<StorageState, 'lastNumber' | 'syncing' | 'failure'>): Storage {
  const state: StorageState = {
    ...opened,
    lastNumber: lastNumberIn(opened),
    syncing: createMutex(),
    failure: undefined,
  }
  const change = <T>(run: () => Promise<T>) => changeFiles(state, run)
  return {
    files: createSegmentReader(state),
    get active() {
      return state.active
    },
    segmentBytes: state.segmentBytes,
    get bytes() {
      return fileBytes(state)
    },
    damage: state.damage,
    get isSalvaged() {
      return state.salvage
    },
    rotate: () => change(() => rotateSegment(state)),
    createSegment: shapes => change(() => beginSegment(state, shapes)),
    append: (segment, points, batch) => change(() => appendPoints(state, segment, points, batch)),
    appendTombstones: tombstones => change(() => appendTombstones(state, tombstones)),
    sync: () => syncFiles(state, filesOf(state, state.active)),
    commit: () => change(() => commit(state)),
    replace: (old, replacement, dead) => change(() => replaceSegments(state, old, replacement, dead)),
    replaceAll: (description, replacements) =>
      change(() => replaceAllSegments(state, description, replacements)),
    discard: segment => deleteSegment(state, segment),
    close: save => closeFiles(state, save),
  }
}

/**
 * The largest number of any segment. A number in a tombstone is not used again, even if no manifest ever listed its
 * segment.
 */
function lastNumberIn({ files }: Pick<StorageState, 'files'>): number {
  let last = Math.max(...files.keys())
  for (const { tombstones } of files.values()) {
    for (const pairs of tombstones) for (let i = 0; i < pairs.length; i += 2) last = Math.max(last, pairs[i]!)
  }
  return last
}

function fileBytes(state: StorageState): number {
  let bytes = 0
  for (const segment of state.segments.values()) {
    bytes += filesOf(state, segment).end + segment.payloadBytes
    for (const column of segment.columns) bytes += column.bytes
  }
  return bytes
}

/** Closes the files. After a failed write they stay as they are: what they contain is found out when they are opened. */
async function closeFiles(state: StorageState, save?: () => Promise<void>): Promise<void> {
  try {
    if (state.lock && !(state.failure instanceof StoreWriteError)) {
      await changeFiles(state, () => sealActive(state))
      await save?.().catch(() => undefined)
    }
  } finally {
    // after syncs that are under way
    await state.syncing(async () => {
      for (const files of state.files.values()) await closeSegment(files)
    })
    await state.lock?.release()
  }
}

// Storage of a store with a path: segments of files, and the manifest that lists them. docs/format.md describes the
// files, docs/store.md what they guarantee.

import { deleteSegment, replaceSegments } from './replace-segments.js'
import { closeSegment, syncSegment } from './segment-files.js'
import { createSegmentReader } from './segment-reader.js'
import { appendPoints, appendTombstones, beginSegment, commit, rotateSegment } from './segment-writer.js'
import type { Storage } from './storage.js'
import { filesOf, type StorageState, sealActive } from './storage-state.js'

/** Creates the storage of files that `replay` has read. */
export function createFileStorage(opened: Omit<StorageState, 'lastNumber'>): Storage {
  const state: StorageState = { ...opened, lastNumber: lastNumberIn(opened) }
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
    rotate: () => rotateSegment(state),
    createSegment: () => beginSegment(state),
    append: (segment, points, batch) => appendPoints(state, segment, points, batch),
    appendTombstones: tombstones => appendTombstones(state, tombstones),
    sync: () => syncSegment(filesOf(state, state.active)),
    commit: () => commit(state),
    replace: (old, replacement, dead) => replaceSegments(state, old, replacement, dead),
    discard: segment => deleteSegment(state, segment.number),
    close: () => closeFiles(state),
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

async function closeFiles(state: StorageState): Promise<void> {
  try {
    if (state.lock) await sealActive(state)
  } finally {
    await state.lock?.release()
    for (const files of state.files.values()) await closeSegment(files)
  }
}

// The end of a compaction: a copy takes the place of the segments it was made from. The copy is on the disk before the
// manifest lists it. A crash in between leaves files that no manifest lists, and the next writer removes them.

import type { ColumnShape, Segment } from '../columns/segment.js'
import type { StoreDescription } from '../config.js'
import { postingsName } from './file-names.js'
import { checkSize, writeManifest } from './manifest.js'
import { closeSegment, removeSegment } from './segment-files.js'
import { appendTombstones, commit } from './segment-writer.js'
import { filesOf, publishSegments, type StorageState, syncFiles } from './storage-state.js'

/**
 * Replaces segments by `replacement` and deletes their files.
 *
 * @param dead slots of `replacement` whose points were deleted or replaced while it was written
 */
export async function replaceSegments(
  state: StorageState,
  old: readonly Segment[],
  replacement: Segment,
  dead: Uint32Array,
): Promise<void> {
  const removed = new Set(old.map(({ number }) => number))
  const tombstones = carriedTombstones(state, old, removed)
  for (const slot of dead) tombstones.push(replacement.number, slot)
  const files = filesOf(state, replacement)
  await syncFiles(state, files)
  if (tombstones.length > 0) await appendTombstones(state, Uint32Array.from(tombstones))
  await commit(state)
  const kept = state.manifest.segments.filter(({ number }) => !removed.has(number))
  await publishSegments(state, [{ number: replacement.number, log: files.end }, ...kept])
  for (const segment of old) await deleteSegment(state, segment)
}

/**
 * Replaces all segments by `replacements`, whose columns are those of another description. A crash before the manifest is
 * replaced leaves the store as it was, with files that the next writer removes.
 */
export async function replaceAllSegments(
  state: StorageState,
  description: StoreDescription,
  replacements: readonly Segment[],
): Promise<void> {
  const segments = replacements.map(segment => ({
    number: segment.number,
    log: filesOf(state, segment).end,
  }))
  const { vectors, sparse_vectors } = description
  const next = { generation: state.manifest.generation + 1, vectors, sparse_vectors, segments }
  checkSize(next)
  for (const segment of replacements) await syncFiles(state, filesOf(state, segment))
  await state.lock!.check()
  await writeManifest(state.folder, next)
  for (const segment of state.segments.values()) await deleteSegment(state, segment)
  state.manifest = next
}

/**
 * Closes and deletes the files of a segment that no manifest lists. A file that cannot be deleted stays until the store
 * is opened again.
 */
export async function deleteSegment(
  { folder, files, manifest }: StorageState,
  { number, columns }: { readonly number: number; readonly columns: readonly ColumnShape[] },
): Promise<void> {
  await closeSegment(files.get(number)!)
  files.delete(number)
  await removeSegment(folder, number, columns).catch(() => undefined)
  const first = Object.keys(manifest.vectors).length
  for (const [i] of Object.keys(manifest.sparse_vectors ?? {}).entries()) {
    await folder.remove(postingsName(number, first + i)).catch(() => undefined)
  }
}

/** The tombstones in the logs of `old` segments that concern segments which stay. */
function carriedTombstones(
  state: StorageState,
  old: readonly Segment[],
  removed: ReadonlySet<number>,
): number[] {
  const carried: number[] = []
  for (const segment of old) {
    for (const pairs of filesOf(state, segment).tombstones) {
      for (let i = 0; i < pairs.length; i += 2) {
        const number = pairs[i]!
        if (!removed.has(number) && state.segments.has(number)) carried.push(number, pairs[i + 1]!)
      }
    }
  }
  return carried
}

// Points that are kept in a folder: segments of files, and the manifest that says which of them are the store.
//
//   append   rows and payloads, then the record in the log             sync   rows and payloads, log; then they are safe
//   replace  a compacted segment is on the disk, then the manifest     a kill in between leaves files that nobody lists
//
// docs/format.md is about the files, docs/store.md about what they promise.

import { checksumOf, type PackedMemory } from '../../core/packed-documents.js'
import type { EncodedBatch } from '../columns/encode-batch.js'
import type { PointDirectory } from '../columns/point-directory.js'
import { addPoints, createSegment, type EncodedPoints, idAt, type Segment } from '../columns/segment.js'
import { type Damage, StoreDamageError } from './damage.js'
import { payloadsName, rowsName } from './file-names.js'
import type { Folder, Lock } from './folder.js'
import { type Manifest, writeManifest } from './manifest.js'
import { writeDead, writeMark, writePoints } from './record.js'
import {
  closeSegment,
  createSegmentFiles,
  removeSegment,
  type SegmentFiles,
  syncSegment,
} from './segment-files.js'
import { SEGMENT_BYTES, type Storage } from './storage.js'

export interface FileStorageParts {
  readonly folder: Folder
  /** Undefined for those who only read. */
  readonly lock: Lock | undefined
  readonly memory: PackedMemory
  readonly rowBytes: readonly number[]
  readonly segments: Map<number, Segment>
  readonly files: Map<number, SegmentFiles>
  readonly points: PointDirectory
  readonly manifest: Manifest
  readonly active: Segment
  /** The last record's. */
  readonly sequence: number
  readonly damage: Damage[]
  readonly salvage: boolean
  /** A segment with as many bytes is full; left out: 512 MiB. */
  readonly segmentBytes?: number | undefined
}

export function createFileStorage(parts: FileStorageParts): Storage {
  const { folder, lock, memory, rowBytes, segments, files, points, damage, salvage } = parts
  const { segmentBytes = SEGMENT_BYTES } = parts
  let { manifest, active, sequence } = parts
  // a number that a log speaks of is not used again, though its segment never came to be
  let last = Math.max(...files.keys())
  for (const { dead } of files.values()) {
    for (const pairs of dead) for (let i = 0; i < pairs.length; i += 2) last = Math.max(last, pairs[i]!)
  }

  const filesAt = (segment: Segment) => files.get(segment.number)!

  function damaged(segment: Segment, slot: number, file: string, offset: number, what: string): void {
    const found: Damage = { file, offset, segment: segment.number, id: idAt(segment, slot), what }
    if (!salvage) throw new StoreDamageError(folder.place, [found])
    damage.push(found)
    points.remove({ segment, slot })
  }

  async function writeRecord(to: SegmentFiles, record: Uint8Array): Promise<void> {
    await to.log.write(record, to.end)
    to.end += record.length
  }

  async function begin(): Promise<Segment> {
    const segment = createSegment(++last, rowBytes)
    files.set(segment.number, await createSegmentFiles(folder, segment.number, rowBytes.length))
    return segment
  }

  async function publish(list: Manifest['segments']): Promise<void> {
    await lock!.check()
    const next = { ...manifest, generation: manifest.generation + 1, segments: list }
    await writeManifest(folder, next)
    manifest = next
  }

  /** A store that was closed says where its logs end. Before one grows it has to say that no more. */
  async function unseal(): Promise<void> {
    if (manifest.segments.at(-1)!.log === undefined) return
    await publish([...manifest.segments.slice(0, -1), { number: active.number }])
  }

  async function seal(): Promise<void> {
    if (manifest.segments.at(-1)!.log !== undefined) return
    await syncSegment(filesAt(active))
    const sealed = { number: active.number, log: filesAt(active).end }
    await publish([...manifest.segments.slice(0, -1), sealed])
  }

  async function bury(dead: Uint32Array): Promise<void> {
    await unseal()
    const to = filesAt(active)
    await writeRecord(to, writeDead(dead, ++sequence, to.durable))
    to.dead.push(dead)
  }

  async function settle(): Promise<void> {
    const to = filesAt(active)
    await lock!.check()
    await syncSegment(to)
    // what opens the store next need not look whether the last points are whole
    await writeRecord(to, writeMark(sequence, to.durable))
  }

  async function drop(number: number): Promise<void> {
    await closeSegment(files.get(number)!)
    files.delete(number)
    await removeSegment(folder, number, rowBytes.length)
  }

  return {
    files: {
      async read(segment, f, target, position) {
        await filesAt(segment).rows[f]!.read(target, position)
      },
      damaged(segment, f, slot) {
        const name = Object.keys(manifest.vectors)[f]!
        const offset = segment.columns[f]!.offsets[slot]!
        damaged(
          segment,
          slot,
          rowsName(segment.number, f),
          offset,
          `the rows of "${name}" are not what was written`,
        )
      },
      async readPayloads(segment, target, position) {
        await filesAt(segment).payloads.read(target, position)
      },
      checkPayload(segment, slot, bytes) {
        if (checksumOf(bytes) === segment.payloadEntries[2 * slot + 1]) return true
        const offset = segment.payloadOffsets[slot]!
        damaged(segment, slot, payloadsName(segment.number), offset, 'the payload is not what was written')
        return false
      },
    },
    get active() {
      return active
    },
    segmentBytes,
    get bytes() {
      let bytes = 0
      for (const segment of segments.values()) {
        bytes += filesAt(segment).end + segment.payloadBytes
        for (const column of segment.columns) bytes += column.bytes
      }
      return bytes
    },
    damage,
    async roll() {
      const old = filesAt(active)
      await syncSegment(old)
      const segment = await begin()
      const before = manifest.segments.slice(0, -1)
      await publish([...before, { number: active.number, log: old.end }, { number: segment.number }])
      segments.set(segment.number, segment)
      active = segment
      return segment
    },
    begin,
    async append(segment: Segment, given: EncodedPoints, taken: EncodedBatch) {
      if (segment === active) await unseal()
      const to = filesAt(segment)
      await Promise.all([
        to.payloads.write(taken.payloadBytes, given.payloads.offset),
        ...taken.stages.map(({ address, bytes }, f) =>
          to.rows[f]!.write(memory.bytes(address, bytes), given.fields[f]!.offset),
        ),
      ])
      await writeRecord(to, writePoints(given, segment.length, ++sequence, to.durable))
      if (given.dead.length > 0) to.dead.push(given.dead)
      return addPoints(segment, given)
    },
    bury,
    sync: () => syncSegment(filesAt(active)),
    settle,
    async replace(old, fresh, dead) {
      const gone = new Set(old.map(({ number }) => number))
      const marks: number[] = []
      // what the old logs say of segments that stay, and what died while it was copied
      for (const segment of old) {
        for (const carried of filesAt(segment).dead) {
          for (let i = 0; i < carried.length; i += 2) {
            const number = carried[i]!
            if (!gone.has(number) && segments.has(number)) marks.push(number, carried[i + 1]!)
          }
        }
      }
      for (const slot of dead) marks.push(fresh.number, slot)
      await syncSegment(filesAt(fresh))
      if (marks.length > 0) await bury(Uint32Array.from(marks))
      await settle()
      const sealed = { number: fresh.number, log: filesAt(fresh).end }
      const stay = manifest.segments.filter(({ number }) => !gone.has(number))
      await publish([sealed, ...stay])
      for (const number of gone) await drop(number)
    },
    abandon: fresh => drop(fresh.number),
    async close() {
      try {
        if (lock) await seal()
      } finally {
        await lock?.release()
        for (const one of files.values()) await closeSegment(one)
      }
    },
  }
}

/** Whether the rows and payloads of points are what their record says: after a power cut they may not be. */
export async function isWhole(
  files: SegmentFiles,
  given: EncodedPoints,
  rowBytes: readonly number[],
): Promise<boolean> {
  const payloads = new Uint8Array(given.payloads.bytes)
  if ((await files.payloads.read(payloads, given.payloads.offset)) < payloads.length) return false
  for (let i = 0, at = 0; i < given.count; i++) {
    const length = given.payloadEntries[2 * i]!
    if (length > 0 && checksumOf(payloads.subarray(at, at + length)) !== given.payloadEntries[2 * i + 1])
      return false
    at += length
  }
  for (const [f, { offset, bytes, entries }] of given.fields.entries()) {
    const rows = new Uint8Array(bytes)
    if ((await files.rows[f]!.read(rows, offset)) < bytes) return false
    for (let i = 0, at = 0; i < given.count; i++) {
      const length = entries[4 * i]! * rowBytes[f]!
      if (length > 0 && checksumOf(rows.subarray(at, at + length)) !== entries[4 * i + 3]) return false
      at += length
    }
  }
  return true
}

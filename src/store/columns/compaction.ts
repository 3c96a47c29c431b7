// Compaction: what is live in a segment is copied to a new one, which then takes its place; what was dead is gone. The
// store is used as ever meanwhile: points that die in the old segment during the copy are dead in the new one too.

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import { type Storage, sizeOf } from '../files/storage.js'
import type { EncodedBatch } from './encode-batch.js'
import type { PayloadFiles } from './payload-column.js'
import type { PointDirectory } from './point-directory.js'
import { bytesAt, type EncodedPoints, idAt, markDead, releaseSegment, type Segment } from './segment.js'
import type { VectorColumns } from './vector-column.js'

/** Bytes copied at a time. */
const PORTION = 4 * 1024 * 1024
const PORTION_POINTS = 1024
/** Segments of less than this share of a full one are put together. */
const SMALL = 1 / 8

export interface CompactionContext {
  readonly memory: PackedMemory
  readonly vectors: VectorColumns
  readonly home: Storage
  readonly segments: Map<number, Segment>
  readonly points: PointDirectory
  readonly inTurn: <T>(run: () => Promise<T> | T) => Promise<T>
}

export interface CompactReport {
  /** Points that were dead, and are gone. */
  readonly points: number
  /** Bytes of files, or in memory of vectors, that were given back. */
  readonly bytes: number
  /** Segments that were written anew. */
  readonly segments: number
  readonly seconds: number
}

/**
 * Copies every segment that has dead points, small ones together. An abort leaves the store as it is, with what is done
 * by then.
 */
export async function compactStore(context: CompactionContext, signal?: AbortSignal): Promise<CompactReport> {
  const { home, segments, inTurn } = context
  const started = performance.now()
  const told = { points: 0, segments: 0 }
  const bytesOf = () =>
    home.bytes || [...segments.values()].reduce((sum, segment) => sum + sizeOf(segment), 0)
  const before = await inTurn(bytesOf)
  const groups = await inTurn(async () => {
    if (home.active.points < home.active.length) await home.roll()
    return groupsOf(
      [...segments.values()].filter(segment => segment !== home.active),
      home.segmentBytes,
    )
  })
  for (const group of groups) {
    signal?.throwIfAborted()
    told.points += await compactGroup(context, group, signal)
    told.segments += group.length
  }
  const bytes = before - (await inTurn(bytesOf))
  return { ...told, bytes, seconds: (performance.now() - started) / 1000 }
}

/** Segments to write anew, as many together as make a full one. Small ones without dead points only beside others. */
function groupsOf(sealed: readonly Segment[], most: number): Segment[][] {
  const groups: Segment[][] = []
  let group: Segment[] = []
  let bytes = 0
  for (const segment of sealed) {
    const share = segment.length === 0 ? 0 : segment.points / segment.length
    const size = share * sizeOf(segment)
    if (share === 1 && size >= SMALL * most) continue
    if (group.length > 0 && bytes + size > most) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(segment)
    bytes += size
  }
  groups.push(group)
  return groups.filter(
    members => members.length > 1 || members.some(({ points, length }) => points < length || length === 0),
  )
}

/** Returns how many points were dead. */
async function compactGroup(
  context: CompactionContext,
  group: readonly Segment[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { home, segments, points, inTurn } = context
  const fresh = await inTurn(() => home.begin())
  const copied: { readonly from: Segment; readonly slots: Uint32Array }[] = []
  try {
    for (const from of group) {
      for (const portion of portionsOf(from)) {
        signal?.throwIfAborted()
        await inTurn(async () => {
          // what died since the portion was made up need not be copied
          const live = portion.filter(slot => from.live[slot])
          copied.push({ from, slots: await copyPoints(context, from, live, fresh) })
        })
      }
    }
  } catch (error) {
    await inTurn(() => home.abandon(fresh))
    throw error
  }
  return inTurn(async () => {
    const dead: number[] = []
    let to = 0
    for (const { from, slots } of copied) {
      for (const slot of slots) {
        if (!from.live[slot]) dead.push(to)
        to++
      }
    }
    await home.replace(group, fresh, Uint32Array.from(dead))
    for (const slot of dead) markDead(fresh, slot)
    segments.set(fresh.number, fresh)
    points.enter(fresh, 0)
    for (const old of group) {
      segments.delete(old.number)
      releaseSegment(old)
    }
    return group.reduce((sum, { length }) => sum + length, 0) - fresh.points
  })
}

/** Runs of live slots that are copied together. */
export function* portionsOf(segment: Segment): Generator<Uint32Array> {
  let slots: number[] = []
  let bytes = 0
  for (let slot = 0; slot < segment.length; slot++) {
    if (!segment.live[slot]) continue
    slots.push(slot)
    bytes += segment.columns.reduce((sum, column) => sum + bytesAt(column, slot), 0)
    if (bytes >= PORTION || slots.length >= PORTION_POINTS) {
      yield Uint32Array.from(slots)
      slots = []
      bytes = 0
    }
  }
  if (slots.length > 0) yield Uint32Array.from(slots)
}

/** Copies live points to the end of another segment, with their versions. Returns the slots that were copied. */
export async function copyPoints(
  context: CompactionContext,
  from: Segment,
  all: Uint32Array,
  to: Segment,
): Promise<Uint32Array> {
  const { memory, vectors, home } = context
  const stages: { address: number; bytes: number }[] = []
  try {
    for (const [f, column] of from.columns.entries()) {
      const total = all.reduce((sum, slot) => sum + bytesAt(column, slot), 0)
      const address = memory.kernel.memory.allocate(total)
      stages.push({ address, bytes: total })
      const wanted = all.filter(slot => bytesAt(column, slot) > 0)
      let at = address
      await vectors.visit(
        from,
        f,
        wanted,
        ({ directory, slots, length, slotOf }) => {
          for (let i = 0; i < length; i++) {
            const index = slots?.[i] ?? i
            const bytes = bytesAt(column, slotOf(index))
            memory.bytes(at, bytes).set(memory.bytes(directory[ENTRY_WORDS * index]!, bytes))
            at += bytes
          }
        },
        { keep: false },
      )
      // damaged ones are left out: copy what is left of the portion again
      const sound = all.filter(slot => from.live[slot])
      if (sound.length < all.length) return copyPoints(context, from, sound, to)
    }
    const taken = await takenOf(from, all, stages, home.files)
    const sound = all.filter(slot => from.live[slot])
    if (sound.length < all.length) return copyPoints(context, from, sound, to)
    if (all.length > 0) await home.append(to, pointsOf(taken, to), taken)
    return all
  } finally {
    for (const { address } of stages) memory.kernel.memory.free(address)
  }
}

/** Points that are ready to be written at the end of a segment, with what they replace. */
export function pointsOf(taken: EncodedBatch, to: Segment, dead = new Uint32Array(0)): EncodedPoints {
  return {
    ...taken,
    dead,
    payloads: { offset: to.payloadBytes, bytes: taken.payloads.bytes },
    fields: taken.fields.map((field, f) => ({ ...field, offset: to.columns[f]!.bytes })),
  }
}

async function takenOf(
  from: Segment,
  slots: Uint32Array,
  stages: readonly { address: number; bytes: number }[],
  files: PayloadFiles | undefined,
): Promise<EncodedBatch> {
  const count = slots.length
  const lengths = Array.from(slots, slot => from.payloadEntries[2 * slot]!)
  const payloadBytes = new Uint8Array(from.texts ? 0 : lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const [i, slot] of slots.entries()) {
    if (!files || lengths[i] === 0) continue
    const target = payloadBytes.subarray(at, at + lengths[i]!)
    await files.readPayloads(from, target, from.payloadOffsets[slot]!)
    files.checkPayload(from, slot, target)
    at += lengths[i]!
  }
  const gather = <T extends Uint8Array | Uint32Array | Float64Array>(
    column: T,
    width: number,
    make: T,
  ): T => {
    for (let i = 0; i < count; i++) {
      make.set(column.subarray(width * slots[i]!, width * (slots[i]! + 1)) as never, width * i)
    }
    return make
  }
  return {
    count,
    versions: gather(from.versions, 1, new Float64Array(count)),
    ids: gather(from.ids, 4, new Uint32Array(4 * count)),
    kinds: gather(from.kinds, 1, new Uint8Array(count)),
    payloads: { offset: 0, bytes: payloadBytes.length },
    payloadEntries: gather(from.payloadEntries, 2, new Uint32Array(2 * count)),
    fields: from.columns.map((column, f) => {
      const entries = new Uint32Array(4 * count)
      for (const [i, slot] of slots.entries()) {
        entries.set(column.directory.subarray(ENTRY_WORDS * slot + 1, ENTRY_WORDS * slot + 4), 4 * i)
        entries[4 * i + 3] = column.checksums[slot]!
      }
      return { offset: 0, bytes: stages[f]!.bytes, largest: column.largest, entries }
    }),
    texts: Array.from(slots, slot => from.texts?.[slot]),
    payloadBytes,
    stages,
    rows: from.columns.reduce(
      (sum, column) => slots.reduce((rows, slot) => rows + column.directory[ENTRY_WORDS * slot + 1]!, sum),
      0,
    ),
    pointIds: Array.from(slots, slot => idAt(from, slot)),
  }
}

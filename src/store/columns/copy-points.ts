// Copies live points from one segment to the end of another, for compaction.

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import type { Storage } from '../files/storage.js'
import { type VectorCopy, withCopies } from './copies.js'
import { type EncodedBatch, type MemoryRange, placeBatch } from './encode-batch.js'
import type { PayloadFiles } from './payload-column.js'
import type { LoadedDocuments } from './read-ahead.js'
import { bytesAt, type Column, type EncodedDocuments, idAt, type Segment } from './segment.js'
import type { VectorColumns } from './vector-column.js'

/** Bytes of vectors, and points, that are copied at a time. */
const PORTION_BYTES = 4 * 1024 * 1024
const PORTION_POINTS = 1024

/** Where points are read from and written to. */
export interface CopyContext {
  readonly memory: PackedMemory
  readonly copies: readonly VectorCopy[]
  readonly vectors: VectorColumns
  readonly storage: Storage
  /** The columns that are copied. Default: those of all vectors. */
  readonly kept?: readonly number[]
  /** Calls `use` with a batch to which further vectors were added. Default: none are. */
  withAdded?(batch: EncodedBatch, use: (complete: EncodedBatch) => Promise<unknown>): Promise<unknown>
}

/** The numbers of the columns that are copied. Those of copies are not: they are made again. */
const keptColumns = ({ kept }: CopyContext, { columns }: Segment): readonly number[] =>
  kept ?? [...columns.keys()].filter(index => columns[index]!.copyOf === undefined)

/** Divides the live slots of a segment into portions that are copied together. */
export function* copyPortions(segment: Segment): Generator<Uint32Array> {
  let slots: number[] = []
  let bytes = 0
  for (let slot = 0; slot < segment.length; slot++) {
    if (!segment.live[slot]) continue
    slots.push(slot)
    bytes += segment.columns.reduce((sum, column) => sum + bytesAt(column, slot), 0)
    if (bytes >= PORTION_BYTES || slots.length >= PORTION_POINTS) {
      yield Uint32Array.from(slots)
      slots = []
      bytes = 0
    }
  }
  if (slots.length > 0) yield Uint32Array.from(slots)
}

/**
 * Copies live points to the end of another segment, with their versions. Points that turn out to be damaged are left
 * out. Returns the slots that were copied.
 */
export async function copyPoints(
  context: CopyContext,
  from: Segment,
  slots: Uint32Array,
  to: Segment,
): Promise<Uint32Array> {
  const { memory, storage } = context
  const documents: MemoryRange[] = []
  try {
    for (const fieldIndex of keptColumns(context, from)) {
      documents.push(await copyDocuments(context, from, fieldIndex, slots))
      const intact = slots.filter(slot => from.live[slot])
      if (intact.length < slots.length) return await copyPoints(context, from, intact, to)
    }
    const payloads = await readPayloads(from, slots, storage.files)
    const intact = slots.filter(slot => from.live[slot])
    if (intact.length < slots.length) return await copyPoints(context, from, intact, to)
    if (slots.length === 0) return slots
    const batch = gatherBatch(from, keptColumns(context, from), slots, { documents, payloadBytes: payloads })
    const append = (vectors: EncodedBatch) =>
      withCopies(memory, context.copies, vectors, complete =>
        storage.append(to, placeBatch(complete, to), complete),
      )
    await (context.withAdded ? context.withAdded(batch, append) : append(batch))
    return slots
  } finally {
    for (const { address } of documents) memory.kernel.memory.free(address)
  }
}

/** Copies the documents of one vector to newly allocated memory, in the order of `slots`. */
async function copyDocuments(
  { memory, vectors }: CopyContext,
  from: Segment,
  fieldIndex: number,
  slots: Uint32Array,
): Promise<MemoryRange> {
  const column = from.columns[fieldIndex]!
  const bytes = slots.reduce((sum, slot) => sum + bytesAt(column, slot), 0)
  const address = memory.kernel.memory.allocate(bytes)
  let target = address
  const copy = (documents: LoadedDocuments) => {
    for (let i = 0; i < documents.length; i++) {
      const index = documents.slots?.[i] ?? i
      const size = bytesAt(column, documents.slotOf(index))
      const source = documents.directory[ENTRY_WORDS * index]!
      memory.bytes(target, size).set(memory.bytes(source, size))
      target += size
    }
  }
  try {
    const withDocument = slots.filter(slot => bytesAt(column, slot) > 0)
    await vectors.visit(from, fieldIndex, withDocument, copy, { keep: false })
  } catch (error) {
    memory.kernel.memory.free(address)
    throw error
  }
  return { address, bytes }
}

/** Reads and checks the JSON of all payloads. Returns no bytes if payloads are in memory as texts. */
export async function readPayloads(
  from: Segment,
  slots: Uint32Array,
  files: PayloadFiles | undefined,
): Promise<Uint8Array> {
  const lengthOf = (slot: number) => from.payloadEntries[2 * slot]!
  if (!files) return new Uint8Array(0)
  const json = new Uint8Array(slots.reduce((sum, slot) => sum + lengthOf(slot), 0))
  let at = 0
  for (const slot of slots) {
    const length = lengthOf(slot)
    if (length === 0) continue
    const target = json.subarray(at, at + length)
    await files.readPayloads(from, target, from.payloadOffsets[slot]!)
    files.parsePayload(from, slot, target)
    at += length
  }
  return json
}

/** Gathers the columns of `slots` in a batch. */
function gatherBatch(
  from: Segment,
  kept: readonly number[],
  slots: Uint32Array,
  { documents, payloadBytes }: Pick<EncodedBatch, 'documents' | 'payloadBytes'>,
): EncodedBatch {
  const count = slots.length
  return {
    count,
    versions: gather(from.versions, 1, slots, new Float64Array(count)),
    ids: gather(from.ids, 4, slots, new Uint32Array(4 * count)),
    idTypes: gather(from.idTypes, 1, slots, new Uint8Array(count)),
    payloads: { offset: 0, bytes: payloadBytes.length },
    payloadEntries: gather(from.payloadEntries, 2, slots, new Uint32Array(2 * count)),
    fields: kept.map((index, f) => gatherDocuments(from.columns[index]!, slots, documents[f]!.bytes)),
    texts: Array.from(slots, slot => from.texts?.[slot]),
    payloadBytes,
    documents,
    pointIds: Array.from(slots, slot => idAt(from, slot)),
  }
}

/** Copies `width` items for each slot to `target`. */
function gather<T extends Uint8Array | Uint32Array | Float64Array>(
  items: T,
  width: number,
  slots: Uint32Array,
  target: T,
): T {
  for (let i = 0; i < slots.length; i++) {
    const first = width * slots[i]!
    for (let k = 0; k < width; k++) target[width * i + k] = items[first + k]!
  }
  return target
}

function gatherDocuments(column: Column, slots: Uint32Array, bytes: number): EncodedDocuments {
  const entries = new Uint32Array(4 * slots.length)
  for (const [i, slot] of slots.entries()) {
    entries.set(column.directory.subarray(ENTRY_WORDS * slot + 1, ENTRY_WORDS * slot + 4), 4 * i)
    entries[4 * i + 3] = column.checksums[slot]!
  }
  return { offset: 0, bytes, largest: column.largest, entries }
}

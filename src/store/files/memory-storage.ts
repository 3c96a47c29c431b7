// Storage of a store without a path: points are kept in the kernel's memory only.

import { messageOf } from '../../base/is-a.js'
import { createGrowableBlock, ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import type { EncodedBatch, MemoryRange } from '../columns/encode-batch.js'
import {
  addPoints,
  type Column,
  type ColumnShape,
  createSegment,
  type EncodedPoints,
  releaseSegment,
  type Segment,
} from '../columns/segment.js'
import { SEGMENT_BYTES, type Storage } from './storage.js'

type Block = ReturnType<typeof createGrowableBlock>

/** Creates an empty storage in memory, whose segments are added to `segments`. */
export function createMemoryStorage(
  memory: PackedMemory,
  segments: Map<number, Segment>,
  shapes: readonly ColumnShape[],
): Storage {
  const blocks = new WeakMap<Column, Block>()
  let lastNumber = 0
  let active = activate(newSegment())

  function activate(segment: Segment): Segment {
    segments.set(segment.number, segment)
    return segment
  }

  function newSegment(): Segment {
    const segment = createSegment(++lastNumber, shapes)
    segment.texts = []
    for (const column of segment.columns) {
      const block = createGrowableBlock(memory.kernel.memory)
      blocks.set(column, block)
      column.release.push(() => block.dispose())
    }
    return segment
  }

  return {
    files: undefined,
    get active() {
      return active
    },
    segmentBytes: SEGMENT_BYTES,
    bytes: 0,
    damage: [],
    isSalvaged: false,
    async rotate() {
      active = activate(newSegment())
      return active
    },
    createSegment: async () => newSegment(),
    append: async (segment, points, batch) => appendInMemory(memory, blocks, segment, points, batch),
    async appendTombstones() {},
    async sync() {},
    async commit() {},
    async replace() {},
    async replaceAll() {},
    discard: async segment => releaseSegment(segment),
    async close() {},
  }
}

function appendInMemory(
  memory: PackedMemory,
  blocks: WeakMap<Column, Block>,
  segment: Segment,
  points: EncodedPoints,
  batch: EncodedBatch,
): number {
  const addresses = segment.columns.map((column, f) =>
    copyTo(blocks.get(column)!, memory, batch.documents[f]!),
  )
  const first = addPoints(segment, points)
  for (const text of batch.texts) segment.texts!.push(text)
  segment.columns.forEach((column, f) => {
    const start = addresses[f]! - points.fields[f]!.offset
    for (let slot = first; slot < segment.length; slot++) {
      column.directory[ENTRY_WORDS * slot] = start + column.offsets[slot]!
    }
    column.resident = segment.length
    column.residentBytes = blocks.get(column)!.byteLength
  })
  return first
}

/** Copies documents to the end of a block. Returns their new address. */
function copyTo(block: Block, memory: PackedMemory, { address, bytes }: MemoryRange): number {
  try {
    return block.append(bytes, target => {
      memory.bytes(target, bytes).set(memory.bytes(address, bytes))
      return target
    })
  } catch (cause) {
    const reason = messageOf(cause)
    throw new RangeError(`${reason.split(';')[0]}; a store with a "path" keeps vectors on the disk`, {
      cause,
    })
  }
}

// The postings of a store's sparse vectors, in memory: one set for each segment and vector. They are made from the stored
// vectors when a query needs them first, and extended with the points that were written since.

import type { PackedMemory } from '../../core/packed-documents.js'
import { ENTRY_WORDS } from '../../core/packed-documents.js'
import { createPostings, type Postings } from '../postings/postings.js'
import type { LoadedDocuments } from './read-ahead.js'
import type { VectorFiles } from './read-documents.js'
import type { Column, Segment } from './segment.js'
import { readSparse } from './sparse-documents.js'
import type { VectorColumns } from './vector-column.js'

/** Provides postings. */
export interface SparsePostings {
  /** Returns the postings of all points of a segment. Points may be dead; damaged ones are left out. */
  of(segment: Segment, fieldIndex: number, signal: AbortSignal | undefined): Promise<Postings>
}

interface Built {
  readonly postings: Postings
  /** Slots that were added, or that have nothing to add. */
  slots: number
}

/** Creates the postings of a store. `files`: undefined if everything is in memory. */
export function createSparsePostings(
  memory: PackedMemory,
  vectors: VectorColumns,
  files: VectorFiles | undefined,
): SparsePostings {
  const built = new WeakMap<Column, Built>()

  return {
    async of(segment, fieldIndex, signal) {
      const column = segment.columns[fieldIndex]!
      const known = built.get(column) ?? { postings: createPostings(), slots: 0 }
      built.set(column, known)
      const slots = newSlots(segment, column, known.slots)
      const add = (documents: LoadedDocuments) => {
        for (let i = 0; i < documents.length; i++) {
          const index = documents.slots?.[i] ?? i
          const slot = documents.slotOf(index)
          const [address = 0, rows = 0] = documents.directory.subarray(ENTRY_WORDS * index)
          const vector = readSparse(memory, address, rows)
          if (vector) known.postings.add(slot, vector.indices, vector.values)
          else files?.reportDamage(segment, fieldIndex, slot)
          // what was added is not added again if a later part fails
          known.slots = slot + 1
        }
      }
      if (slots.length > 0) await vectors.visit(segment, fieldIndex, slots, add, { keep: false, signal })
      known.slots = segment.length
      return known.postings
    },
  }
}

/** The live slots from `first` on that have dimensions. */
function newSlots({ live, length }: Segment, { directory }: Column, first: number): Uint32Array {
  const slots: number[] = []
  for (let slot = first; slot < length; slot++) {
    if (live[slot] && directory[ENTRY_WORDS * slot + 1]) slots.push(slot)
  }
  return Uint32Array.from(slots)
}

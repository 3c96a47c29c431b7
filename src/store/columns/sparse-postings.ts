// The postings of a store's sparse vectors, in memory: one set for each segment and vector. A query that needs them first
// reads them from their file, or makes them from the stored vectors, and adds the points that were written since.

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import {
  decodePostings,
  encodePostings,
  type PostingsFiles,
  type PostingsPlace,
} from '../files/postings-file.js'
import { createPostings, type Postings } from '../postings/postings.js'
import type { LoadedDocuments } from './read-ahead.js'
import type { VectorFiles } from './read-documents.js'
import type { Column, Segment } from './segment.js'
import { readSparse, type SparseRows } from './sparse-documents.js'
import type { VectorColumns } from './vector-column.js'

/** Provides postings. */
export interface SparsePostings {
  /** Returns the postings of all points of a segment. Points may be dead; damaged ones are left out. */
  of(segment: Segment, fieldIndex: number, signal: AbortSignal | undefined): Promise<Postings>
  /** Reads the sparse vector of a slot from where it is in memory. Returns undefined if it is damaged, and reports that. */
  decode(place: PostingsPlace, slot: number, entry: Uint32Array): SparseRows | undefined
  /** Writes the postings in memory to their files, unless the files have most of them. */
  save(segments: Iterable<Segment>): Promise<void>
}

/** A file is written again once it lacks this share of a segment's slots. */
const UNSAVED_SHARE = 1 / 8

interface Known {
  readonly postings: Postings
  /** Slots that were added, or that have nothing to add. */
  slots: number
  /** Slots in the file. */
  saved: number
}

/** What `createSparsePostings` reads from and writes to. */
export interface PostingsSources {
  readonly memory: PackedMemory
  readonly vectors: VectorColumns
  /** Undefined if everything is in memory. */
  readonly files: (VectorFiles & PostingsFiles) | undefined
}

/** Creates the postings of a store. */
export function createSparsePostings({ memory, vectors, files }: PostingsSources): SparsePostings {
  const known = new WeakMap<Column, Known>()

  async function open(place: PostingsPlace): Promise<Known> {
    // a damaged log may have lost deletions: points that are live again are not in the file
    const bytes = place.segment.isDamaged ? undefined : await files?.readPostings(place)
    const read = bytes && decodePostings(place, bytes)
    return read ? { ...read, saved: read.slots } : { postings: createPostings(), slots: 0, saved: 0 }
  }

  function decode(
    { segment, fieldIndex }: PostingsPlace,
    slot: number,
    [address = 0, rows = 0]: Uint32Array,
  ): SparseRows | undefined {
    const vector = readSparse(memory, address, rows)
    if (!vector) files?.reportDamage(segment, fieldIndex, slot)
    return vector
  }

  /** Adds vectors to postings. What was added is not added again if a later part of them cannot be read. */
  function addTo(current: Known, place: PostingsPlace, documents: LoadedDocuments): void {
    for (let i = 0; i < documents.length; i++) {
      const index = documents.slots?.[i] ?? i
      const slot = documents.slotOf(index)
      const vector = decode(place, slot, documents.directory.subarray(ENTRY_WORDS * index))
      if (vector) current.postings.add(slot, vector.indices, vector.values)
      current.slots = slot + 1
    }
  }

  return {
    decode,
    async of(segment, fieldIndex, signal) {
      const column = segment.columns[fieldIndex]!
      const place = { segment, fieldIndex }
      const current = known.get(column) ?? (await open(place))
      known.set(column, current)
      const slots = newSlots(segment, column, current.slots)
      const add = (documents: LoadedDocuments) => addTo(current, place, documents)
      if (slots.length > 0) await vectors.visit(segment, fieldIndex, slots, add, { keep: false, signal })
      current.slots = segment.length
      return current.postings
    },
    async save(segments) {
      for (const segment of segments) {
        for (const [fieldIndex, column] of segment.columns.entries()) {
          const current = known.get(column)
          if (!current || segment.isDamaged || current.slots - current.saved <= UNSAVED_SHARE * current.slots)
            continue
          const place = { segment, fieldIndex }
          await files?.writePostings(place, encodePostings(place, current.postings, current.slots))
          current.saved = current.slots
        }
      }
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

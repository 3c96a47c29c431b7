// The interface of a store's storage. `memory-storage.ts` keeps points in memory only, `file-storage.ts` in files.

import type { EncodedBatch } from '../columns/encode-batch.js'
import type { PayloadFiles } from '../columns/payload-column.js'
import type { VectorFiles } from '../columns/read-documents.js'
import type { ColumnShape, EncodedPoints, Segment } from '../columns/segment.js'
import type { StoreDescription } from '../config.js'
import type { Damage } from './damage.js'
import type { PostingsFiles } from './postings-file.js'

/** Keeps the points of a store. */
export interface Storage {
  /** The files to read from; undefined if everything is in memory. */
  readonly files: (VectorFiles & PayloadFiles & PostingsFiles) | undefined
  /** The segment that receives new points. */
  readonly active: Segment
  /** A segment of this size is full. */
  readonly segmentBytes: number
  /** Bytes of all files; 0 in memory. */
  readonly bytes: number
  readonly damage: readonly Damage[]
  /** Whether the store was opened with `salvage`, and has damaged parts. */
  readonly isSalvaged: boolean
  /** Makes a new segment the active one. */
  rotate(): Promise<Segment>
  /**
   * Creates a segment that is not part of the store until `replace` or `replaceAll` is called.
   *
   * @param shapes its columns. Default: those of the store
   */
  createSegment(shapes?: readonly ColumnShape[]): Promise<Segment>
  /** Appends points to a segment, all or none, and to its columns. Returns the slot of the first. */
  append(segment: Segment, points: EncodedPoints, batch: EncodedBatch): Promise<number>
  /** Records that points, given as pairs of segment and slot, were deleted or replaced. */
  appendTombstones(tombstones: Uint32Array): Promise<void>
  /** Returns once everything written so far is on the disk. May run concurrently with other calls. */
  sync(): Promise<void>
  /** Syncs, and then records that everything so far is on the disk. */
  commit(): Promise<void>
  /**
   * Replaces segments by one that `createSegment` returned.
   *
   * @param dead slots of `replacement` whose points were deleted or replaced while it was written
   */
  replace(old: readonly Segment[], replacement: Segment, dead: Uint32Array): Promise<void>
  /**
   * Replaces all segments by ones that `createSegment` returned, with the columns of another description. The storage can only be
   * closed afterwards. In memory it does nothing.
   */
  replaceAll(description: StoreDescription, replacements: readonly Segment[]): Promise<void>
  /** Deletes a segment that `createSegment` returned. */
  discard(segment: Segment): Promise<void>
  /**
   * Closes the files.
   *
   * @param save called before, if files can be written: it writes what is not needed, but saves time. Its errors are ignored
   */
  close(save?: () => Promise<void>): Promise<void>
}

/** Default size of a full segment. It bounds the memory and disk space that compacting a segment needs. */
export const SEGMENT_BYTES = 512 * 1024 * 1024
/** A segment with as many points is full. */
export const SEGMENT_POINTS = 2 ** 20
/** The most slots of a segment: a batch of at most 2^20 points may follow the last but one point of a full segment. */
export const MAX_SEGMENT_SLOTS = 2 * SEGMENT_POINTS
/** A larger log is damaged. The log of a full segment has about 100 MB. */
export const MAX_LOG_BYTES = 2 ** 32

/** Bytes of a segment's rows and payloads. */
export const sizeOf = ({ columns, payloadBytes }: Segment): number =>
  columns.reduce((sum, { bytes }) => sum + bytes, payloadBytes)

/** Returns true if a segment should receive no more points. */
export const isFull = (segment: Segment, segmentBytes: number): boolean =>
  segment.length >= SEGMENT_POINTS || sizeOf(segment) >= segmentBytes

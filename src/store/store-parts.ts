// The parts that a store is put together from.

import type { PackedMemory } from '../core/packed-documents.js'
import type { PointDirectory } from './columns/point-directory.js'
import type { Segment } from './columns/segment.js'
import type { StoreOptions, StoreVectors } from './config.js'
import type { Storage } from './files/storage.js'

/** What a store is put together from. */
export interface StoreParts {
  readonly name: string
  readonly path: string | undefined
  readonly readOnly: boolean
  readonly vectors: StoreVectors
  readonly memory: PackedMemory
  readonly budget: number
  readonly segments: Map<number, Segment>
  readonly points: PointDirectory
  readonly home: Storage
  /** The version that the last change had. */
  readonly version: number
  readonly encoder: StoreOptions['encoder']
}

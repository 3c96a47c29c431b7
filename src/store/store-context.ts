// The parts of an open store, shared by the functions that implement its methods.

import { DisposedError } from '../base/errors.js'
import { vectorFieldsOf } from '../collection/vector-fields.js'
import { createPackedFormat, type PackedMemory } from '../core/packed-documents.js'
import { vectorCopiesOf } from './columns/copies.js'
import { createPayloadColumn, type PayloadColumn } from './columns/payload-column.js'
import type { PointDirectory } from './columns/point-directory.js'
import type { Segment } from './columns/segment.js'
import { sparseWriter } from './columns/sparse-documents.js'
import { createSparsePostings } from './columns/sparse-postings.js'
import { type DocumentWriter, rowsWriter } from './columns/staging-buffer.js'
import { createVectorColumns } from './columns/vector-column.js'
import { dtypeOf, metricOfDistance, type StoreDescription, type StoreOptions } from './config.js'
import type { Storage } from './files/storage.js'
import { createMutex, type Mutex } from './mutex.js'
import type { StoreQueryContext } from './search/query-context.js'

/** The parts of a store that creating or opening it provides. */
export interface StoreParts {
  /** The path, or a name for a store in memory. */
  readonly name: string
  /** The folder of the files; undefined in memory. */
  readonly path: string | undefined
  readonly readOnly: boolean
  readonly config: StoreDescription
  readonly memory: PackedMemory
  /** Bytes that vectors may take in memory. */
  readonly budget: number
  readonly segments: Map<number, Segment>
  readonly points: PointDirectory
  readonly storage: Storage
  readonly encoder: StoreOptions['encoder']
  readonly sparseEncoder: StoreOptions['sparseEncoder']
  /** The version of the last change. */
  readonly version: number
}

/** An open store. */
export interface StoreContext extends StoreQueryContext, Omit<StoreParts, 'version'> {
  readonly segments: Map<number, Segment>
  readonly payloads: PayloadColumn
  /** What stores each vector, in the order of the columns. */
  readonly writers: readonly DocumentWriter[]
  /** Runs operations that read or change points, one at a time. */
  readonly exclusive: Mutex
  /** Runs compactions, one at a time. */
  readonly compacting: Mutex
  /** Returns the version of a new change. */
  nextVersion(): number
  /**
   * Runs a call of a method, which `close` waits for. It begins at once.
   *
   * @throws DisposedError once `close` was called
   */
  call<T>(run: () => Promise<T>): Promise<T>
  /** @throws TypeError if the store was opened for reading only */
  checkWritable(): void
  /** Closes the store after all calls that were made before. A second call has no effect. */
  close(): Promise<void>
}

/** An eighth of the budget may be taken by parsed payloads. */
const PAYLOAD_SHARE = 1 / 8

/** Creates the context of an opened store. */
export function createStoreContext({ version: lastVersion, ...parts }: StoreParts): StoreContext {
  const { config, memory, budget, segments, storage, path, readOnly } = parts
  const { kernel } = memory
  const { files } = storage
  const described = Object.values(config.vectors)
  const sparse = Object.entries(config.sparse_vectors ?? {})
  const fields = vectorFieldsOf(config.vectors, config.sparse_vectors)
  const formats = described.map(({ size, distance, datatype }) =>
    createPackedFormat(kernel, size, metricOfDistance(distance), dtypeOf(datatype)),
  )
  const onDisk = [...described.map(({ on_disk }) => on_disk), ...sparse.map(() => false)]
  const copies = vectorCopiesOf(memory, config)
  const vectors = createVectorColumns(memory, { budget, onDisk, files, segments, copies })
  const postings = createSparsePostings({ memory, vectors, files })
  let version = lastVersion
  const calls = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  function checkOpen(): void {
    if (!closed) return
    const remedy = path === undefined ? 'create one with createStore()' : 'open it again with openStore()'
    throw new DisposedError('store', remedy)
  }

  async function closeAfterCalls(): Promise<void> {
    await Promise.allSettled(calls)
    try {
      await storage.close(() => postings.save(segments.values()))
    } finally {
      kernel.memory.release()
    }
  }

  return {
    ...parts,
    fields,
    formats,
    copies,
    writers: [
      ...[...fields.dense.values()].map((field, f) => rowsWriter(field, formats[f]!)),
      ...sparse.map(() => sparseWriter(memory)),
    ],
    vectors,
    postings,
    modifiers: new Map(sparse.map(([name, { modifier }]) => [name, modifier])),
    payloads: createPayloadColumn(budget * PAYLOAD_SHARE, segments, files),
    exclusive: createMutex(),
    compacting: createMutex(),
    nextVersion: () => ++version,
    async call(run) {
      checkOpen()
      const running = run()
      calls.add(running)
      try {
        return await running
      } finally {
        calls.delete(running)
      }
    },
    checkWritable() {
      if (!readOnly) return
      throw new TypeError('"store" was opened for reading only; open it without { readOnly }')
    },
    close() {
      closed ??= closeAfterCalls()
      return closed
    },
  }
}

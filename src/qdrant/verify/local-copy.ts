// A local copy of a collection's documents: read once, kept in the kernel's memory, queried like the collection. It is
// the local side of `compare` for programs without a store, and the faster side for programs with many queries.
//
// Rows are as the server stores them, and queries get the same rounding before they are scored. The rows are in memory
// twice: in the kernel, which scores them, and as arrays, which `retrieve` and `scroll` return.

import { checkKnownOptions } from '../../base/check-options.js'
import { checkRetrieve, checkScroll, checkSignal } from '../../collection/call-options.js'
import type {
  Filter,
  Hit,
  PointId,
  ReadableCollection,
  ReadableQueryOptions,
  StoredPoint,
} from '../../collection/collection.js'
import { namingPoints } from '../../collection/name-points.js'
import { documentOf, type PackedRows, packRows } from '../../collection/packed-rows.js'
import { type Field, fieldIn, selectionOf, selects } from '../../collection/vector-fields.js'
import type { Corpus } from '../../core/corpus.js'
import type { MultiVector } from '../../core/multivector.js'
import type { Scorer } from '../../core/scorer.js'
import type { KernelName } from '../../kernel/kernel.js'
import type { ShardOptions } from '../read-points.js'
import { createFallbackScorer } from '../scorer-fallback.js'
import { asStored, metricOfStored } from './server-rounding.js'
import { inShards } from './shard-view.js'

/** Options of `createLocalCopy`. */
export interface LocalCopyOptions extends ShardOptions {
  /** Name of the vector to copy. Default: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  /** Scores the copy; not disposed with it. Default: a new one, which is. */
  readonly scorer?: Scorer | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called every 32 documents, and at the end, with the number of documents that were read. */
  readonly onProgress?: ((points: number) => void) | undefined
}

/** A copy of one vector of a collection. Later changes of the collection do not reach it. */
export interface LocalCopy extends ReadableCollection {
  /** Number of documents: points that have the vector. */
  readonly length: number
  /** Number of rows of all documents. */
  readonly rows: number
  /** Bytes of the documents in the kernel's memory. */
  readonly byteLength: number
  /** The kernel that computes the scores. */
  readonly kernel: KernelName
  /** Frees the kernel's memory. Further queries throw. */
  dispose(): void
}

const KNOWN_OPTIONS = [
  'using',
  'shard_key',
  'scorer',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof LocalCopyOptions)[]

const KNOWN_QUERY_OPTIONS = [
  'using',
  'limit',
  'filter',
  'with_payload',
  'with_vector',
  'params',
  'signal',
  'onCost',
] as const satisfies readonly (keyof ReadableQueryOptions)[]

/** Documents between two calls of `onProgress`. */
const PROGRESS_DOCUMENTS = 32

/** The documents of a copy: `ids[i]` is the id of document `i` of the corpus. */
interface Documents {
  readonly corpus: Corpus
  readonly ids: PointId[]
  readonly rowsOf: Map<PointId, PackedRows>
}

/**
 * Reads one vector of every point, without payloads, into the kernel's memory.
 *
 * @returns a collection that answers `query`, `retrieve`, `scroll` and `count` without the server, but takes no filters
 * @throws TypeError or RangeError if an option is wrong
 * @throws RangeError if the collection has no such vector, or the kernel's memory is full
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, createLocalCopy, deleteCollection } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'copy-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot' } },
 * })
 * await collection.upsert([
 *   { id: 1, vector: { colbert: [[1, 0], [0, 1]] } },
 *   { id: 2, vector: { colbert: [[0.5, 0]] } },
 * ])
 * const copy = await createLocalCopy(collection)
 * const [first] = await copy.query([[1, 0]])
 * first.id // 1
 * first.score // 1
 * copy.length // 2
 * copy.dispose()
 * await deleteCollection(client, 'copy-example')
 */
export async function createLocalCopy(
  collection: ReadableCollection,
  options: LocalCopyOptions = {},
): Promise<LocalCopy> {
  checkKnownOptions(options, KNOWN_OPTIONS, 'createLocalCopy')
  const field = fieldIn(collection, options.using)
  const scorer = options.scorer ?? (await createFallbackScorer())
  const metric = metricOfStored(field.distance, field.datatype)
  const documents = {
    corpus: scorer.corpus({ dim: field.size, metric }),
    ids: [],
    rowsOf: new Map<PointId, PackedRows>(),
  }

  function dispose(): void {
    documents.corpus.dispose()
    if (!options.scorer) scorer.dispose()
  }

  try {
    await readDocuments(documents, inShards(collection, options.shard_key), field, options)
  } catch (error) {
    dispose()
    throw error
  }
  return localCopyOf(documents, collection, field, scorer, dispose)
}

/** Reads the documents of a collection into `documents`. Points without the vector are skipped. */
async function readDocuments(
  { corpus, ids, rowsOf }: Documents,
  collection: ReadableCollection,
  field: Field,
  { signal, onProgress }: LocalCopyOptions,
): Promise<void> {
  const with_vector = selectionOf(field)
  for await (const point of collection.scroll({ with_payload: false, with_vector, signal })) {
    const document = documentOf(point, field)
    if (!document || document.data.length === 0) continue
    namingPoints(
      () => point.id,
      () => corpus.add(document),
    )
    ids.push(point.id)
    rowsOf.set(point.id, document)
    if (ids.length % PROGRESS_DOCUMENTS === 0) onProgress?.(ids.length)
  }
  onProgress?.(ids.length)
}

function localCopyOf(
  { corpus, ids, rowsOf }: Documents,
  collection: ReadableCollection,
  field: Field,
  { kernel }: Scorer,
  dispose: () => void,
): LocalCopy {
  const { name } = field
  const pointOf = (id: PointId, wantsVector: boolean): StoredPoint => ({
    id,
    ...(wantsVector && { vector: { [name]: rowsOf.get(id)! } }),
  })
  return {
    name: `${collection.name}, copied`,
    config: { vectors: { [name]: collection.config.vectors[name]! } },
    length: ids.length,
    rows: corpus.rows,
    byteLength: corpus.byteLength,
    kernel,
    async query(query, options = {}) {
      checkKnownOptions(options, KNOWN_QUERY_OPTIONS, 'query')
      options.signal?.throwIfAborted()
      const { limit = 10, filter, using, with_vector } = options
      refuseFilter(filter)
      if (using !== undefined && using !== name) {
        throw new RangeError(`"using" expected "${name}", the vector of this local copy, got "${using}"`)
      }
      if (ids.length === 0) return []
      const ranked = namingPoints(
        index => ids[index]!,
        () => corpus.rank(roundedQuery(query, field), { limit }),
      )
      return ranked.map(
        ({ index, score }): Hit => ({ ...pointOf(ids[index]!, selects(with_vector)), score, version: 0 }),
      )
    },
    async retrieve(wanted, options = {}) {
      checkRetrieve(options)
      options.signal?.throwIfAborted()
      return wanted.filter(id => rowsOf.has(id)).map(id => pointOf(id, selects(options.with_vector)))
    },
    async *scroll(options = {}) {
      checkScroll(options)
      options.signal?.throwIfAborted()
      refuseFilter(options.filter)
      for (const id of ids) yield pointOf(id, selects(options.with_vector))
    },
    async count(filter, options = {}) {
      checkSignal(options, 'count')
      options.signal?.throwIfAborted()
      refuseFilter(filter)
      return ids.length
    },
    dispose,
  }
}

function roundedQuery(query: MultiVector, { size, distance, datatype }: Field): PackedRows {
  return asStored(packRows(query, size, 'query'), distance, datatype)
}

function refuseFilter(filter: Filter | undefined): void {
  if (filter) throw new RangeError('"filter" expected none: a local copy has no payloads to filter by')
}

// A collection's documents beside the program: read once, kept in the kernel's memory, asked like the collection itself.
// The other side of `compare` for those who have no store of their own, and the faster one for those who ask often.
//
// Documents are as the server stores them, and queries are made so before they are scored. Holds the rows twice: in the
// kernel, where they are scored, and here, where they are given out.

import type { Hit, PointId, ReadableCollection, StoredPoint } from '../../collection/collection.js'
import { documentOf, type PackedRows, packRows } from '../../collection/packed-rows.js'
import { chooseField, selectionOf, selects, vectorFieldsOf } from '../../collection/vector-fields.js'
import { createLocalScorer, type Scorer } from '../../core/scorer.js'
import { asStored, metricOfStored } from './server-rounding.js'

export interface LocalCopyOptions {
  /** The vector to copy; left out: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  readonly scorer?: Scorer | undefined
  readonly signal?: AbortSignal | undefined
  /** Called now and then with the number of points read so far. */
  readonly onProgress?: ((points: number) => void) | undefined
}

/** A copy that is asked like the collection it came from; changes there do not reach it. */
export interface LocalCopy extends ReadableCollection {
  /** Points that have the vector. */
  readonly length: number
  readonly rows: number
  /** Bytes in the kernel's memory. */
  readonly byteLength: number
  readonly kernel: Scorer['kernel']
  /** Gives the kernel's memory back. */
  dispose(): void
}

/**
 * Reads one vector of every point, without payloads.
 *
 * @throws RangeError if there is no such vector, or the kernel's memory is full
 */
export async function createLocalCopy(
  collection: ReadableCollection,
  options: LocalCopyOptions = {},
): Promise<LocalCopy> {
  const { signal, onProgress } = options
  const field = chooseField(vectorFieldsOf(collection.config.vectors), options.using)
  const { name, size, distance, datatype } = field
  const scorer = options.scorer ?? (await createLocalScorer())
  const corpus = scorer.corpus({ dim: size, metric: metricOfStored(distance, datatype) })
  const ids: PointId[] = []
  const documents = new Map<PointId, PackedRows>()

  function dispose(): void {
    corpus.dispose()
    if (!options.scorer) scorer.dispose()
  }

  try {
    const with_vector = selectionOf(field)
    for await (const point of collection.scroll({ with_payload: false, with_vector, signal })) {
      const document = documentOf(point, field)
      if (!document || document.data.length === 0) continue
      corpus.add(document)
      ids.push(point.id)
      documents.set(point.id, document)
      if (ids.length % 32 === 0) onProgress?.(ids.length)
    }
  } catch (error) {
    dispose()
    throw error
  }
  onProgress?.(ids.length)

  const stored = (id: PointId, wantsVector: boolean): StoredPoint => ({
    id,
    ...(wantsVector && { vector: { [name]: documents.get(id)! } }),
  })

  return {
    name: `${collection.name}, copied`,
    config: { vectors: { [name]: collection.config.vectors[name]! } },
    length: ids.length,
    rows: corpus.rows,
    byteLength: corpus.byteLength,
    kernel: scorer.kernel,
    async query(query, { limit = 10, filter, using, with_vector } = {}) {
      if (filter) throw new RangeError('"filter" is not known to a local copy, which has no payloads')
      if (using !== undefined && using !== name) {
        throw new RangeError(`"using" expected "${name}", the vector that was copied, got "${using}"`)
      }
      if (ids.length === 0) return []
      const asked = asStored(packRows(query, size, 'query'), distance, datatype)
      const ranked = corpus.rank(asked, { limit: Math.min(limit, ids.length) })
      return ranked.map(
        ({ index, score }): Hit => ({ ...stored(ids[index]!, selects(with_vector)), score, version: 0 }),
      )
    },
    async retrieve(wanted, { with_vector } = {}) {
      return wanted.filter(id => documents.has(id)).map(id => stored(id, selects(with_vector)))
    },
    async *scroll({ filter, with_vector } = {}) {
      if (filter) throw new RangeError('"filter" is not known to a local copy, which has no payloads')
      for (const id of ids) yield stored(id, selects(with_vector))
    },
    async count(filter) {
      if (filter) throw new RangeError('"filter" is not known to a local copy, which has no payloads')
      return ids.length
    },
    dispose,
  }
}

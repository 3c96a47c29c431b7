// Encodes missing rows of passages, in the order of their ids. The catalog has a mark: passages below it have
// their rows. New passages get larger ids, so whatever is added, changed or removed meanwhile, the mark stays true. Rows are
// on the disk before the mark rises. After a call that was killed, the mark may be too low: passages above it that have rows are
// passed over.

import type { StoredPoint } from '../../collection/collection.js'
import type { TokenEncoder } from '../../encode/index.js'
import type { Store } from '../../store/index.js'
import { type Catalog, countWithoutRows, writeCatalog } from '../catalog.js'
import { compactIfWorth } from '../compact.js'

/** Progress of `encodeRows`. */
export interface RowsProgress {
  /** Finished part, 0 to 1. */
  readonly share: number
  /** Number of passages that are encoded since the call began. */
  readonly passages: number
}

/** Options of `encodeRows`. */
export interface EncodeRowsOptions {
  /** Stops the call. What is encoded stays, and the next call continues. */
  readonly signal?: AbortSignal | undefined
  /** Called after each batch of passages. */
  readonly onProgress?: ((progress: RowsProgress) => void) | undefined
}

/** The result of `encodeRows`. */
export interface EncodeRowsReport {
  /** Number of passages that this call has encoded. */
  readonly encoded: number
  /**
   * How many of them were cut, because they are longer than the model accepts. With `longText: 'windows'` of
   * `createEncoder` none is.
   */
  readonly cut: number
}

/** The parts of a text index that are used here. */
interface RowParts {
  /** The folder. */
  readonly path: string
  readonly store: Store
  readonly catalog: Catalog
  readonly encoder: TokenEncoder
  /** The name of the vector in the store. */
  readonly using: string
}

/** Passages that a model encodes in one call. Models are slow, and progress is reported after each call. */
const BATCH = 32

/** The mark is written after this time, in milliseconds: a process that watches the index opens it again each time. */
const SAVE_INTERVAL = 10_000

/** Encodes the missing rows of all passages. */
export async function encodeMissingRows(
  { path, store, catalog, encoder, using }: RowParts,
  { signal, onProgress }: EncodeRowsOptions,
): Promise<EncodeRowsReport> {
  const total = countWithoutRows(catalog)
  if (total === 0) return { encoded: 0, cut: 0 }
  let [done, encoded, cut, saved] = [0, 0, 0, performance.now()]
  try {
    for (const ids of batchesOf(idsWithoutRows(catalog))) {
      signal?.throwIfAborted()
      const points = await pointsWithoutRows(store, ids, using, signal)
      const texts = points.map(({ payload }) => String(payload?.text ?? ''))
      const rows = texts.length === 0 ? [] : await encoder.documents(texts, { signal })
      const vectors = points.flatMap(({ id }, index) => {
        const { data, dim } = rows[index]!
        return data.length === 0 ? [] : [{ id, vector: { [using]: { data, dim } } }]
      })
      if (vectors.length > 0) await store.updateVectors(vectors)
      catalog.rowsBelow = ids.at(-1)! + 1
      done += ids.length
      encoded += points.length
      cut += rows.filter(({ truncated }) => truncated).length
      if (performance.now() - saved > SAVE_INTERVAL) {
        await writeCatalog(path, catalog)
        saved = performance.now()
      }
      onProgress?.({ share: done / total, passages: done })
    }
    // each passage was written again with its rows
    await compactIfWorth(store, signal)
    catalog.rowsBelow = catalog.next
  } finally {
    await writeCatalog(path, catalog)
  }
  return { encoded, cut }
}

/** The points of these ids that have no rows. */
async function pointsWithoutRows(
  store: Store,
  ids: readonly number[],
  using: string,
  signal: AbortSignal | undefined,
): Promise<StoredPoint[]> {
  const points = await store.retrieve(ids, { with_payload: ['text'], with_vector: [using], signal })
  return points.filter(({ vector }) => vector?.[using] === undefined)
}

/** The ids of passages above the mark, ascending. */
function idsWithoutRows({ files, next, rowsBelow = next }: Catalog): number[] {
  const ranges = Object.values(files).sort((a, b) => a.first - b.first)
  return ranges.flatMap(({ first, count }) => {
    const start = Math.max(first, rowsBelow)
    return Array.from({ length: Math.max(0, first + count - start) }, (_, index) => start + index)
  })
}

function* batchesOf(ids: readonly number[]): Generator<readonly number[]> {
  for (let start = 0; start < ids.length; start += BATCH) yield ids.slice(start, start + BATCH)
}

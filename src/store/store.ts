// A store as an object: made or opened once, then used, with the methods of every collection. Puts the parts of this
// folder together and holds what they share. Whatever reads or changes the points does so one after another.

import { checkKnownOptions } from '../base/check-options.js'
import { checkRetrieve, checkScroll, checkSignal, parseWhich } from '../collection/call-options.js'
import type {
  Filter,
  Hit,
  Point,
  PointId,
  ReadableCollection,
  ReadOptions,
  ScrollOptions,
  StoredPoint,
} from '../collection/collection.js'
import { parseId, parseIds } from '../collection/point-id.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import type { UpsertOptions } from '../collection/upsert-options.js'
import type { UpsertReport } from '../collection/upsert-report.js'
import { chooseField, type Fields, vectorFieldsOf } from '../collection/vector-fields.js'
import type { Explanation } from '../core/explanation.js'
import { createPackedFormat } from '../core/packed-documents.js'
import { type CompactReport, compactStore } from './columns/compaction.js'
import { compareIds } from './columns/id-words.js'
import { createPayloadColumn } from './columns/payload-column.js'
import { positionOf } from './columns/point-directory.js'
import { idAt } from './columns/segment.js'
import { createVectorColumns } from './columns/vector-column.js'
import { dtypeOf, metricOfDistance, type StoreVectors } from './config.js'
import { type StoreInfo, storeInfoOf } from './info.js'
import { createMutex } from './mutex.js'
import { createPointReader, type ScrollPage } from './search/point-reader.js'
import { embedStages, explainPoint, runStage } from './search/query.js'
import { select } from './search/selection.js'
import type { StoreParts } from './store-parts.js'
import { upsertToStore } from './upsert.js'

/** A collection of multi-vectors beside the program: in memory, or in a folder. */
export interface Store extends ReadableCollection {
  readonly config: { readonly vectors: StoreVectors }
  /**
   * Adds points, or replaces those that are there, in batches that are in as a whole or not at all. When it returns they
   * are on the disk. See UpsertReport; throws UpsertError once a batch is in.
   */
  upsert(points: Iterable<Point> | AsyncIterable<Point>, options?: UpsertOptions): Promise<UpsertReport>
  /** Exact MaxSim, best first, equal scores by id. */
  query(query: Query | undefined, options?: QueryOptions): Promise<Hit[]>
  /** Several queries; the answers in their order. */
  queryBatch(
    queries: readonly (QueryOptions & { readonly query: Query })[],
    options?: Pick<QueryOptions, 'signal'>,
  ): Promise<Hit[][]>
  retrieve(ids: readonly PointId[], options?: ReadOptions): Promise<StoredPoint[]>
  scroll(options?: ScrollOptions): AsyncGenerator<StoredPoint>
  /** Deletes points with these ids, or all that a filter lets through; they are gone from the disk when it returns. */
  delete(which: readonly PointId[] | Filter, options?: Pick<ReadOptions, 'signal'>): Promise<void>
  count(filter?: Filter, options?: Pick<ReadOptions, 'signal'>): Promise<number>
  /** What is there and what it costs. */
  info(): Promise<StoreInfo>
  /** Which row of a point each query row matched, how well, and what that gave to the score. */
  explain(query: Query, id: PointId, options?: { readonly using?: string | undefined }): Promise<Explanation>
  /** Gives the room of points that were deleted or replaced back. May be interrupted at any time. */
  compact(options?: Pick<ReadOptions, 'signal'>): Promise<CompactReport>
  /** Gives memory and files back. What was asked for before is done first; a second call does nothing. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export function createHandle(parts: StoreParts): Store {
  const { name, memory, segments, points, home, encoder } = parts
  const { kernel } = memory
  const fields: Fields = vectorFieldsOf(parts.vectors)
  const described = Object.values(parts.vectors)
  const kinds = described.map(({ size, distance, datatype }) =>
    createPackedFormat(kernel, size, metricOfDistance(distance), dtypeOf(datatype)),
  )
  const streamed = described.map(({ on_disk }) => on_disk)
  const vectors = createVectorColumns(memory, parts.budget, streamed, home.files)
  const payloads = createPayloadColumn(parts.budget / 8, segments, home.files)
  const reader = createPointReader({ fields, kinds, vectors, payloads, points })
  const turn = createMutex()
  const compactions = createMutex()
  const largest = (f: number) =>
    [...segments.values()].reduce((most, { columns }) => Math.max(most, columns[f]!.largest), 0)
  const context = { segments, points, payloads: payloads.parsed, fields, kinds, vectors, largest }
  let version = parts.version
  let closed: Promise<void> | undefined

  function inTurn<T>(run: () => Promise<T> | T): Promise<T> {
    if (closed) return Promise.reject(new TypeError('"store" was closed; open it again with openStore()'))
    return turn(run)
  }

  function checkWritable(): void {
    if (parts.readOnly)
      throw new TypeError('"store" was opened to be read only; open it without { readOnly }')
  }

  async function hitsOf(query: Query | undefined, options: QueryOptions): Promise<Hit[]> {
    const { with_payload = false, with_vector = false, signal } = options
    const parts = reader.parse({ with_payload, with_vector })
    const found = await runStage(context, query, options as Parameters<typeof runStage>[2], signal)
    const hits: Hit[] = []
    for (const one of found) {
      const point = await reader.read(one, one.id, parts)
      if (point) hits.push({ ...point, score: one.score, version: one.segment.versions[one.slot]! })
    }
    return hits
  }

  async function idsPassing(filter: Filter): Promise<PointId[]> {
    const selected = await select(context, filter)
    const ids = [...selected].flatMap(([segment, slots]) => Array.from(slots, slot => idAt(segment, slot)))
    return ids.sort(compareIds)
  }

  const store: Store = {
    name,
    config: { vectors: parts.vectors },
    async upsert(given, options) {
      checkWritable()
      const upsert = { memory, fields, kinds, encoder, home, points, inTurn, nextVersion: () => ++version }
      return upsertToStore(upsert, given, options)
    },
    async query(asked, options = {}) {
      const started = performance.now()
      const { query, options: stage } = await embedStages(asked, options, encoder, options.signal)
      options.signal?.throwIfAborted()
      return inTurn(async () => {
        const before = vectors.bytesRead
        const hits = await hitsOf(query, stage)
        const seconds = (performance.now() - started) / 1000
        options.onCost?.({ seconds, bytesSent: 0, bytesReceived: vectors.bytesRead - before, retries: 0 })
        return hits
      })
    },
    async queryBatch(queries, batchOptions = {}) {
      checkSignal(batchOptions, 'queryBatch')
      const { signal } = batchOptions
      const answers: Hit[][] = []
      for (const { query, ...options } of queries)
        answers.push(await store.query(query, { signal, ...options }))
      return answers
    },
    async retrieve(ids, options = {}) {
      checkRetrieve(options)
      const wanted = [...new Set(parseIds(ids, 'ids'))]
      const parts = reader.parse(options)
      options.signal?.throwIfAborted()
      return inTurn(async () => (await reader.page(wanted, 0, wanted.length, parts)).found)
    },
    async *scroll(options = {}) {
      checkScroll(options)
      const { filter, batchPoints: size = 256, signal } = options
      const parts = reader.parse(options)
      // a filter is run once: points that come to pass it later are not among these
      const passing = filter && (await inTurn(() => idsPassing(filter)))
      for (let from: PointId | undefined = 0; from !== undefined; ) {
        signal?.throwIfAborted()
        const page: ScrollPage = await inTurn(() => {
          const ids = passing ?? points.sorted()
          return reader.page(ids, positionOf(ids, from!), size, parts)
        })
        yield* page.found
        from = page.next
      }
    },
    async delete(which, options = {}) {
      checkWritable()
      checkSignal(options, 'delete')
      const { ids, filter } = parseWhich(which)
      options.signal?.throwIfAborted()
      return inTurn(async () => {
        const places = ids
          ? [...new Set(ids)].flatMap(id => points.find(id) ?? [])
          : [...(await select(context, filter))].flatMap(([segment, slots]) =>
              Array.from(slots, slot => ({ segment, slot })),
            )
        if (places.length === 0) return
        await home.bury(Uint32Array.from(places.flatMap(({ segment, slot }) => [segment.number, slot])))
        await home.settle()
        version++
        for (const place of places) points.remove(place)
      })
    },
    async count(filter, options = {}) {
      checkSignal(options, 'count')
      options.signal?.throwIfAborted()
      return inTurn(async () => {
        if (!filter) return points.size
        return [...(await select(context, filter)).values()].reduce((sum, { length }) => sum + length, 0)
      })
    },
    info: () => inTurn(() => storeInfoOf(parts, kinds)),
    async explain(asked, id, options = {}) {
      checkKnownOptions(options, ['using'], 'explain')
      const { using } = options
      const point = parseId(id, 'id')
      const { query } = await embedStages(asked, { using }, encoder)
      return inTurn(async () => {
        const field = chooseField(fields, using)
        const f = [...fields.dense.values()].indexOf(field)
        const place = points.find(point)
        if (!place?.segment.columns[f]?.directory[4 * place.slot + 1]) {
          throw new RangeError(`"id" expected a point with the vector "${field.name}", got ${point}`)
        }
        return explainPoint(context, query!, field, point, place)
      })
    },
    async compact(options = {}) {
      checkWritable()
      checkSignal(options, 'compact')
      const compact = { memory, vectors, home, segments, points, inTurn }
      return compactions(() => compactStore(compact, options.signal))
    },
    close() {
      closed ??= turn(async () => {
        await home.close()
        kernel.memory.release()
      })
      return closed
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
  return store
}

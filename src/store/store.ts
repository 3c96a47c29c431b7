// The public object of a store. Its methods are in the files of this folder; `StoreContext` is what they share.

import { checkSignal } from '../collection/call-options.js'
import type {
  Filter,
  Hit,
  Payload,
  Point,
  PointId,
  ReadableCollection,
  ReadOptions,
  ScrollOptions,
  StoredPoint,
} from '../collection/collection.js'
import type { GroupOptions, PointGroup } from '../collection/group-options.js'
import type { ChangeOptions, PointVectors, SetPayloadOptions } from '../collection/point-changes.js'
import type { RerankOptions } from '../collection/rerank-options.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import type { UpsertOptions } from '../collection/upsert-options.js'
import type { UpsertReport } from '../collection/upsert-report.js'
import type { Explanation } from '../core/explanation.js'
import {
  clearStorePayload,
  deleteStorePayload,
  overwriteStorePayload,
  setStorePayload,
} from './change-payload.js'
import { type CompactReport, compactStore } from './columns/compaction.js'
import type { StoreDescription } from './config.js'
import { countStorePoints, deleteStorePoints } from './delete-points.js'
import { type StoreInfo, storeInfo } from './info.js'
import { queryStoreGroups } from './query-groups.js'
import { explainPoint, queryStore, queryStoreBatch, type StoreExplainOptions } from './query-points.js'
import { retrieveStorePoints, scrollStorePoints } from './read-points.js'
import { rerankStore, rerankStoreBatch } from './rerank-points.js'
import { createStoreContext, type StoreParts } from './store-context.js'
import { deleteStoreVectors, updateStoreVectors } from './update-vectors.js'
import { upsertToStore } from './upsert.js'

/**
 * An embedded collection of multi-vectors, in memory or in a folder. Made by `createStore` and `openStore`. Calls may
 * overlap; they run one at a time, in call order.
 *
 * Every method rejects with DisposedError once the store is closed, with TypeError or RangeError for wrong arguments,
 * and with StoreDamageError if it reads a damaged part of a file. After a write or sync that failed, every change rejects
 * with StoreWriteError until the store is opened again; reading goes on.
 */
export interface Store extends ReadableCollection {
  /** The path, or a name for a store in memory. */
  readonly name: string
  /** The vectors, with defaults filled in. */
  readonly config: StoreDescription
  /**
   * Inserts points, and replaces those whose ids exist. Points are written in batches; a batch is written entirely or
   * not at all. Unless `wait` is false, everything is on the disk when the call returns.
   *
   * An array of points is copied when the call is made, so it may be changed at once. Other sources are read while the
   * call runs; a source may use the arrays of a point again when the next point is requested.
   *
   * @throws UpsertError if it fails after at least one batch was written
   */
  upsert(points: Iterable<Point> | AsyncIterable<Point>, options?: UpsertOptions): Promise<UpsertReport>
  /**
   * Returns the points with the best exact scores, best first, equal scores by id. `limit`: maximum number of results,
   * default 10; fewer are returned if the store has fewer points. Without a query it returns points in the order of
   * their ids, with a score of 0.
   */
  query(query: Query | undefined, options?: QueryOptions): Promise<Hit[]>
  /** Runs several queries, each with its own options. Returns their results in the same order. */
  queryBatch(
    queries: readonly (QueryOptions & { readonly query: Query })[],
    options?: Pick<QueryOptions, 'signal'>,
  ): Promise<Hit[][]>
  /**
   * Returns the groups with the best points, best first, such as the documents with the best pages: each has the best
   * `group_size` points with its value of the payload field `group_by`. A point with several values is in several groups,
   * a point without a value in none.
   */
  queryGroups(query: Query, options: GroupOptions): Promise<PointGroup[]>
  /**
   * Two-stage search: the first stage finds `candidates`, which the query then scores exactly. Its options are those of
   * `rerank` of a Qdrant collection.
   */
  rerank(query: Query, options?: RerankOptions): Promise<Hit[]>
  /** Runs several two-stage searches, each with its own options. Returns their results in the same order. */
  rerankBatch(
    queries: readonly (RerankOptions & { readonly query: Query })[],
    options?: Pick<QueryOptions, 'signal'>,
  ): Promise<Hit[][]>
  /** Returns the points with these ids. Missing points are skipped, repeated ids count once. */
  retrieve(ids: readonly PointId[], options?: ReadOptions): Promise<StoredPoint[]>
  /** Iterates over all points, or those that pass a filter, in ascending order of ids: numbers, then UUIDs. */
  scroll(options?: ScrollOptions): AsyncGenerator<StoredPoint>
  /**
   * Deletes the points with these ids, or those that pass a filter. The deletion is on the disk when the call returns.
   */
  delete(which: readonly PointId[] | Filter, options?: Pick<ReadOptions, 'signal'>): Promise<void>
  /**
   * Merges a payload into the payloads of the points with these ids, or of those that pass a filter. A key that is null is
   * removed. The points are written again with their vectors; `compact` removes the old ones. If the call is interrupted,
   * some of the points may have changed; call it again.
   *
   * @throws RangeError once all other points have changed, if there is no point with an id
   */
  setPayload(which: readonly PointId[] | Filter, payload: Payload, options?: SetPayloadOptions): Promise<void>
  /** Replaces the payloads of points. Otherwise as `setPayload`. */
  overwritePayload(
    which: readonly PointId[] | Filter,
    payload: Payload,
    options?: ChangeOptions,
  ): Promise<void>
  /**
   * Removes what is at these paths, such as `year` or `author.name`, from the payloads of points. A missing key is no
   * error. Otherwise as `setPayload`.
   */
  deletePayload(
    which: readonly PointId[] | Filter,
    keys: readonly string[],
    options?: ChangeOptions,
  ): Promise<void>
  /** Removes the payloads of points. Otherwise as `setPayload`. */
  clearPayload(which: readonly PointId[] | Filter, options?: ChangeOptions): Promise<void>
  /**
   * Sets vectors of points that exist, by name, and leaves their other vectors and their payloads as they are: for example
   * to add multi-vectors to points with dense vectors. Otherwise as `upsert`. The points are written again; `compact`
   * removes the old ones.
   *
   * @throws RangeError, or UpsertError with it, if a point does not exist; the points before it are written
   */
  updateVectors(
    points: Iterable<PointVectors> | AsyncIterable<PointVectors>,
    options?: UpsertOptions,
  ): Promise<UpsertReport>
  /** Removes the vectors with these names from points that are given by ids or by a filter. Otherwise as `setPayload`. */
  deleteVectors(
    which: readonly PointId[] | Filter,
    names: readonly string[],
    options?: ChangeOptions,
  ): Promise<void>
  /** Returns the number of points, or of those that pass a filter. */
  count(filter?: Filter, options?: Pick<ReadOptions, 'signal'>): Promise<number>
  /** Returns the contents of the store and its sizes. */
  info(): Promise<StoreInfo>
  /** Returns for each query row the row of the point that it matched, the similarity, and its share of the score. */
  explain(query: Query, id: PointId, options?: StoreExplainOptions): Promise<Explanation>
  /**
   * Removes deleted and replaced points from the files, or from memory. The store can be used meanwhile. An abort or a
   * crash leaves the store intact.
   */
  compact(options?: Pick<ReadOptions, 'signal'>): Promise<CompactReport>
  /**
   * Finishes all calls that were made before, such as upserts, queries and compactions, then closes the files and frees
   * memory. Later calls are refused, and so is the next page of a `scroll`. A second call has no effect. Do not await it
   * inside the source of an upsert, which it waits for.
   *
   * @throws StoreWriteError if the files could not be written
   * @throws StoreLockedError if the lock was lost
   */
  close(): Promise<void>
  /** Closes the store at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Creates the public object of an opened store. */
export function createStoreHandle(parts: StoreParts): Store {
  const context = createStoreContext(parts)
  const { call } = context
  const change = <T>(run: () => Promise<T>) =>
    call(async () => {
      context.checkWritable()
      return run()
    })
  return {
    name: context.name,
    config: context.config,
    upsert: (points, options) => change(() => upsertToStore(context, points, options)),
    query: (query, options) => call(() => queryStore(context, query, options)),
    queryBatch: (queries, options) => call(() => queryStoreBatch(context, queries, options)),
    queryGroups: (query, options) => call(() => queryStoreGroups(context, query, options)),
    rerank: (query, options) => call(() => rerankStore(context, query, options)),
    rerankBatch: (queries, options) => call(() => rerankStoreBatch(context, queries, options)),
    retrieve: (ids, options) => call(() => retrieveStorePoints(context, ids, options)),
    scroll: options => scrollStorePoints(context, options),
    delete: (which, options) => change(() => deleteStorePoints(context, which, options)),
    setPayload: (which, payload, options) => change(() => setStorePayload(context, which, payload, options)),
    overwritePayload: (which, payload, options) =>
      change(() => overwriteStorePayload(context, which, payload, options)),
    deletePayload: (which, keys, options) => change(() => deleteStorePayload(context, which, keys, options)),
    clearPayload: (which, options) => change(() => clearStorePayload(context, which, options)),
    updateVectors: (points, options) => change(() => updateStoreVectors(context, points, options)),
    deleteVectors: (which, names, options) =>
      change(() => deleteStoreVectors(context, which, names, options)),
    count: (filter, options) => call(() => countStorePoints(context, filter, options)),
    info: () => call(() => context.exclusive(() => storeInfo(context))),
    explain: (query, id, options) => call(() => explainPoint(context, query, id, options)),
    compact: (options = {}) =>
      change(async () => {
        checkSignal(options, 'compact')
        return context.compacting(() => compactStore(context, options.signal))
      }),
    close: () => context.close(),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

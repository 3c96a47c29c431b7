// A collection on a server as an object. Combines the parts of this folder and holds what they share: transport, fields,
// codec, encoder and scorer. `setup.ts` creates and opens collections.

import { checkKnownOptions } from '../base/check-options.js'
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
import type { Encoder, SparseEncoder } from '../collection/embed-texts.js'
import type { GroupOptions, PointGroup } from '../collection/group-options.js'
import type { PointVectors, SetPayloadOptions } from '../collection/point-changes.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import type { UpsertReport } from '../collection/upsert-report.js'
import { vectorFieldsOf } from '../collection/vector-fields.js'
import type { Scorer } from '../core/scorer.js'
import { checkCodecModule, loadCodec } from '../kernel/codec/codec.js'
import type { CodecModule } from '../kernel/codec/codec-types.js'
import {
  clearServerPayload,
  deleteServerPayload,
  deleteServerPoints,
  deleteServerVectors,
  overwriteServerPayload,
  type ServerChangeOptions,
  setServerPayload,
} from './change-points.js'
import type { ServerConfig } from './config/config-types.js'
import { type CollectionEstimate, costOf, type EstimateInput } from './config/estimate.js'
import {
  type CollectionDescription,
  describeCollection,
  readShardPlacement,
  type ShardPlacement,
} from './config/reported-config.js'
import { requestLimitsOf } from './config/request-limits.js'
import { isSince } from './config/version.js'
import { checkGrpcOption, type GrpcOption } from './grpc/grpc-option.js'
import { createGrpcLink } from './grpc-link.js'
import type { ServerQueryContext } from './query-context.js'
import { queryServerGroups } from './query-groups.js'
import { queryServer, queryServerBatch } from './query-points.js'
import {
  countServerPoints,
  retrieveServerPoints,
  type ShardOptions,
  scrollServerPoints,
} from './read-points.js'
import { type QdrantRerankOptions, type RerankContext, rerankBatch, rerankPoints } from './rerank.js'
import { createFallbackScorer } from './scorer-fallback.js'
import { SERVER, type Served, type ServerConnection } from './server-connection.js'
import { type QdrantUpsertContext, type QdrantUpsertOptions, upsertToServer } from './upsert.js'
import { type SampledSize, sampleSize } from './verify/sample-queries.js'
import { TRANSPORT_OPTIONS, type TransportOptions } from './wire/transport.js'

/** Options of `openCollection`. */
export interface OpenOptions extends TransportOptions {
  /** Embeds texts in place of vectors. Default: none; texts are sent to the server, which may have inference. */
  readonly encoder?: Encoder | undefined
  /**
   * Embeds texts in place of sparse vectors, for example `createBm25Encoder` of `maxsimd/encode`. Default: none; texts are
   * sent to the server, which has the model `qdrant/bm25`.
   */
  readonly sparseEncoder?: SparseEncoder | undefined
  /** Scores candidates in `rerank`. Default: a new one when it is first needed, on the fastest kernel that works here. */
  readonly scorer?: Scorer | undefined
  /**
   * A compiled `maxsimd/codec.wasm`, which writes and reads vectors, for engines that forbid compiling WebAssembly at run
   * time. Default: the embedded module is compiled; if that is forbidden, a slower codec in JavaScript is used.
   */
  readonly module?: CodecModule | undefined
  /**
   * Whether `upsert` sends points over gRPC, which is faster than REST. `auto`: over port 6334, if the address of the server
   * has the port 6333. `{ port }`: over another port of the same host. `{ url }`: over another address. `off`: over REST.
   * REST is used where gRPC cannot be; `UpsertReport.transportReason` says why. Default: `auto`.
   */
  readonly grpc?: GrpcOption | undefined
  /** Cancels opening or creating the collection. Its methods have signals of their own. */
  readonly signal?: AbortSignal | undefined
}

/** The names of `OpenOptions`. */
export const OPEN_OPTIONS = [
  ...TRANSPORT_OPTIONS,
  'encoder',
  'sparseEncoder',
  'scorer',
  'module',
  'grpc',
  'signal',
] as const satisfies readonly (keyof OpenOptions)[]

/** Checks the options that a collection uses after it was created or changed on the server. */
export function checkOpenOptions({ grpc, module }: Pick<OpenOptions, 'grpc' | 'module'>): void {
  checkGrpcOption(grpc)
  if (module !== undefined) checkCodecModule(module)
}

/** Options of `QdrantCollection.info`. */
export interface InfoOptions extends Pick<ReadOptions, 'signal'> {
  /** Number of points that are read for the mean size of a document. Default: 16. */
  readonly sample?: number | undefined
}

/** State, configuration, shards and size of a collection. */
export interface CollectionInfo extends CollectionDescription, ShardPlacement {
  /** Version of the server. */
  readonly version: string
  /** Mean size of the first documents. */
  readonly size: SampledSize
  /** Estimated size of the collection in bytes, if all documents have the mean size. */
  readonly estimate: CollectionEstimate
}

/** A collection of multi-vectors on a Qdrant server, made by `createCollection` or `openCollection`. */
export interface QdrantCollection extends ReadableCollection {
  /** The configuration that the server reported when the collection was opened. */
  readonly config: ServerConfig
  /** The server's version, for example `1.19.0`. */
  readonly version: string
  /**
   * Writes points in batches. Points with an existing id are replaced.
   *
   * @throws TypeError or RangeError if an option or a point is wrong; the message names the point
   * @throws QdrantError if the server refuses a batch
   * @throws UpsertError in place of these errors once a batch was written
   */
  upsert(points: Iterable<Point> | AsyncIterable<Point>, options?: QdrantUpsertOptions): Promise<UpsertReport>
  /**
   * Finds the points with the best scores, best first. With a multi-vector, the server computes MaxSim.
   *
   * @throws TypeError or RangeError if the query or an option is wrong
   * @throws QdrantError if the server refuses the query
   */
  query(query: Query, options?: QueryOptions): Promise<Hit[]>
  /**
   * Runs several queries in one request. `result[i]` are the hits of `queries[i]`. `signal` and `onCost` are options of the
   * request, and are refused in a single query.
   *
   * @throws as `query` does
   */
  queryBatch(
    queries: readonly (Omit<QueryOptions, 'signal' | 'onCost'> & { readonly query: Query })[],
    options?: Pick<QueryOptions, 'signal' | 'onCost'>,
  ): Promise<Hit[][]>
  /**
   * Finds the groups with the best points, best first, such as the documents with the best pages: each has the best
   * `group_size` points with its value of the payload field `group_by`. A point with several values is in several groups,
   * a point without a value in none.
   *
   * @throws as `query` does
   */
  queryGroups(query: Query, options: GroupOptions): Promise<PointGroup[]>
  /**
   * Two-stage search: the server finds `candidates`, the local kernel ranks them (or the server, with
   * `rescore: 'server'`).
   *
   * @throws as `query` does
   */
  rerank(query: Query, options?: QdrantRerankOptions): Promise<Hit[]>
  /**
   * Runs several two-stage searches: one request for all first stages, and documents that they share are fetched once.
   * `result[i]` are the hits of `queries[i]`, as `rerank` returns them. `signal` and `onCost` are options of the batch, as of
   * `queryBatch`.
   *
   * @throws as `query` does
   */
  rerankBatch(
    queries: readonly (Omit<QdrantRerankOptions, 'signal' | 'onCost'> & { readonly query: Query })[],
    options?: Pick<QueryOptions, 'signal' | 'onCost'>,
  ): Promise<Hit[][]>
  retrieve(ids: readonly PointId[], options?: ReadOptions & ShardOptions): Promise<StoredPoint[]>
  scroll(options?: ScrollOptions & ShardOptions): AsyncGenerator<StoredPoint>
  /** Deletes the points with these ids, or those that match a filter. Returns when the deletion is applied. */
  delete(
    which: readonly PointId[] | Filter,
    options?: Pick<ReadOptions, 'signal'> & ShardOptions,
  ): Promise<void>
  /**
   * Merges a payload into the payloads of the points with these ids, or of those that match a filter. A key that is null
   * is removed.
   *
   * @throws TypeError or RangeError if the payload, an id, the filter or an option is wrong
   * @throws QdrantError if there is no point with an id (unless `wait` is false); the other points may have changed
   */
  setPayload(
    which: readonly PointId[] | Filter,
    payload: Payload,
    options?: SetPayloadOptions & ShardOptions,
  ): Promise<void>
  /** Replaces the payloads of points. Otherwise as `setPayload`. */
  overwritePayload(
    which: readonly PointId[] | Filter,
    payload: Payload,
    options?: ServerChangeOptions,
  ): Promise<void>
  /**
   * Removes what is at these paths, such as `year` or `author.name`, from the payloads of points. A missing key is no
   * error. Otherwise as `setPayload`.
   */
  deletePayload(
    which: readonly PointId[] | Filter,
    keys: readonly string[],
    options?: ServerChangeOptions,
  ): Promise<void>
  /** Removes the payloads of points. Otherwise as `setPayload`. */
  clearPayload(which: readonly PointId[] | Filter, options?: ServerChangeOptions): Promise<void>
  /**
   * Sets vectors of points that exist, by name, and leaves their other vectors and their payloads as they are: for example
   * to add multi-vectors to points with dense vectors. Batches, retries, resuming and the report are as with `upsert`.
   *
   * @throws TypeError or RangeError if an option or a point is wrong; the message names the point
   * @throws QdrantError if there is no point with an id (unless `wait` is false); other points may have changed
   * @throws UpsertError in place of these errors once a batch was written
   */
  updateVectors(
    points: Iterable<PointVectors> | AsyncIterable<PointVectors>,
    options?: QdrantUpsertOptions,
  ): Promise<UpsertReport>
  /** Removes the vectors with these names from points that are given by ids or by a filter. Otherwise as `setPayload`. */
  deleteVectors(
    which: readonly PointId[] | Filter,
    names: readonly string[],
    options?: ServerChangeOptions,
  ): Promise<void>
  count(filter?: Filter, options?: Pick<ReadOptions, 'signal'> & ShardOptions): Promise<number>
  /** Reads state, configuration, shards and the mean size of documents. */
  info(options?: InfoOptions): Promise<CollectionInfo>
  /** Estimates the size of this collection in bytes with a given number of documents. See `estimateCollection`. */
  estimate(input: EstimateInput): CollectionEstimate
}

/** Creates the object for an existing collection. */
export async function collectionOn(
  server: ServerConnection,
  name: string,
  config: ServerConfig,
  {
    encoder,
    sparseEncoder,
    scorer: givenScorer,
    module,
    grpc = 'auto',
  }: Pick<OpenOptions, 'encoder' | 'sparseEncoder' | 'scorer' | 'module' | 'grpc'>,
): Promise<QdrantCollection> {
  const { transport, version } = server
  const codec = await loadCodec({ module })
  const fields = vectorFieldsOf(config.vectors, config.sparse_vectors)
  let scorer = givenScorer && Promise.resolve(givenScorer)
  const context: ServerQueryContext & QdrantUpsertContext = {
    transport,
    name,
    codec,
    fields,
    encoder,
    sparseEncoder,
    limits: requestLimitsOf(config),
    grpc: createGrpcLink(grpc, transport, name, version),
    arithmetic: { isArm: false, isBefore119: !isSince(version, '1.19.0') },
    scorer: () => (scorer ??= createFallbackScorer()),
  }
  const rerankContext: RerankContext = {
    ...context,
    server: transport.address(),
    isQuantized: field =>
      Boolean(config.vectors[field.name]?.quantization_config ?? config.quantization_config),
    query: (query, options) => queryServer(context, query, options),
    queryBatch: (queries, options) => queryServerBatch(context, queries, options),
  }

  const collection: QdrantCollection & Served = {
    [SERVER]: server,
    name,
    config,
    version: version.text,
    upsert: (points, options) => upsertToServer(context, points, options),
    async query(query, options) {
      if (query !== undefined) return queryServer(context, query, options)
      throw new TypeError(
        '"query" is required: a multi-vector, a text, a point id, or one of Qdrant\'s query objects',
      )
    },
    queryBatch: (queries, options) => queryServerBatch(context, queries, options),
    queryGroups: (query, options) => queryServerGroups(context, query, options),
    rerank: (query, options) => rerankPoints(rerankContext, query, options),
    rerankBatch: (queries, options) => rerankBatch(rerankContext, queries, options),
    retrieve: (ids, options) => retrieveServerPoints(context, ids, options),
    scroll: options => scrollServerPoints(context, options),
    delete: (which, options) => deleteServerPoints(context, which, options),
    setPayload: (which, payload, options) => setServerPayload(context, which, payload, options),
    overwritePayload: (which, payload, options) => overwriteServerPayload(context, which, payload, options),
    deletePayload: (which, keys, options) => deleteServerPayload(context, which, keys, options),
    clearPayload: (which, options) => clearServerPayload(context, which, options),
    updateVectors: (points, options) => upsertToServer(context, points, options, 'updateVectors'),
    deleteVectors: (which, names, options) => deleteServerVectors(context, which, names, options),
    count: (filter, options) => countServerPoints(context, filter, options),
    info: options => readInfo(context, collection, options),
    estimate: input => costOf(config, input),
  }
  return collection
}

async function readInfo(
  context: ServerQueryContext,
  collection: QdrantCollection,
  options: InfoOptions = {},
): Promise<CollectionInfo> {
  checkKnownOptions(options, ['sample', 'signal'], 'info')
  const { sample = 16, signal } = options
  const { transport, name } = context
  const [description, placement, points, size] = await Promise.all([
    describeCollection(transport, name, signal),
    readShardPlacement(transport, name, signal),
    countServerPoints(context, undefined, { signal }),
    sampleSize(collection, sample, { signal }),
  ])
  const { rows, payloadBytes } = size
  const estimate = costOf(description.config, { points, rows, payloadBytes })
  return { ...description, ...placement, points, version: collection.version, size, estimate }
}

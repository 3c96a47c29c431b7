// A collection on a server, as an object: made or opened once (`setup.ts`), then used. Puts the parts of this folder
// together and holds what they share: the transport, the fields, the codec, the encoder and the scorer.

import { checkKnownOptions } from '../base/check-options.js'
import type {
  CallCost,
  Filter,
  Hit,
  Point,
  PointId,
  ReadableCollection,
  ReadOptions,
  ScrollOptions,
  StoredPoint,
} from '../collection/collection.js'
import { type Encoder, embedSearch } from '../collection/embed-texts.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import type { UpsertReport } from '../collection/upsert-report.js'
import { selects, vectorFieldsOf } from '../collection/vector-fields.js'
import { createLocalScorer, type Scorer } from '../core/scorer.js'
import { loadCodec } from '../kernel/codec/codec.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import { type CollectionEstimate, costOf, type EstimateInput } from './config/estimate.js'
import {
  type CollectionDescription,
  describeCollection,
  readShardPlacement,
  type ServerConfig,
  type ShardPlacement,
} from './config/reported-config.js'
import { requestLimitsOf } from './config/request-limits.js'
import type { Version } from './config/version.js'
import {
  askForVectors,
  countPoints,
  deletePoints,
  hasPoints,
  retrievePoints,
  scrollPoints,
} from './read-points.js'
import { type RerankOptions, rerankPoints } from './rerank.js'
import { writeSearch } from './search.js'
import { SERVER, type Served } from './server-connection.js'
import { type QdrantUpsertOptions, upsertToServer } from './upsert.js'
import { type SampledSize, sampleSize } from './verify/sample-queries.js'
import { type RawPoint, readHit } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import { createRequestWriter } from './wire/request-writer.js'
import type { Transport, TransportOptions } from './wire/transport.js'

export interface OpenOptions extends TransportOptions {
  /** Embeds texts that stand where vectors are expected; left out, they are left to the server. */
  readonly encoder?: Encoder | undefined
  /** Scores candidates in `rerank`; left out, one is made when it is first needed. */
  readonly scorer?: Scorer | undefined
  /** Ends the call that opens or creates; what is done with the collection later has signals of its own. */
  readonly signal?: AbortSignal | undefined
}

export interface InfoOptions extends Pick<ReadOptions, 'signal'> {
  /** Points that are read for their mean size. Left out: 16. */
  readonly sample?: number | undefined
}

export interface CollectionInfo extends CollectionDescription, ShardPlacement {
  readonly version: string
  /** How large the first documents are. */
  readonly size: SampledSize
  /** What as many documents of that size cost, in bytes. */
  readonly estimate: CollectionEstimate
}

/** A collection of multi-vectors on a Qdrant server. */
export interface QdrantCollection extends ReadableCollection {
  readonly config: ServerConfig
  /** The server's version, `1.19.0`. */
  readonly version: string
  /** Sends points, checked, in batches. See QdrantUpsertOptions; throws UpsertError once something was sent. */
  upsert(points: Iterable<Point> | AsyncIterable<Point>, options?: QdrantUpsertOptions): Promise<UpsertReport>
  /** MaxSim on the server, best first. */
  query(query: Query, options?: QueryOptions): Promise<Hit[]>
  /** Several queries in one request; the answers in their order. */
  queryBatch(
    queries: readonly (QueryOptions & { readonly query: Query })[],
    options?: Pick<QueryOptions, 'signal' | 'onCost'>,
  ): Promise<Hit[][]>
  /** Candidates from the server, scores from the kernel (or, with `rescore: 'server'`, from the server). */
  rerank(query: Query, options?: RerankOptions): Promise<Hit[]>
  retrieve(ids: readonly PointId[], options?: ReadOptions): Promise<StoredPoint[]>
  scroll(options?: ScrollOptions): AsyncGenerator<StoredPoint>
  delete(which: readonly PointId[] | Filter, options?: Pick<ReadOptions, 'signal'>): Promise<void>
  count(filter?: Filter, options?: Pick<ReadOptions, 'signal'>): Promise<number>
  /** State, configuration, shards, and what it costs. */
  info(options?: InfoOptions): Promise<CollectionInfo>
  /** What so many documents of so many rows cost here, in bytes. */
  estimate(input: EstimateInput): CollectionEstimate
}

/** The object for a collection that is there. */
export async function collectionOn(
  transport: Transport,
  name: string,
  config: ServerConfig,
  version: Version,
  { encoder, scorer: given }: OpenOptions,
): Promise<QdrantCollection> {
  const codec: Codec = await loadCodec()
  const fields = vectorFieldsOf(config.vectors, config.sparse_vectors)
  const context = { transport, name, codec, fields, encoder, limits: requestLimitsOf(config) }
  const path = collectionPath(name)
  let scorer: Promise<Scorer> | undefined = given && Promise.resolve(given)

  async function search(query: Query | undefined, options: QueryOptions = {}): Promise<Hit[]> {
    const { signal, onCost, with_vector, with_payload } = options
    const embedded = await embedSearch(query, options, encoder, fields, signal)
    const body = createRequestWriter(codec)
    writeSearch(body, embedded.query, embedded.options, fields)
    const started = performance.now()
    let cost: CallCost | undefined
    const { points } = await askForVectors<{ points: RawPoint[] }>(
      context,
      {
        method: 'POST',
        path: `${path}/points/query`,
        body: body.view(),
        signal,
        onCost: told => (cost = told),
      },
      selects(with_vector),
      hasPoints,
    )
    const hits = points.map(point => readHit(point, selects(with_payload)))
    if (cost) onCost?.({ ...cost, seconds: (performance.now() - started) / 1000 })
    return hits
  }

  const collection: QdrantCollection & Served = {
    name,
    config,
    version: version.text,
    [SERVER]: { transport, version },
    upsert: (points, options) => upsertToServer(context, points, options),
    async query(query, options) {
      if (query !== undefined) return search(query, options)
      throw new TypeError(
        '"query" expected a vector, a text, an id or one of Qdrant\'s queries, got undefined',
      )
    },
    async queryBatch(queries, batchOptions = {}) {
      checkKnownOptions(batchOptions, ['signal', 'onCost'], 'queryBatch')
      const { signal, onCost } = batchOptions
      if (queries.length === 0) return []
      const body = createRequestWriter(codec)
      body.text('{"searches":[')
      for (const [index, { query, ...options }] of queries.entries()) {
        if (index > 0) body.text(',')
        const embedded = await embedSearch(query, options, encoder, fields, signal)
        writeSearch(body, embedded.query, embedded.options, fields)
      }
      body.text(']}')
      const answers = await askForVectors<{ points: RawPoint[] }[]>(
        context,
        { method: 'POST', path: `${path}/points/query/batch`, body: body.view(), signal, onCost },
        queries.some(({ with_vector }) => selects(with_vector)),
        result => Array.isArray(result) && result.length === queries.length && result.every(hasPoints),
      )
      return answers.map(({ points }, index) =>
        points.map(point => readHit(point, selects(queries[index]!.with_payload))),
      )
    },
    rerank: (query, options) =>
      rerankPoints(
        {
          fields,
          encoder,
          query: search,
          scorer: () => {
            scorer ??= createLocalScorer()
            return scorer
          },
        },
        query,
        options,
      ),
    retrieve: (ids, options) => retrievePoints(context, ids, options),
    scroll: options => scrollPoints(context, options),
    delete: (which, options) => deletePoints(context, which, options),
    count: (filter, options) => countPoints(context, filter, options),
    async info(options = {}) {
      checkKnownOptions(options, ['sample', 'signal'], 'info')
      const { sample = 16, signal } = options
      const [described, spread, points, size] = await Promise.all([
        describeCollection(transport, name, signal),
        readShardPlacement(transport, name, signal),
        countPoints(context, undefined, { signal }),
        sampleSize(collection, sample, { signal }),
      ])
      const { rows, payloadBytes } = size
      const estimate = costOf(described.config, { points, rows, payloadBytes })
      return { ...described, ...spread, points, version: version.text, size, estimate }
    },
    estimate: input => costOf(config, input),
  }
  return collection
}

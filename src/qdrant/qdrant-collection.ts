// A collection on a server, as an object: made or opened once, then used. Puts the parts of this folder together and
// holds what they share: the transport, the fields, the codec, the encoder and the scorer.

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
} from '../collection.js'
import { type Encoder, embedQuery } from '../encoder.js'
import { fieldsOf, selects } from '../fields.js'
import { type Codec, loadCodec } from '../kernel/codec.js'
import { createScorer, type Scorer } from '../scorer.js'
import type { Query, QueryOptions } from '../search-options.js'
import type { UpsertReport } from '../upsert-report.js'
import type { Server } from './address.js'
import { type RawPoint, readHit } from './answer.js'
import { createBody } from './body.js'
import { createRequest, parseConfig } from './config.js'
import type { CollectionConfig } from './config-types.js'
import {
  type Description,
  describeCollection,
  pathOf,
  type ServerConfig,
  type Spread,
  spreadOf,
} from './description.js'
import { describe, differences } from './difference.js'
import { type Estimate, type EstimateInput, estimateCollection } from './estimate.js'
import { askForVectors, countPoints, deletePoints, retrievePoints, scrollPoints } from './points.js'
import { type RerankOptions, rerankPoints } from './rerank.js'
import { writeSearch } from './search.js'
import { createTransport, type Transport, type TransportOptions } from './transport.js'
import { type UpsertOptions, upsertPoints } from './upsert.js'
import { parseVersion, type Version } from './version.js'

export interface OpenOptions extends TransportOptions {
  /** Embeds texts that stand where vectors are expected; left out, they are left to the server. */
  readonly encoder?: Encoder | undefined
  /** Scores candidates in `rerank`; left out, one is made when it is first needed. */
  readonly scorer?: Scorer | undefined
  /** Ends the call that opens or creates; what is done with the collection later has signals of its own. */
  readonly signal?: AbortSignal | undefined
}

export interface CreateOptions extends OpenOptions {
  /** What to do if the collection is there: left out, `fail`. `reuse` compares, `recreate` deletes it with its points. */
  readonly if_exists?: 'fail' | 'reuse' | 'recreate' | undefined
}

export interface CollectionInfo extends Description, Spread {
  readonly version: string
}

/** A collection of multi-vectors on a Qdrant server. */
export interface QdrantCollection extends ReadableCollection {
  readonly config: ServerConfig
  /** The server's version, `1.19.0`. */
  readonly version: string
  /** Sends points, checked, in batches. See UpsertOptions; throws UpsertError once something was sent. */
  upsert(points: Iterable<Point> | AsyncIterable<Point>, options?: UpsertOptions): Promise<UpsertReport>
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
  /** State, configuration, shards. */
  info(options?: Pick<ReadOptions, 'signal'>): Promise<CollectionInfo>
  /** What so many documents of so many rows cost here, in bytes. */
  estimate(input: EstimateInput): Estimate
  /** For `verify`: what the server's arithmetic depends on. */
  readonly server: { readonly transport: Transport; readonly version: Version }
}

async function versionOf(transport: Transport, signal: AbortSignal | undefined): Promise<Version> {
  const text = new TextDecoder().decode(await transport.send({ method: 'GET', path: '/', signal }))
  const found = /"version":\s*"([^"]+)"/.exec(text)
  if (found) return parseVersion(found[1]!)
  throw new TypeError(
    `"client" leads to a server that is no Qdrant: GET / answered ${JSON.stringify(text.slice(0, 100))}`,
  )
}

/**
 * Creates a collection for late interaction, with its payload indexes, and opens it.
 *
 * @throws TypeError or RangeError that names the place in `config`, before anything is sent
 * @throws RangeError if it is there and `reuse` finds another configuration, with every difference
 * @throws QdrantError if the server refuses
 */
export async function createCollection(
  client: Server,
  name: string,
  config: CollectionConfig,
  { if_exists = 'fail', ...options }: CreateOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  if (!['fail', 'reuse', 'recreate'].includes(if_exists)) {
    throw new RangeError(`"if_exists" expected fail, reuse or recreate, got ${String(if_exists)}`)
  }
  const { signal } = options
  const transport = createTransport(client, options)
  const version = await versionOf(transport, signal)
  const full = parseConfig(config, version)
  const path = pathOf(name)
  const describeIt = async () => (await describeCollection(transport, name, signal)).config
  const { exists } = await transport.ask<{ exists: boolean }>({
    method: 'GET',
    path: `${path}/exists`,
    signal,
  })
  if (exists && if_exists === 'reuse') {
    const found = await describeIt()
    const list = differences(full, found)
    if (list.length === 0) return handle(transport, name, found, version, options)
    throw new RangeError(
      `the collection "${name}" is there with another configuration: ${describe(list)}; ` +
        "choose another name, or if_exists: 'recreate', which deletes its points",
    )
  }
  if (exists && if_exists === 'recreate') await transport.ask({ method: 'DELETE', path, signal })
  await transport.ask({ method: 'PUT', path, body: JSON.stringify(createRequest(full)), signal })
  for (const [field_name, field_schema] of Object.entries(full.payload_indexes ?? {})) {
    await transport.ask({
      method: 'PUT',
      path: `${path}/index?wait=true`,
      body: JSON.stringify({ field_name, field_schema }),
      signal,
    })
  }
  return handle(transport, name, await describeIt(), version, options)
}

/**
 * Opens a collection that is there.
 *
 * @throws QdrantError with status 404 if it is not
 */
export async function openCollection(
  client: Server,
  name: string,
  options: OpenOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  const { signal } = options
  const transport = createTransport(client, options)
  const version = await versionOf(transport, signal)
  const { config } = await describeCollection(transport, name, signal)
  return handle(transport, name, config, version, options)
}

/**
 * Deletes a collection with its points, and returns whether there was one.
 *
 * @throws QdrantError if the server refuses
 */
export async function deleteCollection(
  client: Server,
  name: string,
  options: TransportOptions & Pick<OpenOptions, 'signal'> = {},
): Promise<boolean> {
  checkName(name)
  const transport = createTransport(client, options)
  return transport.ask<boolean>({ method: 'DELETE', path: pathOf(name), signal: options.signal })
}

function checkName(name: string): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= 255 && !/[/\\]/.test(name)) return
  throw new RangeError(`"name" expected 1 to 255 characters without slashes, got ${JSON.stringify(name)}`)
}

async function handle(
  transport: Transport,
  name: string,
  config: ServerConfig,
  version: Version,
  { encoder, scorer: given }: OpenOptions,
): Promise<QdrantCollection> {
  const codec: Codec = await loadCodec()
  const fields = fieldsOf(config.vectors, config.sparse_vectors)
  const context = { transport, name, codec, fields, encoder }
  const path = pathOf(name)
  let scorer: Promise<Scorer> | undefined = given && Promise.resolve(given)

  async function search(query: Query | undefined, options: QueryOptions = {}): Promise<Hit[]> {
    const { signal, onCost, with_vector, with_payload } = options
    const embedded = query === undefined ? undefined : ((await embedQuery(query, encoder)) as Query)
    const body = createBody(codec)
    writeSearch(body, embedded, options, fields)
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
    )
    const hits = points.map(point => readHit(point, selects(with_payload)))
    if (cost) onCost?.({ ...cost, seconds: (performance.now() - started) / 1000 })
    return hits
  }

  const collection: QdrantCollection = {
    name,
    config,
    version: version.text,
    server: { transport, version },
    upsert: (points, options) => upsertPoints(context, points, options),
    query: search,
    async queryBatch(queries, { signal, onCost } = {}) {
      if (queries.length === 0) return []
      const body = createBody(codec)
      body.text('{"searches":[')
      for (const [index, { query, ...options }] of queries.entries()) {
        if (index > 0) body.text(',')
        writeSearch(body, (await embedQuery(query, encoder)) as Query, options, fields)
      }
      body.text(']}')
      const answers = await askForVectors<{ points: RawPoint[] }[]>(
        context,
        { method: 'POST', path: `${path}/points/query/batch`, body: body.view(), signal, onCost },
        queries.some(({ with_vector }) => selects(with_vector)),
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
            scorer ??= createScorer()
            return scorer
          },
        },
        query,
        options,
      ),
    retrieve: (ids, options) => retrievePoints(context, ids, options),
    scroll: options => scrollPoints(context, options),
    delete: (which, { signal } = {}) => deletePoints(context, which, signal),
    count: (filter, { signal } = {}) => countPoints(context, filter, signal),
    async info({ signal } = {}) {
      const [described, spread] = await Promise.all([
        describeCollection(transport, name, signal),
        spreadOf(transport, name, signal),
      ])
      return { ...described, ...spread, version: version.text }
    },
    estimate: input => estimateCollection(config, input),
  }
  return collection
}

// A Qdrant server in memory, behind real HTTP on loopback: collections, points, queries that score every point, and an
// update queue. Tests plant faults with `intercept`: it sees each request and decides what becomes of it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A request that arrived. */
export interface FakeRequest {
  readonly method: string
  /** Path without the query string. */
  readonly path: string
  readonly query: string
  readonly headers: IncomingMessage['headers']
  /** The body, uncompressed. */
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of bodies that they sent
  readonly body: any
  /** Number of the request, from 0. */
  readonly index: number
}

/**
 * What becomes of a request. undefined: it is answered. `drop`: the connection is closed before anything is done; `lose`:
 * after it is done; `twice`: it is done twice, as behind a proxy that repeats it; `queue`: it is acknowledged and applied
 * later; an object or a function: that is the response.
 */
export type Fate =
  | 'drop'
  | 'lose'
  | 'twice'
  | 'queue'
  | { readonly status: number; readonly error?: string; readonly headers?: Record<string, string> }
  | ((response: ServerResponse, request: IncomingMessage) => void)
  | undefined

export interface FakePoint {
  readonly id: number | string
  readonly version: number
  readonly vector: Readonly<Record<string, readonly (readonly number[])[]>>
  readonly payload: Readonly<Record<string, unknown>>
}

export interface FakeCollection {
  // biome-ignore lint/suspicious/noExplicitAny: as it was sent
  readonly config: any
  readonly points: Map<string, FakePoint>
  readonly indexes: Record<string, unknown>
  /** Updates that were acknowledged and are not applied yet. */
  readonly queue: (() => void)[]
  operations: number
}

export interface FakeQdrant {
  readonly url: string
  readonly collections: Map<string, FakeCollection>
  readonly requests: FakeRequest[]
  /** Decides what becomes of a request. It may wait. */
  intercept: (request: FakeRequest) => Fate | Promise<Fate>
  /** Alters the result of a request, which it may change in place. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  alter: (request: FakeRequest, result: any) => void
  /** The next lengths of the update queue that are reported; after them, the length of the queue itself. */
  queueLengths: number[]
  /** Resolves when no connection has an unfinished request, and none arrived for 20 ms: after a call was cancelled. */
  idle(): Promise<void>
  /** Requests whose path ends so, in order. */
  requestsTo(method: string, pathEnd: string): FakeRequest[]
  close(): Promise<void>
}

/** The id that the server has in its cluster. */
export const PEER = 5_511_022_033_044_055

// biome-ignore lint/suspicious/noExplicitAny: JSON
type Json = any

interface Answer {
  readonly status: number
  readonly result?: Json
  readonly error?: string
}

const found = (result: Json): Answer => ({ status: 200, result })
const refused = (status: number, error: string): Answer => ({ status, error })

/** Starts a server on a free port. */
export async function startFakeQdrant(version = '1.19.0'): Promise<FakeQdrant> {
  const collections = new Map<string, FakeCollection>()
  const requests: FakeRequest[] = []
  let unfinished = 0
  let lastArrival = 0

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const text = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const { method = '', headers } = request
    const body = text === '' ? undefined : JSON.parse(text)
    const arrived = { method, path, query, headers, text, body, index: requests.length }
    requests.push(arrived)
    const fate = await fake.intercept(arrived)
    if (typeof fate === 'function') return fate(response, request)
    if (fate === 'drop') return void request.socket.destroy()
    if (typeof fate === 'object') {
      const refusal = JSON.stringify({ status: { error: fate.error ?? '' }, time: 0 })
      return void response.writeHead(fate.status, fate.headers).end(refusal)
    }
    const answer = answerTo(fake, version, arrived, fate === 'queue')
    if (answer.status === 200) fake.alter(arrived, answer.result)
    if (fate === 'twice') answerTo(fake, version, arrived, false)
    if (fate === 'lose') return void request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    if (path === '/') return void response.end(JSON.stringify(answer.result))
    const { result, error } = answer
    response.end(
      JSON.stringify(
        error === undefined ? { result, status: 'ok', time: 0.001 } : { status: { error }, time: 0 },
      ),
    )
  }

  // a request on a connection that the server closes meanwhile would fail
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    unfinished++
    lastArrival = performance.now()
    response.on('close', () => unfinished--)
    respond(request, response).catch(error => {
      // an aborted request has no reader
      if (!response.destroyed) response.writeHead(500).end(String(error?.stack ?? error))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const fake: FakeQdrant = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    collections,
    requests,
    intercept: () => undefined,
    alter: () => undefined,
    queueLengths: [],
    async idle() {
      while (unfinished > 0 || performance.now() - lastArrival < 20) {
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
    requestsTo: (method, pathEnd) =>
      requests.filter(request => request.method === method && request.path.endsWith(pathEnd)),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return fake
}

function answerTo(fake: FakeQdrant, version: string, request: FakeRequest, isQueued: boolean): Answer {
  const { method, path, body, query } = request
  if (path === '/') return found({ title: 'qdrant - vector search engine', version })
  if (path === '/telemetry') return found({ app: { system: { cpu_flags: 'avx' } } })
  const [, , encoded = '', ...rest] = path.split('/')
  const name = decodeURIComponent(encoded)
  const action = `${method} ${rest.join('/')}`
  const collection = fake.collections.get(name)
  if (action === 'GET exists') return found({ exists: collection !== undefined })
  if (action === 'PUT ') {
    if (collection) return refused(409, `Wrong input: Collection \`${name}\` already exists!`)
    fake.collections.set(name, { config: body, points: new Map(), indexes: {}, queue: [], operations: 0 })
    return found(true)
  }
  if (action === 'DELETE ') return found(fake.collections.delete(name))
  if (!collection) return refused(404, `Not found: Collection \`${name}\` doesn't exist!`)
  if (method === 'PUT' && rest[0] === 'vectors') {
    const vector = decodeURIComponent(rest[1]!)
    collection.config.vectors[vector] ??= { ...body.dense }
    return found({ operation_id: 0, status: 'completed' })
  }
  switch (action) {
    case 'GET ':
      return found(describe(fake, collection))
    case 'GET cluster':
      return found({ peer_id: PEER, local_shards: [{ shard_id: 0, state: 'Active' }], remote_shards: [] })
    case 'PATCH ':
      for (const [vector, settings] of Object.entries(body.vectors)) {
        Object.assign(collection.config.vectors[vector], settings)
      }
      return found(true)
    case 'PUT index':
      collection.indexes[body.field_name] = { data_type: body.field_schema }
      return found({ status: 'completed' })
    case 'PUT points':
      return update(collection, isQueued, query, () => putPoints(collection, body.points))
    case 'PUT points/vectors': {
      const unknown = body.points.find(({ id }: Json) => !collection.points.has(String(id)))
      const answer = update(collection, isQueued, query, () => putVectors(collection, body.points))
      const isReported = unknown && !query.includes('wait=false')
      return isReported ? refused(404, `Not found: No point with id ${unknown.id} found`) : answer
    }
    case 'POST points/delete':
      return update(collection, isQueued, query, () => deletePoints(collection, body))
    default:
      return read(collection, action, body)
  }
}

function describe(fake: FakeQdrant, { config, points, indexes, queue }: FakeCollection): Json {
  const { vectors, sparse_vectors, optimizers_config, wal_config, strict_mode_config, ...others } = config
  const length = fake.queueLengths.shift() ?? queue.length
  // each look at the queue lets the server get one update further
  queue.shift()?.()
  return {
    status: 'green',
    optimizer_status: 'ok',
    points_count: points.size,
    segments_count: 1,
    update_queue: { length },
    payload_schema: indexes,
    config: {
      params: { vectors, sparse_vectors, shard_number: 1, ...others },
      optimizer_config: optimizers_config,
      wal_config,
      strict_mode_config,
    },
  }
}

/** Applies an update, or puts it into the queue. Updates are applied in the order in which they arrive. */
function update(collection: FakeCollection, isQueued: boolean, query: string, apply: () => void): Answer {
  const isWaiting = !isQueued && !query.includes('wait=false')
  if (isWaiting) {
    for (const earlier of collection.queue.splice(0)) earlier()
    apply()
  } else {
    collection.queue.push(apply)
  }
  return found({ operation_id: 0, status: isWaiting ? 'completed' : 'acknowledged' })
}

function putPoints(collection: FakeCollection, points: readonly Json[]): void {
  const version = collection.operations++
  for (const { id, vector, payload } of points) {
    const stored = { id, version, vector: storedVectors(collection, vector), payload: payload ?? {} }
    collection.points.set(String(id), stored)
  }
}

function putVectors(collection: FakeCollection, points: readonly Json[]): void {
  const version = collection.operations++
  for (const { id, vector } of points) {
    const point = collection.points.get(String(id))
    if (!point) continue
    const changed = { ...point.vector, ...storedVectors(collection, vector) }
    collection.points.set(String(id), { ...point, version, vector: changed })
  }
}

function storedVectors(collection: FakeCollection, vector: Json): FakePoint['vector'] {
  const named: Json = Array.isArray(vector) ? { '': vector } : vector
  const vectors = Object.entries(named).map(([name, rows]): [string, Json] => [
    name,
    Array.isArray(rows)
      ? (Array.isArray(rows[0]) ? rows : [rows]).map((row: number[]) =>
          stored(row, configOf(collection, name)),
        )
      : rows,
  ])
  return Object.fromEntries(vectors)
}

const configOf = ({ config }: FakeCollection, name: string): Json =>
  name === '' ? config.vectors : config.vectors[name]

interface VectorSettings {
  readonly distance: string
  readonly datatype?: string
}

/** Rows of bytes are not divided by their lengths. */
function stored(row: readonly number[], { distance, datatype }: VectorSettings): number[] {
  const length = distance === 'Cosine' && datatype !== 'uint8' ? Math.hypot(...row) : 1
  return row.map(value => Math.fround(length === 0 ? value : value / length))
}

function deletePoints(collection: FakeCollection, { points, filter }: Json): void {
  collection.operations++
  if (points) for (const id of points) collection.points.delete(String(id))
  else for (const [key, point] of collection.points) if (matches(filter, point)) collection.points.delete(key)
}

function read(collection: FakeCollection, action: string, body: Json): Answer {
  const all = sorted(collection)
  const shown = (points: readonly Json[], request: Json) => points.map(point => view(point, request))
  switch (action) {
    case 'POST points':
      return found(
        shown(
          body.ids.flatMap((id: unknown) => collection.points.get(String(id)) ?? []),
          body,
        ),
      )
    case 'POST points/scroll': {
      const from = body.offset === undefined ? 0 : all.findIndex(({ id }) => id === body.offset)
      const rest = all.slice(from).filter(point => matches(body.filter, point))
      const next = rest[body.limit]?.id
      return found({
        points: shown(rest.slice(0, body.limit), body),
        ...(next !== undefined && { next_page_offset: next }),
      })
    }
    case 'POST points/count':
      return found({ count: all.filter(point => matches(body.filter, point)).length })
    case 'POST points/query':
      return found({ points: shown(search(collection, body), body) })
    case 'POST points/query/batch':
      return found(body.searches.map((each: Json) => ({ points: shown(search(collection, each), each) })))
    default:
      return refused(404, `the fake server has no ${action}`)
  }
}

/** Numbers before UUIDs, each in order, as the server has them. */
const sorted = ({ points }: FakeCollection): FakePoint[] =>
  [...points.values()].sort((a, b) =>
    typeof a.id === 'number' && typeof b.id === 'number'
      ? a.id - b.id
      : typeof a.id === 'number'
        ? -1
        : typeof b.id === 'number' || a.id > b.id
          ? 1
          : -1,
  )

function view({ score, ...point }: FakePoint & { readonly score?: number }, request: Json): Json {
  const select = (values: Json, selection: Json) =>
    Array.isArray(selection)
      ? Object.fromEntries(Object.entries(values).filter(([name]) => selection.includes(name)))
      : values
  const vector = select(point.vector, request.with_vector)
  return {
    id: point.id,
    version: point.version,
    ...(score !== undefined && { score }),
    ...(request.with_payload && { payload: select(point.payload, request.with_payload) }),
    ...(request.with_vector && { vector: '' in vector ? vector[''] : vector }),
  }
}

function matches(filter: Json, point: FakePoint): boolean {
  if (!filter) return true
  const list = (clause: Json) => (clause === undefined || clause === null ? [] : [clause].flat())
  const { must, should, must_not } = filter
  return (
    list(must).every((each: Json) => meets(each, point)) &&
    !list(must_not).some((each: Json) => meets(each, point)) &&
    (list(should).length === 0 || list(should).some((each: Json) => meets(each, point)))
  )
}

function meets(condition: Json, point: FakePoint): boolean {
  if (condition.has_vector !== undefined) return condition.has_vector in point.vector
  if (condition.has_id) return condition.has_id.includes(point.id)
  if (condition.key) return point.payload[condition.key] === condition.match.value
  return matches(condition, point)
}

function search(collection: FakeCollection, request: Json): (FakePoint & { score: number })[] {
  const { prefetch, query, using = '', filter, limit = 10, offset = 0, score_threshold } = request
  const stages =
    prefetch === undefined ? undefined : [prefetch].flat().map((each: Json) => search(collection, each))
  const pool = stages
    ? [...new Map(stages.flat().map((point): [unknown, FakePoint] => [point.id, point])).values()]
    : sorted(collection)
  const eligible = pool.filter(point => matches(filter, point))
  const scored = eligible.flatMap(point => {
    const score = scoreOf(collection, point, query, using, stages)
    return score === undefined ? [] : [{ ...point, score }]
  })
  const { distance } = (query?.fusion ? undefined : configOf(collection, using)) ?? {}
  const sign = distance === 'Euclid' || distance === 'Manhattan' ? -1 : 1
  scored.sort((a, b) => sign * (b.score - a.score))
  return scored
    .filter(({ score }) => score_threshold === undefined || sign * (score - score_threshold) >= 0)
    .slice(offset, offset + limit)
}

function scoreOf(
  collection: FakeCollection,
  point: FakePoint,
  query: Json,
  using: string,
  stages: (readonly FakePoint[])[] | undefined,
): number | undefined {
  if (query === undefined) return 0
  if (query.fusion) {
    const ranks = stages!.map(stage => stage.findIndex(({ id }) => id === point.id))
    return ranks.reduce((sum, rank) => sum + (rank < 0 ? 0 : 1 / (2 + rank)), 0)
  }
  const rows = point.vector[using]
  if (!rows) return undefined
  const config = configOf(collection, using)
  const given = query.nearest ?? query
  const queryRows = (Array.isArray(given[0]) ? given : [given]).map((row: number[]) => stored(row, config))
  const sum = queryRows.reduce((total: number, row: number[]) => {
    const similarities = rows.map(other => similarity(row, other, config))
    return total + similarities.reduce((best, next) => Math.max(best, next), Number.NEGATIVE_INFINITY)
  }, 0)
  // Euclid: the root of the sum of squared distances
  if (config.distance === 'Euclid') return Math.fround(Math.sqrt(-sum))
  return Math.fround(config.distance === 'Manhattan' ? -sum : sum)
}

function similarity(a: readonly number[], b: readonly number[], settings: VectorSettings): number {
  const { distance, datatype } = settings
  const product = () => a.reduce((sum, value, k) => sum + value * b[k]!, 0)
  switch (distance) {
    case 'Euclid':
      return -a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0)
    case 'Manhattan':
      return -a.reduce((sum, value, k) => sum + Math.abs(value - b[k]!), 0)
    case 'Cosine':
      return datatype === 'uint8' ? product() / (Math.hypot(...a) * Math.hypot(...b)) : product()
    default:
      return product()
  }
}

// A server that answers as Qdrant does, for commands and for the common cases of collections. Its collections are stores in memory, and it keeps
// every request.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exactJson, parseExactJson } from '../../src/base/exact-json.js'
import type { Point, PointId, StoredPoint, VectorInput } from '../../src/collection/collection.js'
import { createStore, type Store, type StoreVectorConfig } from '../../src/store/index.js'

export interface SentRequest {
  readonly method: string
  /** Without the query string. */
  readonly path: string
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of a request
  readonly body: any
  readonly apiKey: string | undefined
}

export interface FakeQdrant {
  readonly url: string
  readonly requests: SentRequest[]
  /** The paths of requests that the client gave up before they were answered. */
  readonly cancelled: string[]
  /** The store behind each collection. */
  readonly collections: Map<string, Store>
  /** Creates a collection with these points. */
  add(
    name: string,
    vectors: Readonly<Record<string, StoreVectorConfig>>,
    points: readonly Point[],
  ): Promise<void>
  /**
   * Changes the `result` of each response to a path that ends so. A function that returns a promise delays the response;
   * one that rejects leaves the request without a response.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of a response
  alter(pathEnd: string, change: ((result: any) => unknown) | undefined): void
  close(): Promise<void>
}

const VERSION = '1.19.0'

/** Starts the server on a free port. */
export async function startFakeQdrant(): Promise<FakeQdrant> {
  const collections = new Map<string, Store>()
  const requests: SentRequest[] = []
  const cancelled: string[] = []
  const changes = new Map<string, (result: unknown) => unknown>()
  const server = createServer(async (request, response) => {
    const sent = await readRequest(request)
    requests.push(sent)
    response.on('close', () => {
      if (!response.writableFinished) cancelled.push(sent.path)
    })
    const { status, result, ...plain } = await answerTo(sent, collections).catch(
      // names in other quotation marks, so that no test takes the message of the store for that of the adapter
      (error: Error): Answer => ({ status: 400, error: error.message.replaceAll('"', '`') }),
    )
    const change = [...changes].find(([end]) => sent.path.endsWith(end))?.[1]
    try {
      if (change && status === 200) await change(result)
    } catch {
      return
    }
    const body = sent.path === '/' ? plain : { result, status: status === 200 ? 'ok' : plain, time: 0.001 }
    response.writeHead(status, { 'content-type': 'application/json' }).end(exactJson(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cancelled,
    collections,
    async add(name, vectors, points) {
      const store = await createStore({ vectors })
      if (points.length > 0) await store.upsert(points)
      collections.set(name, store)
    },
    alter(pathEnd, change) {
      if (change) changes.set(pathEnd, change)
      else changes.delete(pathEnd)
    },
    async close() {
      for (const store of collections.values()) await store.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function readRequest(request: IncomingMessage): Promise<SentRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return {
    method: request.method ?? '',
    path: (request.url ?? '').replace(/\?.*/, ''),
    body: text === '' ? undefined : parseExactJson(text),
    apiKey: request.headers['api-key'] as string | undefined,
  }
}

type Answer = { readonly status: number; readonly result?: unknown; readonly [key: string]: unknown }

const ok = (result: unknown): Answer => ({ status: 200, result })

async function answerTo(sent: SentRequest, collections: Map<string, Store>): Promise<Answer> {
  const { method, path, body } = sent
  if (path === '/') return { status: 200, title: 'qdrant', version: VERSION }
  const [, name = '', action = ''] = /^\/collections\/([^/]+)(.*)$/.exec(path) ?? []
  if (method === 'GET' && action === '/exists') return ok({ exists: collections.has(name) })
  if (method === 'PUT' && action === '') {
    const { vectors, sparse_vectors } = body
    collections.set(name, await createStore({ vectors: storeVectors(vectors), sparse_vectors }))
    return ok(true)
  }
  const store = collections.get(name)
  if (!store) return { status: 404, error: `Not found: Collection \`${name}\` doesn't exist!` }
  switch (`${method} ${action}`) {
    case 'GET ':
      return ok(await description(store))
    case 'GET /cluster':
      return ok({ peer_id: 4211, local_shards: [{ shard_id: 0, state: 'Active' }], remote_shards: [] })
    case 'POST /points/count':
      return ok({ count: await store.count(body.filter) })
    case 'POST /points':
      return ok((await store.retrieve(body.ids, selectionIn(body))).map(asJson))
    case 'POST /points/scroll':
      return ok(await page(store, body))
    case 'POST /points/query': {
      const { query, shard_key: _, ...options } = body
      return ok({ points: (await store.query(query, options)).map(asJson) })
    }
    case 'POST /points/query/batch':
      return ok((await store.queryBatch(body.searches)).map(hits => ({ points: hits.map(asJson) })))
    case 'POST /points/query/groups': {
      const { query, ...options } = body
      const groups = await store.queryGroups(query, options)
      return ok({ groups: groups.map(({ hits, ...group }) => ({ ...group, hits: hits.map(asJson) })) })
    }
    case 'POST /points/delete':
      return updated(store.delete(whichIn(body)))
    case 'POST /points/payload':
      return updated(store.setPayload(whichIn(body), body.payload, { key: body.key }))
    case 'PUT /points/payload':
      return updated(store.overwritePayload(whichIn(body), body.payload))
    case 'POST /points/payload/delete':
      return updated(store.deletePayload(whichIn(body), body.keys))
    case 'POST /points/payload/clear':
      return updated(store.clearPayload(whichIn(body)))
    case 'POST /points/vectors/delete':
      return updated(store.deleteVectors(whichIn(body), body.vector))
    case 'PUT /points':
      await store.upsert(body.points)
      return ok({ operation_id: 1, status: 'completed' })
    case 'PUT /points/vectors':
      try {
        await store.updateVectors(body.points)
      } catch (error) {
        return { status: 404, error: String(error) }
      }
      return ok({ operation_id: 1, status: 'completed' })
    default:
      return { status: 405, error: `${method} ${path} is not known here` }
  }
}

const hasVector = (condition: object) => 'has_vector' in condition

const whichIn = ({ points, filter }: SentRequest['body']) => points ?? filter

/** A point that does not exist is an error that the server reports as 404. */
async function updated(change: Promise<unknown>): Promise<Answer> {
  try {
    await change
    return ok({ operation_id: 1, status: 'completed' })
  } catch (error) {
    const { message } = error as Error
    if (!message.includes('no point with')) throw error
    return { status: 404, error: message }
  }
}

/** The description of a collection, with the settings that a server reports. */
async function description(store: Store) {
  const vectors = Object.entries(store.config.vectors).map(([name, vector]) => {
    const { size, distance, multivector_config, datatype } = vector
    const multi = multivector_config ? { multivector_config, hnsw_config: { m: 0, payload_m: 0 } } : {}
    return [name, { size, distance, ...(datatype !== 'float32' && { datatype }), ...multi }]
  })
  const named = Object.fromEntries(vectors)
  return {
    status: 'green',
    optimizer_status: 'ok',
    points_count: await store.count(),
    segments_count: 1,
    indexed_vectors_count: 0,
    config: {
      params: {
        vectors: named[''] ?? named,
        sparse_vectors: store.config.sparse_vectors,
        shard_number: 1,
      },
    },
    payload_schema: {},
  }
}

type SentVector = StoreVectorConfig & { readonly hnsw_config?: unknown }

/** On a server, a vector without `multivector_config` has one row. */
const storeVector = ({
  hnsw_config: _,
  multivector_config = null,
  ...vector
}: SentVector): StoreVectorConfig => ({
  ...vector,
  multivector_config,
})

/** The vectors of a request as a store takes them. */
const storeVectors = (vectors: SentVector | Readonly<Record<string, SentVector>>) =>
  typeof vectors.size === 'number'
    ? storeVector(vectors as SentVector)
    : Object.fromEntries(Object.entries(vectors).map(([name, vector]) => [name, storeVector(vector)]))

const selectionIn = ({ with_payload, with_vector }: SentRequest['body']) => ({ with_payload, with_vector })

async function page(store: Store, body: SentRequest['body']) {
  const points: StoredPoint[] = []
  const { must = [], ...filter } = body.filter ?? {}
  // a store does not have this condition
  const [needed, others] = [must.filter(hasVector), must.filter((condition: object) => !hasVector(condition))]
  const read = { ...selectionIn(body), ...(needed.length > 0 && { with_vector: true }) }
  for await (const point of store.scroll({ ...read, filter: { ...filter, must: others } })) {
    const has = ({ has_vector }: { has_vector: string }) => has_vector in (point.vector as object)
    if (needed.every(has)) points.push(point)
  }
  const first = body.offset === undefined ? 0 : points.findIndex(({ id }) => id === body.offset)
  const next: PointId | undefined = points[first + body.limit]?.id
  return { points: points.slice(first, first + body.limit).map(asJson), next_page_offset: next ?? null }
}

/** A vector as JSON has it. */
function vectorJson(rows: VectorInput): unknown {
  if ('indices' in rows) return { indices: [...rows.indices], values: [...rows.values] }
  if (!('dim' in rows)) return Array.from(rows as Float32Array)
  const { data, dim } = rows
  return Array.from({ length: data.length / dim }, (_, row) => [...data.subarray(row * dim, (row + 1) * dim)])
}

/** A point with its vectors as lists of rows. */
function asJson(point: StoredPoint) {
  const { vector } = point
  if (!vector) return point
  if (isUnnamed(vector)) return { ...point, vector: vectorJson(vector) }
  return {
    ...point,
    vector: Object.fromEntries(Object.entries(vector).map(([name, rows]) => [name, vectorJson(rows)])),
  }
}

const isUnnamed = (vector: object): vector is VectorInput =>
  ArrayBuffer.isView(vector) || ('data' in vector && 'dim' in vector && typeof vector.dim === 'number')

// Creates, opens and deletes collections: reads the server's version, checks the configuration for that version, and
// compares it with the configuration of an existing collection.

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import { printable } from '../base/printable.js'
import { createRequest, parseConfig } from './config/check-config.js'
import { ConfigDifferenceError, differences } from './config/config-diff.js'
import type { CollectionConfig, ResolvedConfig } from './config/config-types.js'
import { describeCollection } from './config/reported-config.js'
import { isSince, parseVersion, type Version } from './config/version.js'
import {
  checkOpenOptions,
  collectionOn,
  OPEN_OPTIONS,
  type OpenOptions,
  type QdrantCollection,
} from './qdrant-collection.js'
import type { ServerConnection } from './server-connection.js'
import type { QdrantServer } from './wire/address.js'
import { collectionPath } from './wire/paths.js'
import { QdrantError } from './wire/qdrant-error.js'
import {
  createTransport,
  excerptOf,
  TRANSPORT_OPTIONS,
  type Transport,
  type TransportOptions,
} from './wire/transport.js'

/** Options of `createCollection`. */
export interface CreateOptions extends OpenOptions {
  /**
   * What to do if the collection exists. `fail`: reject. `reuse`: open it if its configuration is the same, otherwise
   * reject; payload indexes that it lacks are created. `recreate`: delete it with its points. Default: `fail`.
   */
  readonly ifExists?: 'fail' | 'reuse' | 'recreate' | undefined
}

/** Options of `deleteCollection`. */
export interface DeleteOptions extends TransportOptions {
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The first release with multi-vectors and the query API. */
const OLDEST_RELEASE = '1.10.0'

/**
 * Creates a collection for late interaction, with its payload indexes, and opens it.
 *
 * Late interaction's settings are filled in where the configuration leaves them out: a vector gets
 * `multivector_config: { comparator: 'max_sim' }` and `hnsw_config: { m: 0, payload_m: 0 }`. A dense vector beside it has
 * `multivector_config: null`.
 *
 * @param client a client of `@qdrant/js-client-rest`, or `{ url, apiKey }`
 * @throws TypeError or RangeError that names the wrong value in `config` or the options, before the collection is created
 * @throws RangeError if it exists and `reuse` finds another configuration; the message names every difference
 * @throws QdrantError if the server refuses; with status 409 if the collection exists
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'create-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot', on_disk: true } },
 *   payload_indexes: { language: 'keyword' },
 * })
 * await collection.upsert([
 *   { id: 1, vector: { colbert: [[1, 0], [0, 1]] }, payload: { language: 'en' } },
 *   { id: 2, vector: { colbert: [[0.5, 0]] }, payload: { language: 'de' } },
 * ])
 * const hits = await collection.query([[1, 0]], { limit: 1, with_payload: true })
 * hits[0].id // 1
 * hits[0].score // 1
 * hits[0].payload // { language: 'en' }
 * await deleteCollection(client, 'create-example')
 */
export async function createCollection(
  client: QdrantServer,
  name: string,
  config: CollectionConfig,
  options: CreateOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  checkKnownOptions(options, [...OPEN_OPTIONS, 'ifExists'], 'createCollection')
  const { ifExists = 'fail', signal } = options
  oneOf(ifExists, ['fail', 'reuse', 'recreate'], 'ifExists')
  checkOpenOptions(options)
  const server = await connectTo(client, options)
  const { transport } = server
  const resolved = parseConfig(config, server.version)
  const path = collectionPath(name)
  const { exists } = await transport.requestResult<{ exists: boolean }>(
    { method: 'GET', path: `${path}/exists`, signal },
    result => typeof result.exists === 'boolean',
  )
  if (exists && ifExists === 'reuse') return reuse(server, name, resolved, options)
  if (exists && ifExists === 'recreate') await transport.requestResult({ method: 'DELETE', path, signal })
  const body = JSON.stringify(createRequest(resolved))
  try {
    await transport.requestResult({ method: 'PUT', path, body, signal })
  } catch (error) {
    // the collection was created by an attempt whose answer was lost, or by another program at the same time
    const isOwn = error instanceof QdrantError && error.status === 409 && error.attempts > 1
    if (isOwn || (isConflict(error) && ifExists !== 'fail')) return reuse(server, name, resolved, options)
    throw error
  }
  await createIndexes(server, name, resolved.payload_indexes ?? {}, signal)
  const created = await describeCollection(transport, name, signal)
  return collectionOn(server, name, created.config, options)
}

const isConflict = (error: unknown) => error instanceof QdrantError && error.status === 409

async function createIndexes(
  { transport }: ServerConnection,
  name: string,
  indexes: NonNullable<ResolvedConfig['payload_indexes']>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const [field_name, field_schema] of Object.entries(indexes)) {
    const body = JSON.stringify({ field_name, field_schema })
    const path = `${collectionPath(name)}/index?wait=true`
    await transport.requestResult({ method: 'PUT', path, body, signal })
  }
}

/** Opens an existing collection if its configuration is the expected one. Creates payload indexes that it lacks. */
async function reuse(
  server: ServerConnection,
  name: string,
  expected: ResolvedConfig,
  options: OpenOptions,
): Promise<QdrantCollection> {
  const { config } = await describeCollection(server.transport, name, options.signal)
  const indexes = Object.entries(expected.payload_indexes ?? {})
  const missing = indexes.filter(([field]) => !Object.hasOwn(config.payload_indexes, field))
  const found = differences(expected, config)
  if (found.length > missing.length) throw new ConfigDifferenceError(name, found)
  if (missing.length === 0) return collectionOn(server, name, config, options)
  await createIndexes(server, name, Object.fromEntries(missing), options.signal)
  const completed = await describeCollection(server.transport, name, options.signal)
  return collectionOn(server, name, completed.config, options)
}

/**
 * Opens an existing collection.
 *
 * @param client a client of `@qdrant/js-client-rest`, or `{ url, apiKey }`
 * @throws TypeError or RangeError if the name or an option is wrong
 * @throws QdrantError if the server refuses; with status 404 if the collection does not exist
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection, openCollection } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * await createCollection(client, 'open-example', { vectors: { colbert: { size: 128, distance: 'Dot' } } })
 *
 * const collection = await openCollection(client, 'open-example')
 * collection.config.vectors.colbert.size // 128
 * await collection.count() // 0
 * await deleteCollection(client, 'open-example')
 */
export async function openCollection(
  client: QdrantServer,
  name: string,
  options: OpenOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  checkKnownOptions(options, OPEN_OPTIONS, 'openCollection')
  checkOpenOptions(options)
  const server = await connectTo(client, options)
  const { config } = await describeCollection(server.transport, name, options.signal)
  return collectionOn(server, name, config, options)
}

/**
 * Deletes a collection with its points.
 *
 * @param client a client of `@qdrant/js-client-rest`, or `{ url, apiKey }`
 * @returns whether the collection existed
 * @throws TypeError or RangeError if the name or an option is wrong
 * @throws QdrantError if the server refuses
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * await createCollection(client, 'delete-example', { vectors: { colbert: { size: 128, distance: 'Dot' } } })
 * await deleteCollection(client, 'delete-example') // true
 * await deleteCollection(client, 'delete-example') // false
 */
export async function deleteCollection(
  client: QdrantServer,
  name: string,
  options: DeleteOptions = {},
): Promise<boolean> {
  checkName(name)
  checkKnownOptions(options, [...TRANSPORT_OPTIONS, 'signal'], 'deleteCollection')
  const transport = createTransport(client, options)
  let isRepeated = false
  const onRetry = () => {
    isRepeated = true
  }
  const request = { method: 'DELETE', path: collectionPath(name), signal: options.signal, onRetry } as const
  // an attempt whose answer was lost may have deleted it
  return (await transport.requestResult<boolean>(request)) || isRepeated
}

/** Creates a transport and reads the server's version. */
export async function connectTo(client: QdrantServer, options: DeleteOptions): Promise<ServerConnection> {
  const transport = createTransport(client, options)
  return { transport, version: await readVersion(transport, options.signal) }
}

async function readVersion(transport: Transport, signal: AbortSignal | undefined): Promise<Version> {
  const bytes = await transport.send({ method: 'GET', path: '/', signal })
  const found = /^\{[^<]*"version":\s*"([^"]+)"/.exec(new TextDecoder().decode(bytes))
  if (!found) {
    throw new TypeError(
      `"client" points to a server that is not Qdrant: GET / answered ${excerptOf(bytes, transport.redact)}`,
    )
  }
  const version = parseVersion(printable(transport.redact(found[1]!)))
  if (isSince(version, OLDEST_RELEASE)) return version
  throw new RangeError(
    `"client" points to Qdrant ${version.text}, which has no multi-vectors; upgrade it to ${OLDEST_RELEASE} or later`,
  )
}

/** Characters that the server refuses in names, and names that would change the path of a request. */
const FORBIDDEN_NAME = /[<>:"/\\|?*\p{Cc}\p{Cs}]|^\.{1,2}$/u

/** @throws RangeError if the server would refuse the name of a collection or a vector */
export function checkName(name: string, path = 'name'): void {
  const isValid = typeof name === 'string' && name.length > 0 && name.length <= 255
  if (isValid && !FORBIDDEN_NAME.test(name)) return
  throw new RangeError(
    `"${path}" expected 1 to 255 characters other than < > : " / \\ | ? * and control characters, ` +
      `got ${JSON.stringify(name)}`,
  )
}

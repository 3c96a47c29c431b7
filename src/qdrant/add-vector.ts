// Adds a vector to a collection that exists, for points that get it later with `updateVectors`.

import { checkKnownOptions } from '../base/check-options.js'
import { sleep } from '../base/sleep.js'
import { parseConfig } from './config/check-config.js'
import { describeDifferences, vectorDifferences } from './config/config-diff.js'
import type { ServerConfig, ServerVectorConfig, VectorConfig } from './config/config-types.js'
import { type CollectionDescription, describeCollection } from './config/reported-config.js'
import { isSince, type Version } from './config/version.js'
import {
  checkOpenOptions,
  collectionOn,
  OPEN_OPTIONS,
  type OpenOptions,
  type QdrantCollection,
} from './qdrant-collection.js'
import { checkName, connectTo } from './setup.js'
import type { QdrantServer } from './wire/address.js'
import { collectionPath } from './wire/paths.js'
import type { Transport } from './wire/transport.js'

/** The first release that adds vectors to a collection. */
const OLDEST_RELEASE = '1.18.0'

/** Milliseconds for the optimizers to end, and between two looks at them. */
const PATIENCE = 60_000
const POLL = 100

/** Settings that the server takes when a vector is added. It takes the others in a second request. */
const FIXED = ['size', 'distance', 'multivector_config', 'datatype'] as const
const CHANGEABLE = ['hnsw_config', 'quantization_config', 'on_disk', 'memory'] as const

/**
 * Adds a vector to a collection that exists, and opens the collection. Points get the vector with `updateVectors`, and keep
 * their other vectors and payloads. Needs Qdrant 1.18.
 *
 * Settings are those of `createCollection`: without others, it is a multi-vector without a graph. If the collection has the
 * vector with these settings, it is only opened, so that the call can be repeated. A vector that was added with the client
 * and has the server's default graph gets the settings. The call waits up to a minute until no optimizer runs.
 *
 * @param client a client of `@qdrant/js-client-rest`, or `{ url, apiKey }`
 * @param name the name of the collection
 * @param vector the name of the vector
 * @throws TypeError or RangeError if a name, a setting or an option is wrong
 * @throws RangeError if optimizers still run, the server is older than 1.18, the collection's vector is unnamed, or the vector exists with other
 * settings; the message names every difference
 * @throws QdrantError if the server refuses; with status 404 if the collection does not exist
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { addVector, createCollection, deleteCollection } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const vectors = { dense: { size: 2, distance: 'Cosine', multivector_config: null } }
 * const dense = await createCollection(client, 'add-example', { vectors })
 * await dense.upsert([{ id: 1, vector: { dense: [1, 0] }, payload: { language: 'en' } }])
 *
 * const collection = await addVector(client, 'add-example', 'colbert', { size: 2, distance: 'Dot' })
 * await collection.updateVectors([{ id: 1, vector: { colbert: [[1, 0], [0, 1]] } }])
 * const hits = await collection.query([[1, 0]], { using: 'colbert', with_payload: true })
 * hits[0].score // 1
 * hits[0].payload // { language: 'en' }
 * await deleteCollection(client, 'add-example')
 */
export async function addVector(
  client: QdrantServer,
  name: string,
  vector: string,
  config: VectorConfig,
  options: OpenOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  checkName(vector, 'vector')
  checkKnownOptions(options, OPEN_OPTIONS, 'addVector')
  checkOpenOptions(options)
  const server = await connectTo(client, options)
  const { transport, version } = server
  const { signal } = options
  const wanted = parseConfig({ vectors: { [vector]: config } }, version).vectors[vector]!
  const before = await describeCollection(transport, name, signal)
  const isComplete = checkAddable(name, vector, wanted, before.config)
  if (isComplete) return collectionOn(server, name, before.config, options)
  checkVersion(version)
  const path = collectionPath(name)
  await waitUntilOptimized(transport, name, before, signal)
  if (!Object.hasOwn(before.config.vectors, vector)) {
    const body = JSON.stringify({ dense: settingsOf(wanted, FIXED) })
    const vectorPath = `${path}/vectors/${encodeURIComponent(vector)}?wait=true`
    await transport.requestResult({ method: 'PUT', path: vectorPath, body, signal })
  }
  const changed = settingsOf(wanted, CHANGEABLE)
  if (Object.keys(changed).length > 0) {
    const body = JSON.stringify({ vectors: { [vector]: changed } })
    await transport.requestResult({ method: 'PATCH', path, body, signal })
  }
  const after = await describeCollection(transport, name, signal)
  return collectionOn(server, name, after.config, options)
}

function checkVersion(version: Version): void {
  if (isSince(version, OLDEST_RELEASE)) return
  throw new RangeError(
    `a vector can be added from Qdrant ${OLDEST_RELEASE} on, this server is ${version.text}; upgrade it, or create another ` +
      'collection with the vector and copy the points',
  )
}

/**
 * Waits until no optimizer runs, in two states in a row. Qdrant 1.19 loses a vector that is added meanwhile in the segments
 * that are being optimized: later requests and optimizations of the collection fail.
 *
 * @param state the state that was read last
 * @throws RangeError if it takes too long
 */
async function waitUntilOptimized(
  transport: Transport,
  name: string,
  state: CollectionDescription,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + PATIENCE
  let { status } = state
  for (let idle = 0; ; ) {
    idle = status === 'yellow' ? 0 : idle + 1
    if (idle === 2) return
    if (performance.now() > deadline) {
      throw new RangeError(
        `the collection "${name}" is being optimized (status yellow), and cannot get a vector meanwhile; try again later`,
      )
    }
    await sleep(POLL, signal)
    status = (await describeCollection(transport, name, signal)).status
  }
}

/**
 * Checks that a collection can get the vector. Returns whether it has it already.
 *
 * @throws RangeError if it cannot
 */
function checkAddable(
  name: string,
  vector: string,
  wanted: ServerVectorConfig,
  { vectors, sparse_vectors }: ServerConfig,
): boolean {
  if (Object.hasOwn(vectors, '')) {
    throw new RangeError(
      `the collection "${name}" has an unnamed vector, beside which there can be no other; create another collection with ` +
        'names for both, and copy the points',
    )
  }
  if (sparse_vectors && Object.hasOwn(sparse_vectors, vector)) {
    throw new RangeError(`the collection "${name}" has a sparse vector "${vector}"; use another name`)
  }
  if (!Object.hasOwn(vectors, vector)) return false
  const found = vectors[vector]!
  const isNew = Object.keys(settingsOf(found, CHANGEABLE)).length === 0
  const differences = vectorDifferences({ [vector]: wanted }, { [vector]: found })
  const blocking = isNew
    ? vectorDifferences({ [vector]: settingsOf(wanted, FIXED) }, { [vector]: settingsOf(found, FIXED) })
    : differences
  if (blocking.length === 0) return differences.length === 0
  throw new RangeError(
    `the collection "${name}" has the vector with other settings: ${describeDifferences(blocking)}; use another name for ` +
      'the vector',
  )
}

/** The settings with these names that have a value. */
const settingsOf = (config: ServerVectorConfig, names: readonly (keyof ServerVectorConfig)[]) =>
  Object.fromEntries(
    names.flatMap(name => ((config[name] ?? undefined) === undefined ? [] : [[name, config[name]]])),
  ) as unknown as ServerVectorConfig

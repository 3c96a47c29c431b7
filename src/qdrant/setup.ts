// Collections made, opened and deleted: the server's version first, then the configuration, compared where a collection is
// there already.

import { createRequest, parseConfig } from './config/check-config.js'
import { describe, differences } from './config/config-diff.js'
import type { CollectionConfig } from './config/config-types.js'
import { describeCollection } from './config/reported-config.js'
import { isSince, parseVersion, type Version } from './config/version.js'
import { collectionOn, type OpenOptions, type QdrantCollection } from './qdrant-collection.js'
import type { QdrantServer } from './wire/address.js'
import { collectionPath } from './wire/paths.js'
import { createTransport, type Transport, type TransportOptions } from './wire/transport.js'

export interface CreateOptions extends OpenOptions {
  /** What to do if the collection is there: left out, `fail`. `reuse` compares, `recreate` deletes it with its points. */
  readonly ifExists?: 'fail' | 'reuse' | 'recreate' | undefined
}

/** The first release with multi-vectors and the query API. */
const OLDEST = '1.10.0'

async function versionOf(transport: Transport, signal: AbortSignal | undefined): Promise<Version> {
  const text = new TextDecoder().decode(await transport.send({ method: 'GET', path: '/', signal }))
  const found = /^\{[^<]*"version":\s*"([^"]+)"/.exec(text)
  if (found) {
    const version = parseVersion(found[1]!)
    if (isSince(version, OLDEST)) return version
    throw new RangeError(
      `"client" leads to Qdrant ${version.text}, which has no multi-vectors; upgrade it to ${OLDEST} or later`,
    )
  }
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
  client: QdrantServer,
  name: string,
  config: CollectionConfig,
  { ifExists = 'fail', ...options }: CreateOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  if (!['fail', 'reuse', 'recreate'].includes(ifExists)) {
    throw new RangeError(`"ifExists" expected fail, reuse or recreate, got ${String(ifExists)}`)
  }
  const { signal } = options
  const transport = createTransport(client, options)
  const version = await versionOf(transport, signal)
  const full = parseConfig(config, version)
  const path = collectionPath(name)
  const describeIt = async () => (await describeCollection(transport, name, signal)).config
  const { exists } = await transport.ask<{ exists: boolean }>(
    { method: 'GET', path: `${path}/exists`, signal },
    result => typeof result.exists === 'boolean',
  )
  if (exists && ifExists === 'reuse') {
    const found = await describeIt()
    const list = differences(full, found)
    if (list.length === 0) return collectionOn(transport, name, found, version, options)
    throw new RangeError(
      `the collection "${name}" is there with another configuration: ${describe(list)}; ` +
        "choose another name, or ifExists: 'recreate', which deletes its points",
    )
  }
  if (exists && ifExists === 'recreate') await transport.ask({ method: 'DELETE', path, signal })
  await transport.ask({ method: 'PUT', path, body: JSON.stringify(createRequest(full)), signal })
  for (const [field_name, field_schema] of Object.entries(full.payload_indexes ?? {})) {
    await transport.ask({
      method: 'PUT',
      path: `${path}/index?wait=true`,
      body: JSON.stringify({ field_name, field_schema }),
      signal,
    })
  }
  return collectionOn(transport, name, await describeIt(), version, options)
}

/**
 * Opens a collection that is there.
 *
 * @throws QdrantError with status 404 if it is not
 */
export async function openCollection(
  client: QdrantServer,
  name: string,
  options: OpenOptions = {},
): Promise<QdrantCollection> {
  checkName(name)
  const { signal } = options
  const transport = createTransport(client, options)
  const version = await versionOf(transport, signal)
  const { config } = await describeCollection(transport, name, signal)
  return collectionOn(transport, name, config, version, options)
}

/**
 * Deletes a collection with its points, and returns whether there was one.
 *
 * @throws QdrantError if the server refuses
 */
export async function deleteCollection(
  client: QdrantServer,
  name: string,
  options: TransportOptions & Pick<OpenOptions, 'signal'> = {},
): Promise<boolean> {
  checkName(name)
  const transport = createTransport(client, options)
  return transport.ask<boolean>({ method: 'DELETE', path: collectionPath(name), signal: options.signal })
}

/** What the server refuses in names, and what would make another path of one. */
const REFUSED = /[<>:"/\\|?*\p{Cc}\p{Cs}]|^\.{1,2}$/u

function checkName(name: string): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= 255 && !REFUSED.test(name)) return
  throw new RangeError(
    '"name" expected 1 to 255 characters other than < > : " / \\ | ? * and control characters, ' +
      `got ${JSON.stringify(name)}`,
  )
}

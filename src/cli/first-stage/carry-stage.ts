// Carries the first stage of a store with `maxsimd push` and `maxsimd pull`, and uses the one of a server in `search`.

import type { QdrantCollection } from '../../qdrant/index.js'
import { readFirstStage, writeFirstStage } from '../../stages/index.js'
import { stagedServerQuery } from '../../stages/stored/first-stage.js'
import { hasStageVector } from '../../stages/stored/stage-file.js'
import { pullFirstStage, pushFirstStage } from '../../transfer/index.js'
import { serverAddressOf } from '../connection.js'
import type { ConnectionOptions } from '../options.js'
import { storeFolder } from '../store-options.js'
import type { Terminal } from '../terminal.js'

type ServerOptions = Pick<ConnectionOptions, 'url' | 'apiKey' | 'timeout'>

/** Writes the first stage of a store beside its collection on the server. Returns false if the store does not have one. */
export async function pushStage(
  path: string,
  collection: string,
  options: ServerOptions,
  terminal: Terminal,
): Promise<boolean> {
  const bytes = await readFirstStage(await storeFolder(path))
  if (!bytes) return false
  const { server, limits } = serverAddressOf(options, terminal)
  await pushFirstStage(server, collection, bytes, limits)
  return true
}

/** Writes the first stage of a collection on the server beside a store, if the server has one. */
export async function pullStage(
  { name, config }: Pick<QdrantCollection, 'name' | 'config'>,
  path: string,
  options: ServerOptions,
  terminal: Terminal,
): Promise<void> {
  if (!hasStageVector(config.vectors)) return
  const { server, limits } = serverAddressOf(options, terminal)
  const bytes = await pullFirstStage(server, name, limits)
  if (bytes) await writeFirstStage(path, bytes)
}

/** The collection, whose queries begin with its first stage if the server has one. */
export async function withServerStage(
  collection: QdrantCollection,
  options: ServerOptions,
  terminal: Terminal,
): Promise<Pick<QdrantCollection, 'config' | 'query'>> {
  if (!hasStageVector(collection.config.vectors)) return collection
  const { server, limits } = serverAddressOf(options, terminal)
  const bytes = await pullFirstStage(server, collection.name, limits)
  if (!bytes) return collection
  return { config: collection.config, query: await stagedServerQuery(collection, bytes) }
}

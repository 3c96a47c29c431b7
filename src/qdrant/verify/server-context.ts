// What lies around a collection's scores: the server's version and CPU, on which its arithmetic depends, and its shards
// and their copies, on which its answers do. What a reader should know of them becomes a note.

import type { ReadableCollection } from '../../collection/collection.js'
import { readShardPlacement, type ShardPlacement } from '../config/reported-config.js'
import { isSince, type Version } from '../config/version.js'
import type { Transport } from '../wire/transport.js'
import type { Arithmetic } from './rounding-bound.js'

/** A collection that tells how it is reached is a server's. */
interface Served {
  readonly server: { readonly transport: Transport; readonly version: Version }
}

export const isServed = (collection: ReadableCollection): collection is ReadableCollection & Served =>
  'server' in collection

/** What the server's arithmetic depends on, as far as it tells. */
export async function serverNotes(
  collection: ReadableCollection,
  notes: string[],
  signal: AbortSignal | undefined,
): Promise<{ arithmetic: Arithmetic; spread: ShardPlacement | undefined }> {
  if (!isServed(collection)) return { arithmetic: { isArm: false, isOld: false }, spread: undefined }
  const { transport, version } = collection.server
  const isOld = !isSince(version, '1.19.0')
  let flags: string | undefined
  try {
    type Told = { app?: { system?: { cpu_flags?: string } } }
    const path = '/telemetry?details_level=1'
    flags = (await transport.ask<Told>({ method: 'GET', path, signal })).app?.system?.cpu_flags
  } catch (error) {
    signal?.throwIfAborted()
    notes.push(`the server does not tell its CPU (${(error as Error).message}); x86 is assumed`)
  }
  const spread = await readShardPlacement(transport, collection.name, signal)
  if (spread.active < spread.replicas) {
    notes.push(
      `${spread.replicas - spread.active} of ${spread.replicas} copies of shards are not active: hits come from the others`,
    )
  }
  if (spread.replicas > spread.shards) {
    notes.push(
      'shards have several copies: a copy that lags behind shows as a stale document or a missed point',
    )
  }
  if (spread.shards > 1) {
    notes.push(`${spread.shards} shards: a prefetch is rescored in each of them before they are merged`)
  }
  return { arithmetic: { isArm: flags?.includes('neon') ?? false, isOld }, spread }
}

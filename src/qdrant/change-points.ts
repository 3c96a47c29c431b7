// Changes and deletes stored points with small requests: sets and removes keys of payloads, and removes vectors.

import { exactJson } from '../base/exact-json.js'
import { checkSignal, parseWhich } from '../collection/call-options.js'
import type { Filter, Payload, PointId, ReadOptions } from '../collection/collection.js'
import { parsePaths } from '../collection/payload-path.js'
import {
  CHANGE_REMEDY,
  type ChangeOptions,
  changeText,
  checkChange,
  checkVectorNames,
  type SetPayloadOptions,
} from '../collection/point-changes.js'
import type { Fields } from '../collection/vector-fields.js'
import { type PointsContext, SHARD_OPTIONS, type ShardOptions } from './read-points.js'
import { collectionPath } from './wire/paths.js'
import { checkPayloadText } from './wire/serialize-point.js'

/** Ids per request. */
const CHANGED_IDS = 10_000

/** Options of a change of points on a server. */
export type ServerChangeOptions = ChangeOptions & ShardOptions

/** One change: a request for each list of ids, or for the filter. */
interface Change {
  readonly method: 'POST' | 'PUT'
  /** The end of the path, after the collection. */
  readonly path: string
  /** JSON members of the body beside those that select points, each with a comma before it. */
  readonly members: string
}

type Context = Pick<PointsContext, 'transport' | 'name'>

function changePoints(
  context: Context,
  which: readonly PointId[] | Filter,
  options: ServerChangeOptions,
  change: Change,
): Promise<void> {
  return requestChange(context, parseWhich(which, CHANGE_REMEDY), options, change)
}

async function requestChange(
  { transport, name }: Context,
  { ids, filter }: ReturnType<typeof parseWhich>,
  { wait = true, signal, shard_key }: ServerChangeOptions,
  { method, path, members }: Change,
): Promise<void> {
  const shard = shard_key === undefined ? '' : `,"shard_key":${exactJson(shard_key)}`
  const changeThose = (selector: string) =>
    transport.requestResult({
      method,
      path: `${collectionPath(name)}/points/${path}?wait=${wait}`,
      body: `{${selector}${members}${shard}}`,
      signal,
    })
  if (!ids) {
    await changeThose(`"filter":${exactJson(filter)}`)
    return
  }
  for (let first = 0; first < ids.length; first += CHANGED_IDS) {
    await changeThose(`"points":${exactJson(ids.slice(first, first + CHANGED_IDS))}`)
  }
}

/** The JSON member with a checked payload. */
function payloadMember(payload: Payload): string {
  const text = changeText(payload)
  checkPayloadText(text, payload, 'payload')
  return `,"payload":${text}`
}

/** Merges a payload into the payloads of points. See `QdrantCollection.setPayload`. */
export async function setServerPayload(
  context: PointsContext,
  which: readonly PointId[] | Filter,
  payload: Payload,
  options: SetPayloadOptions & ShardOptions = {},
): Promise<void> {
  checkChange(options, 'setPayload', ['key', 'shard_key'])
  const key = options.key === undefined ? '' : `,"key":${exactJson(options.key)}`
  const members = payloadMember(payload) + key
  return changePoints(context, which, options, { method: 'POST', path: 'payload', members })
}

/** Replaces the payloads of points. See `QdrantCollection.overwritePayload`. */
export async function overwriteServerPayload(
  context: PointsContext,
  which: readonly PointId[] | Filter,
  payload: Payload,
  options: ServerChangeOptions = {},
): Promise<void> {
  checkChange(options, 'overwritePayload', ['shard_key'])
  return changePoints(context, which, options, {
    method: 'PUT',
    path: 'payload',
    members: payloadMember(payload),
  })
}

/** Removes keys from the payloads of points. See `QdrantCollection.deletePayload`. */
export async function deleteServerPayload(
  context: PointsContext,
  which: readonly PointId[] | Filter,
  keys: readonly string[],
  options: ServerChangeOptions = {},
): Promise<void> {
  checkChange(options, 'deletePayload', ['shard_key'])
  parsePaths(keys, 'keys')
  const members = `,"keys":${exactJson(keys)}`
  return changePoints(context, which, options, { method: 'POST', path: 'payload/delete', members })
}

/** Removes the payloads of points. See `QdrantCollection.clearPayload`. */
export async function clearServerPayload(
  context: PointsContext,
  which: readonly PointId[] | Filter,
  options: ServerChangeOptions = {},
): Promise<void> {
  checkChange(options, 'clearPayload', ['shard_key'])
  return changePoints(context, which, options, { method: 'POST', path: 'payload/clear', members: '' })
}

/** Removes vectors of points. See `QdrantCollection.deleteVectors`. */
export async function deleteServerVectors(
  context: PointsContext & { readonly fields: Fields },
  which: readonly PointId[] | Filter,
  names: readonly string[],
  options: ServerChangeOptions = {},
): Promise<void> {
  checkChange(options, 'deleteVectors', ['shard_key'])
  checkVectorNames(names, context.fields)
  const members = `,"vector":${exactJson(names)}`
  return changePoints(context, which, options, { method: 'POST', path: 'vectors/delete', members })
}

/** Deletes the points with these ids, or those that match a filter. Returns when the deletion is applied. */
export async function deleteServerPoints(
  context: PointsContext,
  which: readonly PointId[] | Filter,
  options: Pick<ReadOptions, 'signal'> & ShardOptions = {},
): Promise<void> {
  checkSignal(options, 'delete', SHARD_OPTIONS)
  return requestChange(context, parseWhich(which), options, { method: 'POST', path: 'delete', members: '' })
}

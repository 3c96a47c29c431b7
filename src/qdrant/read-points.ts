// Reads and counts points: small requests with possibly large responses. Vectors are read through the codec.

import { exactJson } from '../base/exact-json.js'
import { checkRetrieve, checkScroll, checkSignal } from '../collection/call-options.js'
import type { Filter, PointId, ReadOptions, ScrollOptions, StoredPoint } from '../collection/collection.js'
import { parseIds } from '../collection/point-id.js'
import { selects } from '../collection/vector-fields.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import type { RequestLimits } from './config/request-limits.js'
import { isPointList, type PointList, type RawPoint, readStoredPoint } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import { QdrantError } from './wire/qdrant-error.js'
import { resultOf, type ServerRequest, type Transport } from './wire/transport.js'

export interface PointsContext {
  readonly transport: Transport
  /** Name of the collection. */
  readonly name: string
  readonly codec: Codec
  readonly limits: RequestLimits
}

/** Sends a request and returns the result, read by the codec if it may contain vectors. */
export async function requestPoints<T>(
  { transport, codec }: Pick<PointsContext, 'transport' | 'codec'>,
  request: ServerRequest,
  wantsVectors: boolean,
  isValid: (result: T) => boolean,
): Promise<T> {
  if (!wantsVectors) return transport.requestResult(request, isValid)
  const { redact } = transport
  return resultOf(await transport.send(request), { ...request, redact }, codec.readResponse, isValid)
}

/** A shard key, or several, of a collection with `sharding_method: 'custom'`. */
export type ShardKey = string | number | readonly (string | number)[]

/** The option of all calls that read or write points. */
export interface ShardOptions {
  /** Which shards are used, if the collection has `sharding_method: 'custom'`. Default: all. */
  readonly shard_key?: ShardKey | undefined
}

export const SHARD_OPTIONS = ['shard_key'] as const satisfies readonly (keyof ShardOptions)[]

/** Points per request without vectors. */
const PAGE_SIZE = 512
/** Points per request with vectors. */
const PAGE_SIZE_WITH_VECTORS = 32

export async function retrieveServerPoints(
  context: PointsContext,
  ids: readonly PointId[],
  options: ReadOptions & ShardOptions = {},
): Promise<StoredPoint[]> {
  checkRetrieve(options, SHARD_OPTIONS)
  const { with_payload = true, with_vector = false, shard_key, signal } = options
  const parsedIds = parseIds(ids, 'ids')
  const wantsVectors = selects(with_vector)
  const size = wantsVectors ? PAGE_SIZE_WITH_VECTORS : PAGE_SIZE
  const found: StoredPoint[] = []
  for (let first = 0; first < parsedIds.length; first += size) {
    const request = {
      method: 'POST',
      path: `${collectionPath(context.name)}/points`,
      body: exactJson({ ids: parsedIds.slice(first, first + size), with_payload, with_vector, shard_key }),
      signal,
    } as const
    const points = await requestPoints<RawPoint[]>(context, request, wantsVectors, Array.isArray)
    for (const point of points) found.push(readStoredPoint(point, selects(with_payload)))
  }
  return found
}

/** A page of a scroll. */
interface Page extends PointList {
  readonly next_page_offset?: PointId | null
}

export async function* scrollServerPoints(
  context: PointsContext,
  options: ScrollOptions & ShardOptions = {},
): AsyncGenerator<StoredPoint> {
  checkScroll(options, SHARD_OPTIONS)
  const { filter, with_payload = true, with_vector = false, shard_key, signal } = options
  const wantsVectors = selects(with_vector)
  const { batchPoints = wantsVectors ? PAGE_SIZE_WITH_VECTORS : PAGE_SIZE } = options
  const limit = Math.min(batchPoints, context.limits.query)
  let offset: PointId | undefined
  do {
    const request = {
      method: 'POST',
      path: `${collectionPath(context.name)}/points/scroll`,
      body: exactJson({ filter, limit, with_payload, with_vector, offset, shard_key }),
      signal,
    } as const
    const page: Page = await requestPoints<Page>(context, request, wantsVectors, isPointList)
    for (const point of page.points) yield readStoredPoint(point, selects(with_payload))
    offset = page.next_page_offset ?? undefined
  } while (offset !== undefined)
}

export async function countServerPoints(
  context: PointsContext,
  filter: Filter | undefined,
  options: Pick<ReadOptions, 'signal'> & ShardOptions = {},
): Promise<number> {
  checkSignal(options, 'count', SHARD_OPTIONS)
  const { transport, name } = context
  const request = {
    method: 'POST',
    path: `${collectionPath(name)}/points/count`,
    body: exactJson({ exact: true, filter, shard_key: options.shard_key }),
    signal: options.signal,
  } as const
  try {
    const isCount = (result: { count: number }) => typeof result.count === 'number'
    return (await transport.requestResult<{ count: number }>(request, isCount)).count
  } catch (error) {
    if (error instanceof QdrantError && /Exact search disabled/.test(error.reason ?? '')) {
      return countByReading(context, filter, options)
    }
    throw error
  }
}

/** Counts points by reading their ids, where strict mode allows estimates only. */
async function countByReading(
  context: PointsContext,
  filter: Filter | undefined,
  options: Pick<ReadOptions, 'signal'> & ShardOptions,
): Promise<number> {
  let count = 0
  for await (const _ of scrollServerPoints(context, { ...options, filter, with_payload: false })) count++
  return count
}

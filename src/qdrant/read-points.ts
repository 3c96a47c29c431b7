// Reading, counting and deleting points: small requests whose answers may be large. Vectors come through the codec.

import { checkRetrieve, checkScroll, checkSignal, parseWhich } from '../collection/call-options.js'
import type {
  Filter,
  Payload,
  PointId,
  ReadOptions,
  ScrollOptions,
  StoredPoint,
} from '../collection/collection.js'
import { parseIds } from '../collection/point-id.js'
import { selects } from '../collection/vector-fields.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import type { RequestLimits } from './config/request-limits.js'
import { checkSafe, decodeVectors, type RawPoint } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import { resultOf, type SentRequest, type Transport } from './wire/transport.js'

export interface PointsContext {
  readonly transport: Transport
  readonly name: string
  readonly codec: Codec
  readonly limits: RequestLimits
}

/** Sends and reads an answer that may hold vectors. */
export async function askForVectors<T>(
  { transport, codec }: Pick<PointsContext, 'transport' | 'codec'>,
  request: SentRequest,
  wantsVectors: boolean,
  isRight: (result: T) => boolean,
): Promise<T> {
  if (!wantsVectors) return transport.ask(request, isRight)
  return resultOf(await transport.send(request), request, codec.readResponse, isRight)
}

/** Whether an answer has points. */
export const hasPoints = ({ points }: { readonly points: readonly RawPoint[] }): boolean =>
  Array.isArray(points)

/** Ids asked for in one request. */
const MOST_IDS = 512
/** The same where their vectors come too. */
const MOST_VECTORS = 32

export async function retrievePoints(
  context: PointsContext,
  ids: readonly PointId[],
  options: ReadOptions = {},
): Promise<StoredPoint[]> {
  checkRetrieve(options)
  const { with_payload = true, with_vector = false, signal } = options
  const all = parseIds(ids, 'ids')
  const size = selects(with_vector) ? MOST_VECTORS : MOST_IDS
  const found: StoredPoint[] = []
  for (let first = 0; first < all.length; first += size) {
    const points = await askForVectors<RawPoint[]>(
      context,
      {
        method: 'POST',
        path: `${collectionPath(context.name)}/points`,
        body: JSON.stringify({ ids: all.slice(first, first + size), with_payload, with_vector }),
        signal,
      },
      selects(with_vector),
      Array.isArray,
    )
    for (const point of points) found.push(storedPoint(point, selects(with_payload)))
  }
  return found
}

interface Page {
  readonly points: RawPoint[]
  readonly next_page_offset?: PointId | null
}

export async function* scrollPoints(
  context: PointsContext,
  options: ScrollOptions = {},
): AsyncGenerator<StoredPoint> {
  checkScroll(options)
  const { filter, with_payload = true, with_vector = false, batchPoints, signal } = options
  const asked = batchPoints ?? (selects(with_vector) ? MOST_VECTORS : MOST_IDS)
  const limit = Math.min(asked, context.limits.query)
  let offset: PointId | null = null
  do {
    const page: Page = await askForVectors<Page>(
      context,
      {
        method: 'POST',
        path: `${collectionPath(context.name)}/points/scroll`,
        body: JSON.stringify({
          filter,
          limit,
          with_payload,
          with_vector,
          ...(offset !== null && { offset }),
        }),
        signal,
      },
      selects(with_vector),
      hasPoints,
    )
    for (const point of page.points) yield storedPoint(point, selects(with_payload))
    offset =
      page.next_page_offset === undefined || page.next_page_offset === null
        ? null
        : checkSafe(page.next_page_offset)
  } while (offset !== null)
}

function storedPoint(raw: RawPoint, wantsPayload: boolean): StoredPoint {
  const payload: Payload = raw.payload ?? {}
  return { id: checkSafe(raw.id), ...(wantsPayload && { payload }), ...decodeVectors(raw.vector) }
}

export async function countPoints(
  { transport, name }: PointsContext,
  filter: Filter | undefined,
  options: Pick<ReadOptions, 'signal'> = {},
): Promise<number> {
  checkSignal(options, 'count')
  const { signal } = options
  const { count } = await transport.ask<{ count: number }>(
    {
      method: 'POST',
      path: `${collectionPath(name)}/points/count`,
      body: JSON.stringify({ exact: true, filter }),
      signal,
    },
    result => typeof result.count === 'number',
  )
  return count
}

/** Deletes the points with these ids, or all that a filter lets through, and returns when they are gone. */
export async function deletePoints(
  { transport, name }: PointsContext,
  which: readonly PointId[] | Filter,
  options: Pick<ReadOptions, 'signal'> = {},
): Promise<void> {
  checkSignal(options, 'delete')
  const { signal } = options
  const { ids, filter } = parseWhich(which)
  const path = `${collectionPath(name)}/points/delete?wait=true`
  if (!ids) {
    await transport.ask({ method: 'POST', path, body: JSON.stringify({ filter }), signal })
    return
  }
  for (let first = 0; first < ids.length; first += 10_000) {
    const points = ids.slice(first, first + 10_000)
    await transport.ask({ method: 'POST', path, body: JSON.stringify({ points }), signal })
  }
}

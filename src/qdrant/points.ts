// Reading, counting and deleting points: small requests whose answers may be large. Vectors come through the codec.

import type { Filter, Payload, PointId, ReadOptions, ScrollOptions, StoredPoint } from '../collection.js'
import { selects } from '../fields.js'
import type { Codec } from '../kernel/codec.js'
import { kindOf } from '../kind.js'
import { parseIds } from '../point-id.js'
import { checkSafe, type RawPoint, readVectors } from './answer.js'
import { pathOf } from './description.js'
import { parsed, type SentRequest, type Transport } from './transport.js'

export interface PointsContext {
  readonly transport: Transport
  readonly name: string
  readonly codec: Codec
}

/** Sends and reads an answer that may hold vectors. */
export async function askForVectors<T>(
  { transport, codec }: Pick<PointsContext, 'transport' | 'codec'>,
  request: SentRequest,
  wantsVectors: boolean,
): Promise<T> {
  const bytes = await transport.send(request)
  if (!wantsVectors) return parsed<{ result: T }>(new TextDecoder().decode(bytes), request).result
  return (codec.readResponse(bytes) as { result: T }).result
}

/** Ids asked for in one request. */
const MOST_IDS = 512
/** The same where their vectors come too. */
const MOST_VECTORS = 32

export async function retrievePoints(
  context: PointsContext,
  ids: readonly PointId[],
  { with_payload = true, with_vector = false, signal }: ReadOptions = {},
): Promise<StoredPoint[]> {
  const all = parseIds(ids, 'ids')
  const size = selects(with_vector) ? MOST_VECTORS : MOST_IDS
  const found: StoredPoint[] = []
  for (let first = 0; first < all.length; first += size) {
    const points = await askForVectors<RawPoint[]>(
      context,
      {
        method: 'POST',
        path: `${pathOf(context.name)}/points`,
        body: JSON.stringify({ ids: all.slice(first, first + size), with_payload, with_vector }),
        signal,
      },
      selects(with_vector),
    )
    for (const point of points) found.push(storedPoint(point, selects(with_payload)))
  }
  return found
}

export async function* scrollPoints(
  context: PointsContext,
  { filter, with_payload = true, with_vector = false, batch, signal }: ScrollOptions = {},
): AsyncGenerator<StoredPoint> {
  const limit = batch ?? (selects(with_vector) ? MOST_VECTORS : MOST_IDS)
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`"batch" expected a whole number of at least 1, got ${String(limit)}`)
  }
  let offset: PointId | null = null
  do {
    const page: { points: RawPoint[]; next_page_offset?: PointId | null } = await askForVectors(
      context,
      {
        method: 'POST',
        path: `${pathOf(context.name)}/points/scroll`,
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
  return { id: checkSafe(raw.id), ...(wantsPayload && { payload }), ...readVectors(raw.vector) }
}

export async function countPoints(
  { transport, name }: PointsContext,
  filter: Filter | undefined,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { count } = await transport.ask<{ count: number }>({
    method: 'POST',
    path: `${pathOf(name)}/points/count`,
    body: JSON.stringify({ exact: true, filter }),
    signal,
  })
  return count
}

/** Deletes the points with these ids, or all that a filter lets through, and returns when they are gone. */
export async function deletePoints(
  { transport, name }: PointsContext,
  which: readonly PointId[] | Filter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = `${pathOf(name)}/points/delete?wait=true`
  if (!Array.isArray(which)) {
    if (typeof which !== 'object' || which === null || Object.keys(which).length === 0) {
      throw new TypeError(
        `"which" expected an array of ids or a filter with conditions, got ${kindOf(which)}`,
      )
    }
    await transport.ask({ method: 'POST', path, body: JSON.stringify({ filter: which }), signal })
    return
  }
  const ids = parseIds(which, 'ids')
  for (let first = 0; first < ids.length; first += 10_000) {
    const points = ids.slice(first, first + 10_000)
    await transport.ask({ method: 'POST', path, body: JSON.stringify({ points }), signal })
  }
}

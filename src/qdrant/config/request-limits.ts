// Limits on the size of a request that a collection's strict mode sets.

import type { ServerConfig } from './config-types.js'

/** Maximum number of points in one request. Infinity without a limit. */
export interface RequestLimits {
  /** Points in an upsert. */
  readonly upsert: number
  /** Results of a query or a scroll. */
  readonly query: number
  /** Ids in a filter. */
  readonly ids: number
}

/** Reads the limits from a collection's configuration. They apply only if strict mode is enabled. */
export function requestLimitsOf({
  strict_mode_config: strict,
}: Pick<ServerConfig, 'strict_mode_config'>): RequestLimits {
  const limitOr = (limit: number | null | undefined) => (strict?.enabled && limit) || Number.POSITIVE_INFINITY
  return {
    upsert: limitOr(strict?.upsert_max_batchsize),
    query: limitOr(strict?.max_query_limit),
    ids: limitOr(strict?.condition_max_size),
  }
}

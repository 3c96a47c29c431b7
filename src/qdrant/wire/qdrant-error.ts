// What a server answered, or that it did not. Keeps what a caller can act on; never a key, a header or a body.

/** A request that a Qdrant server refused, or that got no answer that can be used. */
export class QdrantError extends Error {
  override readonly name = 'QdrantError'
  /** The HTTP status; undefined if there was no answer. */
  readonly status: number | undefined
  /** The server's own words; undefined if there were none. */
  readonly reason: string | undefined
  readonly method: string
  readonly path: string
  /** How often the request was sent. */
  readonly attempts: number

  constructor(message: string, told: QdrantErrorParts) {
    super(message, told.cause === undefined ? undefined : { cause: told.cause })
    this.status = told.status
    this.reason = told.reason
    this.method = told.method
    this.path = told.path
    this.attempts = told.attempts
  }
}

export interface QdrantErrorParts {
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly method: string
  readonly path: string
  readonly attempts: number
  readonly cause?: unknown
}

/** The most of a server's words that an error repeats. */
const MOST_WORDS = 1000

/** The error text in an answer's body, or the beginning of a body that is none of Qdrant's. */
export function reasonIn(body: string): string {
  let reason = body.trim()
  try {
    const parsed = JSON.parse(body) as { status?: { error?: unknown } | string; error?: unknown }
    const told = typeof parsed.status === 'object' ? parsed.status?.error : parsed.error
    if (typeof told === 'string') reason = told
  } catch {
    // a proxy's page, or half an answer: its beginning says more than nothing
  }
  return reason.length > MOST_WORDS ? `${reason.slice(0, MOST_WORDS)} ...` : reason
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /InferenceService URL not configured/,
    'this server has no inference service; pass "encoder" to embed texts here',
  ],
  [
    /Conversion between sparse and regular vectors failed/,
    'the server took two rows of whole numbers for a sparse vector; send vectors as a multi-vector, not as raw JSON',
  ],
  [/larger than allowed/, 'lower "batchBytes", or raise service.max_request_size_mb on the server'],
  [
    /request larger than rate limiter capacity/,
    "one request costs more than the collection's read_rate_limit allows at all: shorten the query or raise the limit",
  ],
  [
    /global vector indexing is disabled/,
    'strict mode forbids a direct query of a field with m: 0; query over a "prefetch", or use rerank()',
  ],
]

/** What to do about an answer, as far as the words tell. */
export function remedyFor(status: number, reason: string): string {
  const found = REMEDIES.find(([pattern]) => pattern.test(reason))
  if (found) return `; ${found[1]}`
  if (status === 401 || status === 403) return '; check the API key that the client was made with'
  return ''
}

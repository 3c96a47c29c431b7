// What is worth another try, and when: which answers and which broken connections may pass, and how long to wait.

const LONGEST_PAUSE = 30_000
const FIRST_PAUSE = 100

const passing = new Set([408, 429, 502, 503, 504, 507])
/** A cluster says 500 while it chooses a leader or a peer is gone; a panic or a missing service stays what it is. */
const passingWords = /transport error|channel closed|timeout|timed out|consensus|unavailable|connection/i

/** Milliseconds to wait after an answer that may pass, undefined after one that stays. */
export function pauseAfter(response: Response, reason: string): number | undefined {
  const { status } = response
  if (/larger than rate limiter capacity/.test(reason)) return undefined
  if (!passing.has(status) && !(status === 500 && passingWords.test(reason))) return undefined
  const told = response.headers.get('retry-after')
  if (told === null) return status === 507 ? 1000 : 0
  const seconds = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(LONGEST_PAUSE, Math.max(0, 1000 * seconds)) : 0
}

/** The words behind `fetch failed`: node puts them into causes. */
export function networkReason(error: unknown): string {
  let words = String(error)
  for (let at = error; at instanceof Error; at = at.cause) {
    words = at.message
    if ('code' in at && typeof at.code === 'string') {
      return words.includes(at.code) ? words : `${at.code} ${words}`.trim()
    }
  }
  return words
}

/** A connection that was refused, closed or cut may come back; a name that is none and a bad certificate may not. */
export function isPassing(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') {
      return /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_(SOCKET|CONNECT|HEADERS|BODY|RES))/.test(
        at.code,
      )
    }
  }
  // a browser tells nothing but that it failed; node tells what was refused, such as a redirect
  return error instanceof TypeError && error.cause === undefined
}

/** Milliseconds before the next try: doubled each time, with jitter, so that those who failed together do not come back so. */
export function backoff(attempt: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
}

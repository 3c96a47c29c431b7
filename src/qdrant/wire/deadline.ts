// A time limit together with an AbortSignal, as one signal for `fetch`.

export interface Deadline {
  /** Aborted when the time is over or the outer signal is aborted. */
  readonly signal: AbortSignal
  /** Whether the time is over. */
  expired(): boolean
  /** Stops the timer. */
  clear(): void
}

/** Starts a time limit of `milliseconds`, which may be Infinity. */
export function startDeadline(milliseconds: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let isExpired = false
  const forward = () => controller.abort(outer?.reason)
  const timer = Number.isFinite(milliseconds)
    ? setTimeout(() => {
        isExpired = true
        controller.abort()
      }, milliseconds)
    : undefined
  outer?.addEventListener('abort', forward, { once: true })
  return {
    signal: controller.signal,
    expired: () => isExpired,
    clear() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', forward)
    },
  }
}

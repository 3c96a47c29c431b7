// A time limit together with an AbortSignal, as one signal for `fetch`.

export interface Deadline {
  /** Aborted when the time is over or the outer signal is aborted. */
  readonly signal: AbortSignal
  /** Whether the time is over. */
  expired(): boolean
  /** Stops the timer. */
  clear(): void
}

/**
 * Starts a time limit of `milliseconds`, which may be Infinity.
 *
 * @param isBackground whether the process may end before
 */
export function startDeadline(
  milliseconds: number,
  outer: AbortSignal | undefined,
  isBackground = false,
): Deadline {
  const controller = new AbortController()
  let isExpired = false
  const forward = () => controller.abort(outer?.reason)
  const timer = Number.isFinite(milliseconds)
    ? setTimeout(() => {
        isExpired = true
        controller.abort()
      }, milliseconds)
    : undefined
  if (isBackground) unrefTimer(timer)
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

/** Lets the process end before the timer does. Browsers have numbers in place of timers. */
export function unrefTimer(timer: unknown): void {
  const { unref } = Object(timer) as { unref?(): void }
  unref?.call(timer)
}

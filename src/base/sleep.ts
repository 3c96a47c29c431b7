// A timer that an AbortSignal can end.

/** Waits. Rejects with the signal's reason if the signal is aborted before or meanwhile. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/**
 * Returns a function to call before each piece of a long work, with its amount. After `most` of it, other work of the process
 * gets a turn. Rejects with the signal's reason then if the signal is aborted.
 */
export function createPauses(
  most: number,
  signal: AbortSignal | undefined,
): (amount: number) => Promise<void> {
  let done = 0
  return async amount => {
    if (done >= most) {
      await sleep(0, signal)
      done = 0
    }
    done += amount
  }
}

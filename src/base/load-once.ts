// Loading something once, when it is first needed.

/**
 * Returns a function that calls `load` the first time and returns the same promise every time. After a failure the next call
 * loads again, because the reason, such as a network that is down, may be gone.
 */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    if (loading) return loading
    const started = load()
    loading = started
    started.catch(() => {
      if (loading === started) loading = undefined
    })
    return started
  }
}

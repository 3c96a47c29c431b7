/** A signal that is aborted when it is looked at for the given time. */
export function abortedAt(look: number): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  let looks = 0
  signal.throwIfAborted = () => {
    if (++looks < look) return
    controller.abort(new Error('enough'))
    throw signal.reason
  }
  return signal
}

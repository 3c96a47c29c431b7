// An async mutex. The operations of a store run one at a time, in call order.

/** Runs an operation after all earlier ones have ended. Returns its result. */
export type Mutex = <T>(operation: () => Promise<T> | T) => Promise<T>

/** Creates a mutex. An operation that fails does not affect later ones. */
export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve()
  return operation => {
    const result = last.then(operation)
    last = result.catch(() => undefined)
    return result
  }
}

// One after another: what reads or changes a store waits for what was asked before it.

export type Mutex = <T>(run: () => Promise<T> | T) => Promise<T>

/** A queue of calls. A call that fails does not hold up the next one. */
export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve()
  return run => {
    const mine = last.then(run)
    last = mine.catch(() => undefined)
    return mine
  }
}

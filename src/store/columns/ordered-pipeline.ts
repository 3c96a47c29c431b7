// A pipeline of asynchronous operations that start ahead and are used in order, for example reads that continue while
// earlier ones are used.

/**
 * Starts items in order, at most `ahead` beyond the one in use, and calls `use` for each once it is done. Settles only
 * when no operation is running any more, also after an error.
 */
export async function runInOrder<T>(
  items: Iterable<T>,
  ahead: number,
  start: (item: T) => Promise<void>,
  use: (item: T) => void | Promise<void>,
): Promise<void> {
  const started: { readonly item: T; readonly done: Promise<void> }[] = []
  const useNext = async () => {
    const { item, done } = started.shift()!
    await done
    await use(item)
  }
  try {
    for (const item of items) {
      const done = start(item)
      // an error is thrown by useNext(); without this handler it would count as unhandled until then
      done.catch(() => undefined)
      started.push({ item, done })
      if (started.length > ahead) await useNext()
    }
    while (started.length > 0) await useNext()
  } finally {
    await Promise.allSettled(started.map(({ done }) => done))
  }
}

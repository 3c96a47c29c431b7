// Work that is started ahead and finished in order: reads that are under way while what was read before is used.

/**
 * Starts items one after another, at most `ahead` beyond the one that is used, and uses each when it is there. Returns,
 * or throws, when nothing is under way any more.
 */
export async function runInOrder<T>(
  items: Iterable<T>,
  ahead: number,
  start: (item: T) => Promise<void>,
  use: (item: T) => void | Promise<void>,
): Promise<void> {
  const started: { readonly item: T; readonly done: Promise<void> }[] = []
  const next = async () => {
    const { item, done } = started.shift()!
    await done
    await use(item)
  }
  try {
    for (const item of items) {
      const done = start(item)
      // whoever waits for it hears of its error
      done.catch(() => undefined)
      started.push({ item, done })
      if (started.length > ahead) await next()
    }
    while (started.length > 0) await next()
  } finally {
    await Promise.allSettled(started.map(({ done }) => done))
  }
}

// The meanings of a program without a terminal: the lines of its standard input.

import { createInterface } from 'node:readline'

/** Milliseconds without input after which the program says that it waits for it. */
const PATIENCE = 1_000

/**
 * Yields each line of `input` that is not empty, as soon as it arrives; the examples if there is none.
 *
 * @param notify called with a notice for the user if the input stays silent
 */
export async function* meaningsOf(
  input: NodeJS.ReadableStream,
  examples: readonly string[],
  notify = (notice: string): void => void process.stderr.write(`${notice}\n`),
): AsyncGenerator<string> {
  const notice = 'waiting for meanings on standard input, one on each line'
  const timer = setTimeout(() => notify(notice), PATIENCE)
  let isEmpty = true
  try {
    for await (const line of createInterface({ input })) {
      clearTimeout(timer)
      const meaning = line.trim()
      if (meaning === '') continue
      isEmpty = false
      yield meaning
    }
  } finally {
    clearTimeout(timer)
  }
  if (isEmpty) yield* examples
}

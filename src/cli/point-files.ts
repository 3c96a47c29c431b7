// Files that `pull` and `push` write points to.

import { createFile, jsonLines, type PointToWrite, writeNpz, writeText } from '../formats/index.js'
import { UsageError } from './terminal.js'

/** Writes points to a file and returns their number. */
export type PointWriter = (points: AsyncIterable<PointToWrite>) => Promise<number>

/**
 * The writer for the format that the name of the file ends in.
 *
 * @throws UsageError for other names
 */
export function pointWriter(file: string): PointWriter {
  if (/\.npz$/i.test(file)) return async points => writeNpz(points, await createFile(file))
  if (!/\.(?:jsonl|ndjson)$/i.test(file)) {
    throw new UsageError(`"--out" expected a .npz or .jsonl file, got "${file}"`)
  }
  return async points => {
    let count = 0
    const counting = countPoints(points, sum => {
      count = sum
    })
    await writeText(jsonLines(counting), await createFile(file))
    return count
  }
}

/** Yields the points; calls `onCount` with their number after each. */
export async function* countPoints<T>(
  points: AsyncIterable<T>,
  onCount: (count: number) => void,
): AsyncGenerator<T> {
  let count = 0
  for await (const point of points) {
    yield point
    onCount(++count)
  }
}

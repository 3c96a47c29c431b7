// Splits bytes into lines of text, wherever the pieces are cut.

import { concatBytes } from '../../base/concat-bytes.js'
import { formatError } from './byte-source.js'

/**
 * Bytes of the longest line. A document of 4,194,304 numbers fits. A longer line would fill the memory before its end.
 */
const MAX_LINE_BYTES = 1 << 27

/**
 * Yields lines without their line ends, numbered from 1. A byte order mark is dropped. `path` names the file in errors.
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let parts: Uint8Array[] = []
  let [length, line] = [0, 0]
  const add = (part: Uint8Array) => {
    parts.push(part)
    length += part.length
    if (length > MAX_LINE_BYTES) {
      throw formatError(
        path,
        `line ${line + 1} has more than ${MAX_LINE_BYTES} bytes; expected one document per line`,
      )
    }
  }
  const join = () => {
    line++
    const whole = concatBytes(parts)
    parts = []
    length = 0
    try {
      return { text: decoder.decode(whole).replace(/\r$/, ''), line }
    } catch (cause) {
      throw formatError(path, `line ${line} is not valid UTF-8`, cause)
    }
  }
  for await (const piece of pieces) {
    let start = 0
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      add(piece.subarray(start, end))
      yield join()
      start = end + 1
    }
    if (start < piece.length) add(piece.subarray(start))
  }
  if (length > 0) yield join()
}

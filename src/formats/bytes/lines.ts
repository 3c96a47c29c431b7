// Bytes to lines of text, however the pieces fall. A line has an end: a file that is one line without end is refused
// before it fills the memory.

import { concatBytes } from '../../base/concat-bytes.js'
import { formatError } from './byte-source.js'

/** The longest line, in bytes: a document of four million numbers has room. */
const LONGEST = 1 << 27

/** The lines without their ends, with their numbers from 1 on; a byte order mark is dropped. */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let parts: Uint8Array[] = []
  let [length, line] = [0, 0]
  const join = () => {
    line++
    const whole = concatBytes(parts)
    parts = []
    length = 0
    try {
      return { text: decoder.decode(whole).replace(/\r$/, ''), line }
    } catch (cause) {
      throw formatError(name, `line ${line} is no UTF-8 text`, cause)
    }
  }
  const add = (part: Uint8Array) => {
    parts.push(part)
    length += part.length
    if (length > LONGEST)
      throw formatError(
        name,
        `line ${line + 1} has more than ${LONGEST} bytes; a document a line is expected`,
      )
  }
  for await (const piece of pieces) {
    let from = 0
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      add(piece.subarray(from, at))
      yield join()
      from = at + 1
    }
    if (from < piece.length) add(piece.subarray(from))
  }
  if (length > 0) yield join()
}

// Errors of the kernel name documents by their index; here they get the ids of their points.

import type { PointId } from './collection.js'

/** A document in an error of the kernel: `"documents[2].data[0]"`, `"document.data[0]"` or `document 2`. */
const DOCUMENT = /"documents\[(\d+)\]([^"]*)"|"document((?:\.[^"]*)?)"|\bdocument (\d+)/g

/**
 * Calls `score`, and names points in its errors.
 *
 * @param idOf returns the id of a document; the index is 0 if there is one document
 * @throws what `score` throws, as an error of the same class whose message contains ids
 */
export function namingPoints<T>(idOf: (index: number) => PointId, score: () => T): T {
  try {
    return score()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const message = cause.message.replace(
      DOCUMENT,
      (_, index: string | undefined, part = '', only = '', other?: string) => {
        const path = `point ${idOf(Number(index ?? other ?? 0))}${part}${only}`
        return other === undefined ? `"${path}"` : path
      },
    )
    throw message === cause.message ? cause : new RangeError(message, { cause })
  }
}

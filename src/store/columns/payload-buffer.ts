// Collects the payloads of a batch as JSON in UTF-8, with their lengths and checksums.

import { payloadText } from '../../collection/check-point.js'
import type { Payload, PointId } from '../../collection/collection.js'
import { checksumOf } from '../../core/packed-documents.js'

/** Initial size. */
const MIN_CAPACITY = 65_536
/** Bytes of UTF-8 for one UTF-16 code unit are at most this many. */
const MAX_BYTES_PER_UNIT = 3

/** The payloads of a batch. */
export interface PayloadBuffer {
  /** Bytes of JSON. */
  readonly bytes: number
  /** JSON of each payload; undefined for points without one. */
  readonly texts: readonly (string | undefined)[]
  /**
   * Adds the payload of a point.
   *
   * @throws TypeError if it is not an object that JSON can represent; the buffer is unchanged
   */
  add(payload: Payload | null | undefined, id: PointId): void
  /** Returns two words per payload: bytes and checksum. */
  entries(): Uint32Array
  /** Returns all JSON, as a view that is valid until the next payload is added. */
  view(): Uint8Array
  clear(): void
}

/** Creates an empty buffer. */
export function createPayloadBuffer(): PayloadBuffer {
  const encoder = new TextEncoder()
  let texts: (string | undefined)[] = []
  let entries: number[] = []
  let json = new Uint8Array(MIN_CAPACITY)
  let used = 0

  function reserve(more: number): void {
    if (json.length - used >= more) return
    const grown = new Uint8Array(Math.max(2 * json.length, used + more))
    grown.set(json.subarray(0, used))
    json = grown
  }

  return {
    get bytes() {
      return used
    },
    get texts() {
      return texts
    },
    add(payload, id) {
      const text = payloadText(payload, `point ${id}.payload`)
      texts.push(text)
      if (text === undefined) {
        entries.push(0, 0)
        return
      }
      reserve(MAX_BYTES_PER_UNIT * text.length)
      const { written } = encoder.encodeInto(text, json.subarray(used))
      entries.push(written, checksumOf(json.subarray(used, used + written)))
      used += written
    },
    entries: () => Uint32Array.from(entries),
    view: () => json.subarray(0, used),
    clear() {
      texts = []
      entries = []
      used = 0
    },
  }
}

// Payloads of a store. Each segment has a file of JSON, from which payloads are read on demand. Filters need all
// payloads: for them parsed payloads are cached, within a budget. A payload that is returned to the caller is always
// parsed anew.

import { parseExactJson } from '../../base/exact-json.js'
import type { Payload } from '../../collection/collection.js'
import type { Segment } from './segment.js'

/** Bytes of payloads read at a time. */
const READ_BYTES = 4 * 1024 * 1024

/** Reads payloads from files. */
export interface PayloadFiles {
  /** Fills `target` with the bytes from `position` on. */
  readPayloads(segment: Segment, target: Uint8Array, position: number): Promise<void>
  /**
   * Parses a payload that matches its checksum. Otherwise the point is marked dead and undefined is returned, or
   * StoreDamageError is thrown if the store does not salvage.
   */
  parsePayload(segment: Segment, slot: number, bytes: Uint8Array): Payload | undefined
}

/** The payloads of all points. */
export interface PayloadColumn {
  /** Returns the payload of a point, `{}` if it has no payload; undefined if it is damaged. */
  read(segment: Segment, slot: number): Promise<Payload | undefined>
  /**
   * Returns the payloads of live slots, in ascending order, for filters. They may be cached: do not return them to
   * callers.
   */
  parsed(segment: Segment, slots: Uint32Array): Promise<readonly Payload[]>
}

const EMPTY: Payload = Object.freeze({})

/** Creates the payloads of these segments. `budget`: bytes of JSON whose parsed form may be cached. */
export function createPayloadColumn(
  budget: number,
  segments: ReadonlyMap<number, Segment>,
  files: PayloadFiles | undefined,
): PayloadColumn {
  function fitsCache(segment: Segment): boolean {
    let bytes = segment.payloadBytes
    for (const other of segments.values()) if (other.parsed) bytes += other.payloadBytes
    return bytes <= budget
  }

  return {
    async read(segment, slot) {
      let found: Payload | undefined
      await forEachPayload(segment, [slot], files, (_, payload) => {
        found = payload
      })
      return found
    },
    async parsed(segment, slots) {
      const known = segment.parsed as (Payload | undefined)[] | undefined
      const cache = known ?? (fitsCache(segment) ? [] : undefined)
      segment.parsed = cache
      const missing = cache ? slots.filter(slot => cache[slot] === undefined) : slots
      const bySlot = cache ?? []
      await forEachPayload(segment, missing, files, (slot, payload) => {
        bySlot[slot] = payload ?? EMPTY
      })
      // a loop takes a fraction of the time of Array.from
      const found: Payload[] = []
      for (let i = 0; i < slots.length; i++) found.push(bySlot[slots[i]!]!)
      return found
    },
  }
}

/** Calls `use` with the payload of each slot, undefined if it is damaged. Slots are in ascending order. */
async function forEachPayload(
  segment: Segment,
  slots: ArrayLike<number>,
  files: PayloadFiles | undefined,
  use: (slot: number, payload: Payload | undefined) => void,
): Promise<void> {
  const { texts, payloadOffsets, payloadEntries } = segment
  if (texts) {
    for (let i = 0; i < slots.length; i++) {
      const text = texts[slots[i]!]
      use(slots[i]!, text === undefined ? {} : (parseExactJson(text) as Payload))
    }
    return
  }
  const startOf = (i: number) => payloadOffsets[slots[i]!]!
  const endOf = (i: number) => startOf(i) + payloadEntries[2 * slots[i]!]!
  for (let first = 0; first < slots.length; ) {
    let end = first + 1
    while (end < slots.length && endOf(end) - startOf(first) <= READ_BYTES) end++
    const start = startOf(first)
    const bytes = new Uint8Array(endOf(end - 1) - start)
    if (bytes.length > 0) await files!.readPayloads(segment, bytes, start)
    for (; first < end; first++) {
      const slot = slots[first]!
      const json = bytes.subarray(startOf(first) - start, endOf(first) - start)
      use(slot, json.length === 0 ? {} : files!.parsePayload(segment, slot, json))
    }
  }
}

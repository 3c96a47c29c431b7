// Payloads: JSON in a file of each segment, read when they are asked for, a few bytes for each point; and parsed ones,
// kept for filters, which ask for all of them. What is given out is always parsed afresh: it is the caller's.

import type { Payload, Selection } from '../../collection/collection.js'
import type { Segment } from './segment.js'

/** Payload bytes read at a time. */
const CHUNK = 4 * 1024 * 1024

/** What payloads are read from. */
export interface PayloadFiles {
  readPayloads(segment: Segment, target: Uint8Array, position: number): Promise<void>
  /** False if a payload is not what was written, and the point is dead then; or throws. */
  checkPayload(segment: Segment, slot: number, bytes: Uint8Array): boolean
}

export interface PayloadColumn {
  /** The payload of one point, `{}` where there is none; undefined if it is damaged. */
  read(segment: Segment, slot: number): Promise<Payload | undefined>
  /** The payloads of live slots, rising, for filters: not to be given out. */
  parsed(segment: Segment, slots: Uint32Array): Promise<readonly Payload[]>
}

const NONE: Payload = Object.freeze({})

/** `budget`: bytes of JSON whose parsed form may be kept. */
export function createPayloadColumn(
  budget: number,
  segments: ReadonlyMap<number, Segment>,
  files: PayloadFiles | undefined,
): PayloadColumn {
  const decoder = new TextDecoder()

  function mayKeep(segment: Segment): boolean {
    let kept = segment.payloadBytes
    for (const other of segments.values()) if (other.parsed) kept += other.payloadBytes
    return kept <= budget
  }

  function parse(segment: Segment, slot: number, bytes: Uint8Array): Payload | undefined {
    const length = segment.payloadEntries[2 * slot]!
    if (length === 0) return {}
    return files!.checkPayload(segment, slot, bytes)
      ? (JSON.parse(decoder.decode(bytes)) as Payload)
      : undefined
  }

  /** The payloads of slots that are not far from each other, in chunks. */
  async function readAll(
    segment: Segment,
    slots: ArrayLike<number>,
    use: (slot: number, payload: Payload | undefined) => void,
  ): Promise<void> {
    if (segment.texts) {
      for (let i = 0; i < slots.length; i++) {
        const text = segment.texts[slots[i]!]
        use(slots[i]!, text === undefined ? {} : (JSON.parse(text) as Payload))
      }
      return
    }
    const startOf = (i: number) => segment.payloadOffsets[slots[i]!]!
    const endOf = (i: number) => startOf(i) + segment.payloadEntries[2 * slots[i]!]!
    for (let first = 0; first < slots.length; ) {
      let end = first + 1
      while (end < slots.length && endOf(end) - startOf(first) <= CHUNK) end++
      const start = startOf(first)
      const bytes = new Uint8Array(endOf(end - 1) - start)
      if (bytes.length > 0) await files!.readPayloads(segment, bytes, start)
      for (; first < end; first++) {
        use(
          slots[first]!,
          parse(segment, slots[first]!, bytes.subarray(startOf(first) - start, endOf(first) - start)),
        )
      }
    }
  }

  return {
    async read(segment, slot) {
      let found: Payload | undefined
      await readAll(segment, [slot], (_, payload) => {
        found = payload
      })
      return found
    },
    async parsed(segment, slots) {
      const known = segment.parsed as (Payload | undefined)[] | undefined
      const all = known ?? (mayKeep(segment) ? [] : undefined)
      segment.parsed = all
      const lacking = all ? slots.filter(slot => all[slot] === undefined) : slots
      const fresh = all ?? []
      await readAll(segment, lacking, (slot, payload) => {
        fresh[slot] = payload ?? NONE
      })
      // a loop takes a fraction of what Array.from does
      const found: Payload[] = []
      for (let i = 0; i < slots.length; i++) found.push(fresh[slots[i]!]!)
      return found
    },
  }
}

/** The parts of a payload that a selection names, by their paths. */
export function partsOf(payload: Payload, selection: Selection): Payload {
  if (!Array.isArray(selection)) return payload
  const parts: Record<string, unknown> = {}
  for (const path of selection as readonly string[]) copyPart(payload, parts, path.split('.'))
  return parts
}

function copyPart(from: Payload, to: Record<string, unknown>, [name, ...rest]: readonly string[]): void {
  if (name === undefined || !Object.hasOwn(from, name)) return
  const value = from[name]
  if (rest.length === 0) to[name] = value
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const inner = Object.hasOwn(to, name) ? (to[name] as Record<string, unknown>) : {}
    to[name] = inner
    copyPart(value as Payload, inner, rest)
  }
}

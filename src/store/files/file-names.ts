// The names of a store's files. Those of a segment begin with its number; numbers are not used again.

const padded = (segment: number) => String(segment).padStart(6, '0')

export const logName = (segment: number) => `${padded(segment)}.log`
export const payloadsName = (segment: number) => `${padded(segment)}.payloads`
export const rowsName = (segment: number, f: number) => `${padded(segment)}.${f}.rows`

/** The segment that a file belongs to; undefined for another file. */
export function segmentOf(name: string): number | undefined {
  const found = /^(\d{6,})\.(?:log|payloads|\d+\.rows)$/.exec(name)
  return found ? Number(found[1]) : undefined
}

/** What a store may leave in its folder beside its segments. */
export const isOwn = (name: string): boolean =>
  segmentOf(name) !== undefined || /^(?:manifest|manifest\.copy)(?:\.new)?$|^lock(?:\.|$)/.test(name)

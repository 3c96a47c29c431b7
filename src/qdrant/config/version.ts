// Which release a server is, and whether it is at least another.

export interface Version {
  /** As the server says it: `1.19.0`. */
  readonly text: string
  readonly numbers: readonly number[]
}

/** A release after all others. */
export const NEWEST: Version = { text: 'the newest', numbers: [Number.POSITIVE_INFINITY, 0, 0] }

/** Reads `1.19.0`, also with something behind it. What is no version is taken for the newest: nothing is refused then. */
export function parseVersion(text: string): Version {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)
  return { text, numbers: found ? found.slice(1).map(Number) : NEWEST.numbers }
}

export function isSince(version: Version, release: string): boolean {
  const other = parseVersion(release).numbers
  for (let i = 0; i < other.length; i++) {
    const difference = (version.numbers[i] ?? 0) - other[i]!
    if (difference !== 0) return difference > 0
  }
  return true
}

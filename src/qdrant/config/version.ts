// Versions of Qdrant and their comparison.

export interface Version {
  /** As the server reports it: `1.19.0`. */
  readonly text: string
  /** Major, minor and patch. */
  readonly numbers: readonly number[]
}

/** A version after all others. */
export const NEWEST: Version = { text: 'the newest', numbers: [Number.POSITIVE_INFINITY, 0, 0] }

/** Parses `1.19.0` and `1.19.0-dev`. Any other text counts as the newest version, so that no setting is refused. */
export function parseVersion(text: string): Version {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)
  return { text, numbers: found ? found.slice(1).map(Number) : NEWEST.numbers }
}

/** Whether a version is `release` or later. */
export function isSince(version: Version, release: string): boolean {
  const other = parseVersion(release).numbers
  for (let i = 0; i < other.length; i++) {
    const difference = (version.numbers[i] ?? 0) - other[i]!
    if (difference !== 0) return difference > 0
  }
  return true
}

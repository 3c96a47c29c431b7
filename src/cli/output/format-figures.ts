// Numbers with separators, nouns and units.

export const formatWhole = (value: number) => Math.round(value).toLocaleString('en')

/** For example `1 query` and `1,200 queries`. */
export function formatCount(value: number, noun: string, plural = `${noun}s`): string {
  return `${formatWhole(value)} ${value === 1 ? noun : plural}`
}

/** Decimal units, for example `1.5 MB`. */
export function formatBytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const unit = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${(value / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`
}

/** Two significant digits, without an exponent if possible. */
export const formatBrief = (value: number) => String(Number(value.toPrecision(2)))

/** Seconds since a time of `performance.now()`, with one decimal. */
export const secondsSince = (started: number): string => ((performance.now() - started) / 1000).toFixed(1)

/** What an update of an index found, for example `1 new file, 0 changed, 2 unchanged, 0 removed`. */
export const formatFiles = ({
  added,
  changed,
  unchanged,
  removed,
}: Readonly<Record<'added' | 'changed' | 'unchanged' | 'removed', number>>): string =>
  `${formatCount(added, 'new file')}, ${changed} changed, ${unchanged} unchanged, ${removed} removed`

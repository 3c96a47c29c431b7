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

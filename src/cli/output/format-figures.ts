// Figures as people read them.

export const formatWhole = (value: number) => Math.round(value).toLocaleString('en')
export const formatCount = (value: number, noun: string) =>
  `${formatWhole(value)} ${noun}${value === 1 ? '' : 's'}`

export function formatBytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const unit = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${(value / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`
}

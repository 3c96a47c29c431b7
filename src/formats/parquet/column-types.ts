// The text of Parquet's decimals, dates and times, with all their digits.

/** The unit of a time or a timestamp. */
export type Unit = 'MILLIS' | 'MICROS' | 'NANOS'

const DIGITS: Readonly<Record<Unit, number>> = { MILLIS: 3, MICROS: 6, NANOS: 9 }
const DAY_MILLISECONDS = 86_400_000
/** A decimal of up to 15 digits is the same after a conversion to f64 and back. */
const EXACT_DIGITS = 15

/** The signed integer in bytes, highest first. */
export function unscaledOf(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = value * 256n + BigInt(byte)
  return BigInt.asIntN(8 * bytes.length, value)
}

/** The decimal `unscaled / 10^scale`: a number of up to 15 digits, or a text. */
export function decimalValue(unscaled: bigint, scale: number): number | string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const text = sign + whole + (scale > 0 ? `.${digits.slice(-scale)}` : '')
  return digits.replace(/^0+/, '').length <= EXACT_DIGITS ? Number(text) : text
}

/** The date as `2024-02-29`; the number of days as text if it is too far away for a Date. */
export function dateText(days: number): string {
  const date = new Date(days * DAY_MILLISECONDS)
  return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().replace(/T.*/, '')
}

/** The time of day as `12:30:00.000001`. */
export function timeText(value: bigint, unit: Unit): string {
  const { seconds, fraction } = split(value, unit)
  const text = new Date(Number(seconds) * 1000).toISOString()
  // a time beyond a day is not a time
  return seconds < 0n || seconds >= 86_400n ? String(value) : text.slice(11, 19) + fraction
}

/** The timestamp as `2024-02-29T12:30:00.000001Z`, without Z if it is not in UTC. See `dateText`. */
export function timestampText(value: bigint, unit: Unit, isUtc: boolean): string {
  const { seconds, fraction } = split(value, unit)
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime())) return String(value)
  return date.toISOString().replace(/\.000Z$/, '') + fraction + (isUtc ? 'Z' : '')
}

/** Whole seconds, and the fraction as text: 3, 6 or 9 digits, as few as are exact. */
function split(value: bigint, unit: Unit): { readonly seconds: bigint; readonly fraction: string } {
  const digits = DIGITS[unit]
  const base = 10n ** BigInt(digits)
  const rest = ((value % base) + base) % base
  const text = String(rest).padStart(digits, '0')
  return {
    seconds: (value - rest) / base,
    fraction: `.${text.replace(/(?<=^.{3})(?:000)+$|(?<=^.{6})000$/, '')}`,
  }
}

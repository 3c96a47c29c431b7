// Points in time as Qdrant reads them in payloads and ranges: RFC 3339, and what its server takes beside it (a space for
// the T, an offset without a colon or none, which means UTC; no seconds; a date alone). To the nanosecond, as the server
// compares them. Source: DateTimePayloadType::from_str in lib/segment/src/types.rs.

/** Seconds since 1970 UTC, and the nanoseconds after them; a leap second has a billion more. */
export interface Timestamp {
  readonly seconds: number
  readonly nanoseconds: number
}

const DATE = /\s*([+-]\d{1,6}|\d{1,4})\s*-\s*(\d{1,2})\s*-\s*(\d{1,2})/
const TIME = /(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2})(?:\.(\d+))?)?/
const ZONE = /\s*(Z|UTC|([+\u2212-])(\d{2})(?:\s*:?\s*(\d{2}))?)/
const FORM = new RegExp(`^${DATE.source}(?:(T\\s*|\\s+)${TIME.source}(?:${ZONE.source})?)?$`, 'i')

/** The moment that a text names, or undefined. */
export const parseTimestamp = (text: string): Timestamp | undefined => parseUsual(text) ?? parseAny(text)

/**
 * What nearly all texts look like: `2014-01-01T00:00:00`, perhaps a fraction, then Z or an offset. Read sign by sign, it takes
 * a tenth of the time that expressions take.
 */
function parseUsual(text: string): Timestamp | undefined {
  const isForm =
    text.length >= 20 &&
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === LETTER_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  if (!isForm) return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  // the last days of a month and leap seconds are left to the other
  const isTime = hour < 24 && minute < 60 && second < 60
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && isTime)) return undefined
  let at = 19
  let nanoseconds = 0
  if (text.charCodeAt(at) === DOT) {
    const first = ++at
    while (at < text.length && isDigit(text.charCodeAt(at))) at++
    if (at === first || at > first + 9) return undefined
    nanoseconds = digits(text, first, at - first)
    for (let place = at - first; place < 9; place++) nanoseconds *= 10
  }
  const offset = offsetAt(text, at)
  if (offset === undefined) return undefined
  // days of the Gregorian calendar, whose years begin in March here
  const years = month < 3 ? year - 1 : year
  const months = month < 3 ? month + 9 : month - 3
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  const days = 365 * years + leaps + Math.floor((153 * months + 2) / 5) + day - 719_469
  return { seconds: days * 86_400 + hour * 3600 + (minute - offset) * 60 + second, nanoseconds }
}

const [DASH, DOT, COLON, LETTER_T, LETTER_Z, PLUS] = [45, 46, 58, 84, 90, 43]

const isDigit = (code: number) => code >= 48 && code <= 57

/** The number that so many digits are; NaN if they are none. */
function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const code = text.charCodeAt(at)
    value = isDigit(code) ? 10 * value + code - 48 : Number.NaN
  }
  return value
}

/** Minutes of `Z` or `+02:00` at the end of a text. */
function offsetAt(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  if (sign === LETTER_Z) return text.length === at + 1 ? 0 : undefined
  if ((sign !== PLUS && sign !== DASH) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON)
    return undefined
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + 4, 2)
  if (!(hours < 24 && minutes < 60)) return undefined
  return (sign === PLUS ? 1 : -1) * (60 * hours + minutes)
}

function parseAny(text: string): Timestamp | undefined {
  const found = FORM.exec(text)
  if (!found) return undefined
  const [, year, month, day, separator, hour = '0', minute = '0', second, fraction = ''] = found
  const [zone, sign, hours, minutes = '0'] = found.slice(9)
  // an offset goes with seconds, and a small t with a whole offset
  if (zone !== undefined && second === undefined) return undefined
  if (separator?.startsWith('t') && (zone === undefined || (sign && !found[12]))) return undefined
  const told = Number(second ?? 0)
  const leap = told === 60 ? 1 : 0
  const offset = sign === undefined ? 0 : (sign === '+' ? 1 : -1) * (Number(hours) * 60 + Number(minutes))
  const isTime = Number(hour) < 24 && Number(minute) < 60 && told <= 60
  if (!isTime || Number(minutes) > 59 || Math.abs(offset) >= 1440) return undefined
  const days = daysOf(Number(year), Number(month), Number(day))
  if (days === undefined) return undefined
  return {
    seconds: days * 86_400 + Number(hour) * 3600 + (Number(minute) - offset) * 60 + told - leap,
    nanoseconds: leap * 1e9 + (fraction === '' ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0'))),
  }
}

/** Days since 1970 of a date that there is. */
function daysOf(year: number, month: number, day: number): number | undefined {
  // Date takes years below 100 for those of the last century
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isDate = month >= 1 && day >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isDate ? date.getTime() / 86_400_000 : undefined
}

/** Below 0 where the first is earlier, above where it is later. */
export const compareTimestamps = (a: Timestamp, b: Timestamp): number =>
  a.seconds - b.seconds || a.nanoseconds - b.nanoseconds

// Points in time as Qdrant reads them in payloads and ranges: RFC 3339, and what its server takes beside it (a space for
// the T, an offset without a colon or none, which means UTC; no seconds; a date alone). To the nanosecond, as the server
// compares them. Source: DateTimePayloadType::from_str in lib/segment/src/types.rs.

/** Seconds since 1970 UTC, and the nanoseconds after them; a leap second has a billion more. */
export interface Moment {
  readonly seconds: number
  readonly nanoseconds: number
}

const DATE = /\s*([+-]\d{1,6}|\d{1,4})\s*-\s*(\d{1,2})\s*-\s*(\d{1,2})/
const TIME = /(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2})(?:\.(\d+))?)?/
const ZONE = /\s*(Z|UTC|([+\u2212-])(\d{2})(?:\s*:?\s*(\d{2}))?)/
const FORM = new RegExp(`^${DATE.source}(?:(T\\s*|\\s+)${TIME.source}(?:${ZONE.source})?)?$`, 'i')

// what nearly all texts look like, as far as `Date.parse` is right about it; it takes a fifth of the time
const USUAL = /^\d{4}-(?:0\d|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/

/** The moment that a text names, or undefined. */
export function parseMoment(text: string): Moment | undefined {
  if (!USUAL.test(text)) return parseAny(text)
  const time = Date.parse(text)
  if (Number.isNaN(time)) return undefined
  const seconds = Math.floor(time / 1000)
  return { seconds, nanoseconds: (time - 1000 * seconds) * 1e6 }
}

function parseAny(text: string): Moment | undefined {
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
export const compareMoments = (a: Moment, b: Moment): number =>
  a.seconds - b.seconds || a.nanoseconds - b.nanoseconds

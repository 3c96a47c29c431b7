// Random datetimes: both parsers, of the common form and of any form, return what Date returns.

import { expect } from 'vitest'
import { parseTimestamp } from '../../src/store/search/datetime.js'
import { between, pick, random } from '../support/random.js'

const twoDigits = (value: number) => String(value).padStart(2, '0')

/** Compares `rounds` random dates, times, fractions and offsets with Date. */
export function compareWithDate(rounds: number): void {
  const next = random(11)
  for (let round = 0; round < rounds; round++) {
    const year = pick(next, [0, 1, 99, 1582, 1900, 1970, 2000, 2024, 9999, between(next, 0, 9999)])
    const [month, day] = [between(next, 1, 12), between(next, 1, 28)]
    const time = [between(next, 0, 23), between(next, 0, 59), between(next, 0, 59)]
    const fraction = pick(next, ['', '', '.5', '.123', '.123456789', '.000000001'])
    const zone = pick(next, ['Z', 'Z', '+02:00', '-11:30', '+00:00'])
    const date = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`
    const text = `${date}T${time.map(twoDigits).join(':')}${fraction}${zone}`
    const expected = {
      seconds: Date.parse(text.replace(fraction, '')) / 1000,
      nanoseconds: Math.round(Number(`0${fraction}`) * 1e9),
    }
    expect(parseTimestamp(text), text).toEqual(expected)
    // with a space before it, the text is not in the common form
    expect(parseTimestamp(` ${text}`), text).toEqual(expected)
  }
}

// Points in time from texts: what is read sign by sign is what the slower way reads, and what Date says.

import { expect, it } from 'vitest'
import { parseTimestamp } from '../../src/store/search/datetime.js'
import { between, pick, random } from '../support/random.js'

const two = (value: number) => String(value).padStart(2, '0')

it('any date, time, fraction and offset is the moment that Date has', () => {
  const next = random(11)
  for (let round = 0; round < 20_000; round++) {
    const year = pick(next, [0, 1, 99, 1582, 1900, 1970, 2000, 2024, 9999, between(next, 0, 9999)])
    const [month, day] = [between(next, 1, 12), between(next, 1, 28)]
    const time = [between(next, 0, 23), between(next, 0, 59), between(next, 0, 59)]
    const fraction = pick(next, ['', '', '.5', '.123', '.123456789', '.000000001'])
    const zone = pick(next, ['Z', 'Z', '+02:00', '-11:30', '+00:00'])
    const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${time.map(two).join(':')}${fraction}${zone}`
    const date = Date.parse(text.replace(fraction, ''))
    const nanoseconds = Math.round(Number(`0${fraction}`) * 1e9)
    expect(parseTimestamp(text), text).toEqual({ seconds: date / 1000, nanoseconds })
    // a blank before it takes the other way
    expect(parseTimestamp(` ${text}`), text).toEqual({ seconds: date / 1000, nanoseconds })
  }
})

it.each([
  '2014-01-01T00:00:00',
  '2014-01-01T24:00:00Z',
  '2014-02-29T00:00:00Z',
  '2014-01-31T00:00:00Z',
  '2014-1-01T00:00:00.Z',
  '2014-01-01T00:00:00.Z',
  '2014-01-01T00:00:00.1234567891Z',
  '2014-01-01T00:00:60Z',
  '2014-01-01T00:00:00+24:00',
  '2014-01-01T00:00:00+01:60',
  '2014-01-01T00:00:00+0100',
  '2014-01-01T00:00:00z',
  '2014-01-01T0x:00:00Z',
  '2o14-01-01T00:00:00Z',
  '2014-01-01T00:00:00ZZ',
  '2014-13-01T00:00:00Z',
  '2014-01-00T00:00:00Z',
])('%s is read as with a blank before it', text => {
  expect(parseTimestamp(text)).toEqual(parseTimestamp(` ${text}`))
})

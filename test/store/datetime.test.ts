// Datetimes in payloads and filters.

import { expect, it } from 'vitest'
import { parseTimestamp } from '../../src/store/search/datetime.js'
import { compareWithDate } from './datetime.cases.js'

it('parses random dates, times, fractions and offsets as Date does', () => {
  compareWithDate(2000)
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
])('parses %s as with a space before it', text => {
  expect(parseTimestamp(text)).toEqual(parseTimestamp(` ${text}`))
})

it.each([
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z', 0],
  ['2016-12-31T23:59:60.25Z', '2016-12-31T23:59:59Z', 0.25e9],
  ['2017-01-01T01:59:60+02:00', '2016-12-31T23:59:59Z', 0],
  ['2014-01-01 00:00:60', '2014-01-01T00:00:59Z', 0],
])('takes the leap second %s for the second after %s', (text, before, nanoseconds) => {
  const { seconds } = parseTimestamp(before)!
  expect(parseTimestamp(text)).toEqual({ seconds, nanoseconds: 1e9 + nanoseconds })
})

it('leaves out what is less than a nanosecond, as the server does', () => {
  const texts = ['.123456789', '.1234567899', '.12345678999999999999'].map(
    part => `2014-01-01T00:00:00${part}Z`,
  )
  expect(texts.map(text => parseTimestamp(text)?.nanoseconds)).toEqual([
    123_456_789, 123_456_789, 123_456_789,
  ])
})

it.each(['2016-12-31T23:59:61Z', '2016-12-31T23:60:60Z', '2016-12-31T24:59:60Z'])('refuses %s', text => {
  expect(parseTimestamp(text)).toBeUndefined()
})

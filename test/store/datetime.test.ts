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

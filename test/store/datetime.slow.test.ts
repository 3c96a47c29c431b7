// 100,000 random datetimes: `npm run test:slow`.

import { it } from 'vitest'
import { compareWithDate } from './datetime.cases.js'

it('parses 100,000 random dates, times, fractions and offsets as Date does', () => {
  compareWithDate(100_000)
})

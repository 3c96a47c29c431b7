// A disk that fails at every call: `npm run test:slow`.

import { expect, it } from 'vitest'
import { changes, failDuring } from './failing-disk.cases.js'

it.each(changes)('keeps what was acknowledged if any call of the disk fails during %s', async (_, change) => {
  expect(await failDuring(change, 1, 1)).toBeGreaterThan(3)
})

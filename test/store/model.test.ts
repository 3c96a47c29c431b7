// A store against a Map: a few random sequences of calls. `model.slow.test.ts` runs thousands.

import { it } from 'vitest'
import { expectModel } from './model.cases.js'

it('contains and returns what a Map with brute-force scores does, after any sequence of calls', async () => {
  await expectModel({ seed: 20261128, numRuns: 25 }, 40)
})

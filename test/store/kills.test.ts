// A few real kills. `kills.slow.test.ts` has more.

import { it } from 'vitest'
import { expectNoLoss } from './kills.cases.js'

it('loses nothing that was acknowledged when the writing process is killed', () => {
  expectNoLoss(2, 7)
})

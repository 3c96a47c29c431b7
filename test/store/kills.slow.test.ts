// A hundred real kills: `npm run test:slow`. `node test/store/soak.mjs kills 1000` runs any number.

import { it } from 'vitest'
import { expectNoLoss } from './kills.cases.js'

it('loses nothing that was acknowledged when the writing process is killed 100 times', () => {
  expectNoLoss(100, 12)
})

// Thousands of crafted files: `npm run test:slow`. STORE_SOAK sets their number, STORE_SEED the seed.

import { expect, it } from 'vitest'
import { craftAtRandom } from './crafted.cases.js'

const TRIALS = Number(process.env.STORE_SOAK ?? 500)
const SEED = Number(process.env.STORE_SEED ?? 3)

it(
  `opens ${TRIALS} stores with crafted files rightly, or with an error that names the damage`,
  async () => {
    expect(await craftAtRandom(TRIALS, SEED)).toBeGreaterThan(TRIALS / 3)
  },
  60_000 + 200 * TRIALS,
)

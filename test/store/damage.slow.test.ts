// Thousands of random damages: `npm run test:slow`. STORE_SOAK sets their number, STORE_SEED the seed.

import { expect, it } from 'vitest'
import { damageAtRandom } from './damage.cases.js'

const TRIALS = Number(process.env.STORE_SOAK ?? 2000)
const SEED = Number(process.env.STORE_SEED ?? 3)

it(
  `reports each of ${TRIALS} random damages, or answers as before`,
  async () => {
    const { reported, harmless, peakBytes } = await damageAtRandom(TRIALS, SEED, (trials, count) => {
      if (trials % 5000 === 0) console.log(`${trials} damages, ${count} reported`)
    })
    expect(reported + harmless).toBe(TRIALS)
    const peak = (peakBytes / 1e6).toFixed(1)
    console.log(`${TRIALS} damages: ${reported} reported, ${harmless} harmless, at most ${peak} MB`)
  },
  60_000 + 200 * TRIALS,
)

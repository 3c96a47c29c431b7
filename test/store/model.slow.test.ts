// A store against a Map: `npm run test:slow`. STORE_SEED sets the seed, STORE_SOAK the number of sequences. STORE_PATH and
// STORE_REPLAY repeat a counterexample: the path and the replayPath that fast-check prints.

import { it } from 'vitest'
import { expectModel } from './model.cases.js'

const { STORE_SOAK = '300', STORE_SEED = '1', STORE_PATH: path, STORE_REPLAY: replayPath } = process.env
const seed = Number(STORE_SEED)
const numRuns = Number(STORE_SOAK)

it('contains and returns what a Map with brute-force scores does, after thousands of sequences of calls', async () => {
  await expectModel({ seed, numRuns, path, replayPath }, 60)
})

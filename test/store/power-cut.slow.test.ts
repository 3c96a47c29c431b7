// Crash safety, with a kill at every byte: `npm run test:slow`.

import { expect, it } from 'vitest'
import { cutPowerAtSteps, killAtBytes } from './power-cut.cases.js'

it('loses nothing that was acknowledged when it is killed at any byte', async () => {
  const kills = await killAtBytes(1)
  expect(kills).toBeGreaterThan(5000)
  console.log(`${kills} kills`)
})

it('loses nothing that was acknowledged when the power is cut after any step, four times each', async () => {
  expect(await cutPowerAtSteps(4)).toBeGreaterThan(1000)
})

// Crash safety, with a sample of the cases of `power-cut.slow.test.ts`.

import { expect, it } from 'vitest'
import { cutPowerAtSteps, killAtBytes } from './power-cut.cases.js'

it('loses nothing that was acknowledged when it is killed at the first, the last or some other byte of a write', async () => {
  expect(await killAtBytes(53)).toBeGreaterThan(250)
})

it('loses nothing that was acknowledged when the power is cut after any step', async () => {
  expect(await cutPowerAtSteps(1)).toBeGreaterThan(100)
})

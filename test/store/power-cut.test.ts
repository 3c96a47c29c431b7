// Crash safety, with a sample of the cases of `power-cut.slow.test.ts`.

import { expect, it } from 'vitest'
import { cutPowerAtSteps, killAtBytes } from './power-cut.cases.js'

it('loses nothing that was acknowledged when it is killed at some byte of each write', async () => {
  expect(await killAtBytes()).toBeGreaterThan(50)
})

it('loses nothing that was acknowledged when the power is cut after some step', async () => {
  expect(await cutPowerAtSteps(0.3)).toBeGreaterThan(100)
})

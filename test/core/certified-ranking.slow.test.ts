import { expect, it } from 'vitest'
import { attackCertifiedRanking } from '../support/hard-cases.js'

it('a certified ranking equals the f32 ranking in 1,000,000 hard cases', async () => {
  const { f32 = 0 } = await attackCertifiedRanking(1_000_000, 2027)
  expect(f32, 'the part that no screen ranked').toBeLessThan(0.05)
})

// Damaged files of every format. damage.slow.test.ts has many more.

import { expect, it } from 'vitest'
import { checkDamaged, filesToDamage } from './damaged-files.js'

const COPIES = 12

// these take a part of a second each
const files = filesToDamage().filter(({ name }) => !/^(large-page|many-pages)/.test(name))

it.each(files)('damaged copies of $name are read or refused in bounded memory', async file => {
  const { read, refused } = await checkDamaged(file, COPIES)
  expect(read + refused).toBe(COPIES)
  expect(refused).toBeGreaterThan(0)
})

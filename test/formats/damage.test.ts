// Damaged files of every format. damage.slow.test.ts has many more.

import { expect, it } from 'vitest'
import { checkDamaged, filesToDamage } from './damaged-files.js'

const COPIES = 12

// its page takes a second to decode
const files = filesToDamage().filter(({ name }) => name !== 'large-page.parquet')

it.each(files)('damaged copies of $name are read or refused in bounded memory', async file => {
  const { read, refused } = await checkDamaged(file, COPIES)
  expect(read + refused).toBe(COPIES)
  expect(refused).toBeGreaterThan(0)
})

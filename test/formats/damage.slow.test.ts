// Damages each file DAMAGES times (default: 1,000), and the files of the folder DAMAGED too. DAMAGE_SEED chooses other bytes.

import { expect, it } from 'vitest'
import { checkDamaged, filesToDamage } from './damaged-files.js'

const copies = Number(process.env.DAMAGES ?? 1000)
const folder = process.env.DAMAGED

it.each(filesToDamage(folder))(
  'damaged copies of $name are read or refused in bounded memory',
  { timeout: 600_000 + copies * 100 + (folder ? 3_600_000 : 0) },
  async file => {
    const { name, bytes } = file
    // a large page takes a second to decode, and many pages a tenth
    const count = /^(large-page|many-pages)\.parquet$/.test(name) ? Math.ceil(copies / 50) : copies
    const { read, refused, peak } = await checkDamaged(file, count)
    expect(read + refused).toBe(count)
    if (bytes.length < 1e6) expect(refused).toBeGreaterThan(0)
    const megabytes = (size: number) => (size / 1e6).toFixed(1)
    console.log(
      `${name}: ${read} read, ${refused} refused, at most ${megabytes(peak)} MB for a file of ${megabytes(bytes.length)} MB`,
    )
  },
)

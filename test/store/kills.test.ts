// A few real kills; `node test/store/soak.mjs kills 1000` is the long form.

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('a writer that is killed loses nothing that it said was in', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/store/soak.mjs', 'kills', '8', '7'], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(stdout).toMatch(
    /^8 kills during \d+ changes and \d+ compactions in \d+ s: 0 times points were lost or half-written, 0 wrong answers, every open succeeded\n$/,
  )
  expect(status).toBe(0)
})

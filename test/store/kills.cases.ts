// Runs `soak.mjs`, which kills writing processes.

import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'

/** Kills a writer `count` times. Nothing is lost, and every answer is right. */
export function expectNoLoss(count: number, seed: number): void {
  const options = ['test/store/soak.mjs', 'kills', String(count), String(seed)]
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' })
  expect(stderr.replace(/^\d+ kills, \d+ changes\n/gm, '')).toBe('')
  expect(stdout).toMatch(
    new RegExp(
      `^${count} kills during \\d+ changes and \\d+ compactions in \\d+ s: ` +
        '0 times points were lost or half-written, 0 wrong results, every open succeeded\\n$',
    ),
  )
  expect(status).toBe(0)
}

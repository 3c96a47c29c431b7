// The speed of text search: a small run of the benchmark, and its table.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { speedToMarkdown } from '../../bench/search/report.js'
import { measureSpeed } from '../../bench/search/speed.js'
import { createStaticEncoder } from '../../src/encode/index.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-search-speed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('indexes passages of definitions once, and measures opening, questions and the command', async () => {
  const encoder = {
    encoder: createStaticEncoder(readFileSync('data/words.bin')),
    encoderName: 'static',
    weighted: true,
  }
  const options = { passages: 120, rounds: 2, program: 'dist/cli/main.js' }
  const { passages, open, answer, shell } = await measureSpeed(folder, encoder, options)
  expect([passages, readdirSync(join(folder, 'texts'))]).toEqual([120, ['000000.txt', '000100.txt']])
  expect(Math.min(open, answer, shell)).toBeGreaterThan(0)
  const wrong = measureSpeed(folder, encoder, { ...options, program: 'dist/cli/missing.js' })
  await expect(wrong).rejects.toThrow(/^dist\/cli\/missing\.js search failed: /)
})

it('prints times below 10 ms with a decimal', () => {
  const speed = { passages: 20000, open: 61.4, answer: 8.26, shell: 212.6, machine: 'Node 20, a processor' }
  expect(speedToMarkdown(speed)).toBe(
    'Medians on Node 20, a processor, 20,000 passages, word vectors:\n\n' +
      '| open the index | answer a question | `maxsimd search` from the shell |\n' +
      '| ---: | ---: | ---: |\n| 61 ms | 8.3 ms | 213 ms |\n',
  )
})

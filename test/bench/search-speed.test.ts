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
  const options = { passages: 120, rounds: 2, indexes: 1, program: 'dist/cli/main.js' }
  const { passages, open, answer, shell, growth } = await measureSpeed(folder, encoder, options)
  expect([passages, readdirSync(join(folder, 'texts'))]).toEqual([120, ['000000.txt', '000100.txt']])
  expect(Math.min(open, answer, shell, growth.time)).toBeGreaterThan(0)
  // a small index has more words for each passage than a large one
  expect(growth.size).toBeGreaterThan(1)
  expect(readdirSync(folder).sort()).toEqual(['index', 'texts'])
  const wrong = measureSpeed(folder, encoder, { ...options, program: 'dist/cli/missing.js' })
  await expect(wrong).rejects.toThrow(/^dist\/cli\/missing\.js search failed: /)
})

it('prints the goals and a column for each engine, and times below 10 ms with a decimal', () => {
  const speed = {
    ...{ passages: 20000, open: 61.4, answer: 8.26, shell: 212.6, growth: { size: 1.034, time: 1.2 } },
    ...{ engine: 'Node 20', processor: 'a processor' },
  }
  const newer = { ...speed, shell: 170, engine: 'Node 24' }
  expect(speedToMarkdown([speed, newer])).toBe(
    '20,000 passages with word vectors; medians on a processor:\n\n' +
      '|  | goal, at most | Node 20 | Node 24 |\n| --- | ---: | ---: | ---: |\n' +
      '| open the index | 100 ms | 61 ms | 61 ms |\n' +
      '| answer a question, once it is open | 30 ms | 8.3 ms | 8.3 ms |\n' +
      '| `maxsimd search` from the shell | 250 ms | 213 ms | 170 ms |\n' +
      '| bytes of the index, compared with one of rows only | 1.4 | 1.03 | 1.03 |\n' +
      '| processor time of `index`, compared with one of rows only | – | 1.20 | 1.20 |\n',
  )
})

// `npm run bench`: its command line, its checks of results, and its report.

import { expect, it } from 'vitest'
import { parseArguments } from '../../bench/kernel/arguments.js'
import { createContestants } from '../../bench/kernel/contestants.js'
import { type Result, type Run, toMarkdown, toText } from '../../bench/kernel/report.js'
import { checkContestant, expectedScores } from '../../bench/shared/check-scores.js'
import { topK } from '../../bench/shared/contestant.js'
import { replaceBlock } from '../../bench/shared/marked-block.js'
import { availableKernels } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

const result: Result = {
  contestant: 'simd',
  samples: 9,
  median: 2,
  p25: 1.5,
  p75: 2.5,
  min: 1,
  max: 3,
  error: 1e-7,
  bound: 1e-4,
  gflops: 50,
  ofPeak: 0.75,
  timesTiled: 7,
  timesSimple: 14,
}

const run: Run = {
  engine: 'Node 20.0.0 (V8 11.3)',
  processor: 'Some CPU',
  peak: { gflops: 66.6 },
  workloads: [
    { workload: 'W0', shape: 'a x b', queryRows: 2, documents: 3, rows: 1234, dim: 5, results: [result] },
  ],
}

it('replaces the text between the markers of a file by the figures', () => {
  const text = 'before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter\n'
  const filled = replaceBlock(text, 'README.md', 'bench', toMarkdown([run]))
  expect(filled).toContain(
    '| W0: a x b | simd | 2.00 | 1.50 - 2.50 | 1.00 | 50.0 | 0.75 | 7.0 | 14.0 |\n\n<!-- bench:end -->\nafter\n',
  )
  expect(filled).toMatch(/^before\n<!-- bench:start -->\n\nNode 20\.0\.0/)
  expect(filled).not.toContain('old')
  expect(replaceBlock(filled, 'README.md', 'bench', toMarkdown([run]))).toBe(filled)
})

it.each(['', '<!-- bench:start -->', '<!-- bench:end --><!-- bench:start -->'])(
  'refuses a file without both markers in their order: %j',
  text => {
    expect(() => replaceBlock(text, 'x.md', 'bench', '')).toThrow(
      'x.md expected the lines <!-- bench:start --> and <!-- bench:end -->, once each; the figures go between them',
    )
  },
)

it('reports why the peak is unknown', () => {
  const without = { ...run, peak: { why: 'no C compiler' } }
  expect(toText(without)).toContain('Some CPU, peak unknown: no C compiler')
})

it.each([
  [
    ['--workload', 'W9'],
    '--workload expected one of W0, colpali, answerai, dictionary, even, single, large, got W9',
  ],
  [['--kernel', 'avx'], '--kernel expected one of relaxed-simd, simd, reference, got avx'],
  [['--time', 'long'], '--time expected milliseconds above 0, got "long"'],
])('refuses the command line %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message)
})

it('accepts the scores of every contestant, for any number of rows, and refuses a wrong score', async () => {
  for (const [seed, queryRows, dim, weights] of [
    [1, 1, 5, undefined],
    [2, 4, 128, undefined],
    [3, 7, 100, [1, 2, 0.5, 0, 1, 3, 1]],
  ] as const) {
    const next = random(seed)
    const rows = {
      query: randomRows(next, queryRows, dim),
      documents: [1, 2, 3, 4, 5, 9].map(length => randomRows(next, length, dim)),
      ...(weights && { weights }),
    }
    const expected = expectedScores(rows)
    const contestants = await createContestants(rows, availableKernels())
    for (const contestant of contestants) {
      const { error, bound } = checkContestant(contestant, expected)
      expect(error).toBeLessThanOrEqual(bound)
      const wrong = () => contestant.scores().map((score, i) => (i === 4 ? score + 0.1 : score))
      expect(() => checkContestant({ ...contestant, scores: wrong }, expected)).toThrow(
        `${contestant.name} is wrong: document 4 has score`,
      )
      contestant.dispose()
    }
  }
})

it('finds the best of a list of scores, ties by index', () => {
  expect(topK(Float32Array.of(1, 3, 2, 3, 1), 4)).toEqual([
    { index: 1, score: 3 },
    { index: 3, score: 3 },
    { index: 2, score: 2 },
    { index: 0, score: 1 },
  ])
})

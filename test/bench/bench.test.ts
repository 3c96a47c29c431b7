// `npm run bench`: its command line, its checks of results, and its report.

import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../bench/kernel/arguments.js'
import { createContestants } from '../../bench/kernel/contestants.js'
import { toGoals } from '../../bench/kernel/goals.js'
import { toMarkdown, toPruning, toSummary } from '../../bench/kernel/markdown.js'
import { measurePruning, summarizeReports } from '../../bench/kernel/pruning.js'
import { type Result, type Run, toText, type WorkloadResults } from '../../bench/kernel/report.js'
import { checkContestant, checkScreens, expectedScores } from '../../bench/shared/check-scores.js'
import { topK } from '../../bench/shared/contestant.js'
import { replaceBlock } from '../../bench/shared/marked-block.js'
import { measureInRounds } from '../../bench/shared/timing.js'
import { availableKernels, type RankReport } from '../../src/index.js'
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

const workload: WorkloadResults = {
  workload: 'W0',
  shape: 'a x b',
  queries: 1,
  queryRows: 2,
  documents: 3,
  rows: 1234,
  dim: 5,
  results: [result],
  pruning: [],
}

const run: Run = {
  date: '2026-01-01',
  engine: 'Node 20.0.0 (V8 11.3)',
  processor: 'Some CPU',
  load: 0.5,
  peak: { gflops: 66.6 },
  defaultScreen: 'convert',
  workloads: [workload],
}

it('replaces the text between the markers of a file by the figures', () => {
  const text = 'before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter\n'
  const filled = replaceBlock(text, 'README.md', 'bench', toMarkdown([run]))
  expect(filled).toContain('| W0: a x b | simd | 2.00 | 0.75 |\n\n<!-- bench:end -->\nafter\n')
  expect(filled).toMatch(/^before\n<!-- bench:start -->\n\n- Node 20\.0\.0/)
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
    '--workload expected one of definitions, short, nq, dictionary, W0, colpali, answerai, even, single, large, got W9',
  ],
  [['--kernel', 'avx'], '--kernel expected one of relaxed-simd, simd, reference, got avx'],
  [['--time', 'long'], '--time expected milliseconds above 0, got "long"'],
])('refuses the command line %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message)
})

/** Small workloads: of one query row and of several, with weights, and of several queries. */
const WORKLOADS = [
  [1, 1, 5, {}],
  [2, 4, 128, {}],
  [3, 7, 100, { weights: [1, 2, 0.5, 0, 1, 3, 1] }],
  [4, 13, 24, { others: [12, 3].map(length => randomRows(random(length), length, 24)) }],
] as const

const workloadOf = (seed: number, queryRows: number, dim: number) => {
  const next = random(seed)
  return {
    query: randomRows(next, queryRows, dim),
    documents: [1, 2, 3, 4, 5, 9].map(length => randomRows(next, length, dim)),
  }
}

it('accepts the scores of every contestant, for any number of rows, and refuses a wrong score', async () => {
  for (const [seed, queryRows, dim, more] of WORKLOADS) {
    const rows = { ...workloadOf(seed, queryRows, dim), ...more }
    const expected = expectedScores(rows)
    const { own, others } = await createContestants(rows, availableKernels())
    checkScreens(own)
    for (const contestant of [...own, ...others]) {
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

it('every contestant ranks each of several queries as a workload of that query alone', async () => {
  const [, [seed, queryRows, dim]] = WORKLOADS
  const rows = workloadOf(seed, queryRows, dim)
  const others = [5, 1].map(length => randomRows(random(length), length, dim))
  const several = await createContestants({ ...rows, others }, availableKernels())
  for (const [q, query] of [rows.query, ...others].entries()) {
    const alone = await createContestants({ ...rows, query }, availableKernels())
    const single = [...alone.own, ...alone.others]
    for (const [i, contestant] of [...several.own, ...several.others].entries()) {
      expect(contestant.queries).toBe(3)
      expect(contestant.rank(q), `${contestant.name}, query ${q}`).toEqual(single[i]!.rank())
    }
  }
})

it('refuses a screen whose ranking differs from that of f32 in one bit, for any query', async () => {
  const next = random(5)
  const rows = {
    query: randomRows(next, 12, 8),
    others: [randomRows(next, 12, 8)],
    documents: Array.from({ length: 50 }, () => randomRows(next, 2, 8)),
  }
  const { own } = await createContestants(rows)
  const screened = own.findIndex(({ screen }) => screen !== 'off')
  const { rank, name } = own[screened]!
  const change = (ranking: ReturnType<typeof rank>) =>
    ranking.map((hit, i) => (i === 1 ? { ...hit, score: Math.fround(hit.score * (1 + 2 ** -23)) } : hit))
  const wrong = { ...own[screened]!, rank: (q = 0) => (q === 1 ? change(rank(q)) : rank(q)) }
  expect(() => checkScreens(own.with(screened, wrong))).toThrow(
    `${name} ranks document ${rank(1)[1]!.index} (`,
  )
  const short = { ...own[screened]!, rank: (q = 0) => rank(q).slice(0, 9) }
  expect(() => checkScreens(own.with(screened, short))).toThrow('at position 10 for query 1')
  expect(() => checkScreens(own)).not.toThrow()
})

it('times the queries of a contestant in turns', () => {
  const asked: number[] = []
  const rank = (query = -1) => {
    asked.push(query)
    return []
  }
  const contestant = { name: 'a', queries: 3, scores: () => new Float32Array(), rank, dispose() {} }
  const [timing] = measureInRounds([contestant], 8)
  expect(asked.slice(0, 7)).toEqual([0, 1, 2, 0, 1, 2, 0])
  expect(timing!.samples).toBeGreaterThanOrEqual(8)
})

describe('pruning', () => {
  const report = (rescored: number, method: RankReport['method'] = 'certified'): RankReport => ({
    method,
    considered: 100,
    rescored,
    screens: method === 'certified' ? [{ screen: 'i16', left: rescored }] : [],
  })

  it('counts what is left for exact scoring: all documents if the screen was not used', () => {
    expect(summarizeReports([report(10), report(14), report(0, 'exact')])).toEqual({
      queries: 3,
      screened: 2,
      considered: 100,
      levels: [{ level: 'f32', mean: 124 / 3, most: 100 }],
    })
  })

  it('counts the documents that reach each level of a cascade', () => {
    const cascade: RankReport = {
      ...report(12),
      screens: [
        { screen: 'i8', left: 40 },
        { screen: 'i16', left: 12 },
      ],
    }
    expect(summarizeReports([cascade]).levels).toEqual([
      { level: 'i16', mean: 40, most: 40 },
      { level: 'f32', mean: 12, most: 12 },
    ])
  })

  it('is measured for every screen, with every query', async () => {
    const next = random(6)
    const { own } = await createContestants({
      query: randomRows(next, 16, 8),
      others: [randomRows(next, 1, 8)],
      documents: Array.from({ length: 200 }, () => randomRows(next, 3, 8)),
    })
    const pruning = measurePruning(own)
    expect(pruning.map(({ screen }) => screen)).toEqual(
      own.map(({ screen }) => screen).filter(screen => screen !== 'off'),
    )
    for (const { screen, queries, screened, considered, levels } of pruning) {
      // of a query of one row, only int8 excludes documents faster than f32 scores them
      expect({ screen, queries, screened, considered }).toEqual({
        ...{ screen, queries: 2, considered: 200 },
        screened: screen === 'i8' ? 2 : 1,
      })
      const { level, mean, most } = levels.at(-1)!
      expect(level).toBe('f32')
      expect(most).toBeLessThanOrEqual(200)
      expect(mean).toBeLessThan(150)
    }
  })
})

/** Runs of two engines, with every screen of a workload. */
const runs: readonly Run[] = [
  [20, 4],
  [24, 2],
].map(([major, median]) => ({
  ...run,
  engine: `Node ${major}.1.0 (V8 1)`,
  workloads: ['definitions', 'short', 'nq', 'W0'].map(name => ({
    ...workload,
    workload: name,
    results: [
      { ...result, contestant: 'simd off', screen: 'off', median: 4 * median! },
      { ...result, contestant: 'simd convert', screen: 'convert', median: 2 * median!, ofPeak: 1.1 },
      { ...result, contestant: 'simd i16', screen: 'i16', median: median!, ofPeak: 1.25 },
      { ...result, contestant: 'javascript', median: 400 },
    ],
    pruning: [
      {
        contestant: 'simd i16',
        screen: 'i16',
        queries: 8,
        screened: 7,
        considered: 10_000,
        levels: [
          { level: 'i16', mean: 2345.6, most: 9876 },
          { level: 'f32', mean: 10.25, most: 12 },
        ],
      },
    ],
  })),
}))

describe('the tables of the documentation', () => {
  it('have the engines side by side, and name the default screen', () => {
    expect(toMarkdown(runs).split('\n').slice(0, 10)).toEqual([
      '- Node 20.1.0 (V8 1), Some CPU, 128-bit f32 peak of a core: 66.6 GF/s; load 0.5; 2026-01-01',
      '- Node 24.1.0 (V8 1), Some CPU, 128-bit f32 peak of a core: 66.6 GF/s; load 0.5; 2026-01-01',
      '',
      '| workload | contestant | Node 20: ms | of peak | Node 24: ms | of peak |',
      '| --- | --- | ---: | ---: | ---: | ---: |',
      '| definitions: a x b | f32 | 16.00 | 0.75 | 8.00 | 0.75 |',
      '|  | screen `convert`, the default | 8.00 | 1.10 | 4.00 | 1.10 |',
      '|  | screen `i16` | 4.00 | 1.25 | 2.00 | 1.25 |',
      '|  | javascript | 400 | 0.75 | 400 | 0.75 |',
      '| short: a x b | f32 | 16.00 | 0.75 | 8.00 | 0.75 |',
    ])
  })

  it('have a dash for what an engine did not measure', () => {
    const [first, second] = runs
    const without = { ...second!, workloads: second!.workloads.slice(1) }
    expect(toMarkdown([first!, without])).toContain('| definitions: a x b | f32 | 16.00 | 0.75 | - | - |')
  })

  it('have what each level of a screen leaves, on the newest engine', () => {
    expect(toPruning(runs).split('\n').slice(2, 5)).toEqual([
      '| workload | screen | queries screened | documents | left for i16 | left for f32 |',
      '| --- | --- | ---: | ---: | ---: | ---: |',
      '| definitions | `i16` | 7 of 8 | 10,000 | 2,346 (9,876) | 10.3 (12) |',
    ])
  })

  it('have a summary of the default screen on the newest engine', () => {
    const lines = toSummary(runs).split('\n')
    expect(lines[0]).toBe('One core of Some CPU, Node 24.1.0, the ten best of all documents:')
    // `short` is not one of its workloads
    expect(lines.filter(line => line.startsWith('| 2 query rows'))).toEqual(
      Array(3).fill('| 2 query rows x 3 documents (1,234 rows of 5) | 400 ms | 4.0 ms | 100 |'),
    )
  })

  it('are empty without runs', () => {
    expect([toMarkdown([]), toPruning([]), toSummary([])]).toEqual(['', '', ''])
  })
})

describe('the table of goals', () => {
  const reached = (read: (name: string) => unknown, of = runs) =>
    toGoals(of, read)
      .split('\n')
      .slice(4, -1)
      .map(line => line.split(' | ').at(-1)!.replace(/ \|$/, ''))

  it('has the fastest screen of each engine, and leaves open what was not measured', () => {
    expect(reached(() => undefined)).toEqual([
      'Node 24: 1.25 with `i16`',
      'Node 20: 1.25 with `i16`',
      'Node 20: 0.25 (4.00 of 16.00 ms) with `i16`; Node 24: 0.25 (2.00 of 8.00 ms) with `i16`',
      [
        'Node 20: 1.00 (8.00 of 8.00 ms) with `convert`, compared with `convert`',
        'Node 24: 1.00 (4.00 of 4.00 ms) with `convert`, compared with `convert`',
        'Node 20: 2.00 (8.00 of 4.00 ms) with `convert`, compared with `i16`',
        'Node 24: 2.00 (4.00 of 2.00 ms) with `convert`, compared with `i16`',
      ].join('; '),
      'Node 20: 4.00 ms with `i16`; Node 24: 2.00 ms with `i16`',
      ...Array(5).fill('not measured'),
    ])
  })

  it('has native libraries, a server, two threads and the store, if they were measured', () => {
    const peer = {
      engine: 'Node 24',
      kind: 'native',
      answer: 'exact',
      median: 5,
      gflops: 20,
      version: '1.19.0',
    }
    const own = { ...peer, kind: 'maxsimd', name: 'maxsimd f32' }
    const peers = {
      ...{ processor: 'Some CPU', date: '2026-01-02', peak: { gflops: 40 } },
      rounds: [
        {
          ...{ workload: 'definitions', threads: 1 },
          results: [
            { ...peer, name: 'Qdrant server', gflops: 70 },
            { ...peer, name: 'rounded', answer: 'inexact', gflops: 60 },
            { ...own, gflops: 50 },
            { ...peer, name: 'fast' },
            { ...peer, name: 'slow', gflops: 10 },
          ],
        },
        { workload: 'nq', threads: 1, results: [{ ...peer, name: 'Qdrant server' }] },
        { workload: 'W0', threads: 1, results: [own, { ...own, engine: 'Node 20' }] },
        {
          workload: 'W0',
          threads: 2,
          results: [
            { ...own, median: 2.6 },
            { ...peer, name: 'other' },
          ],
        },
      ],
    }
    const store = {
      ...{ date: '2026-01-03', engine: 'Node 20.1.0 (V8 1)', processor: 'Some CPU' },
      ...{ coldOfCat: 0.314, copiesOfCat: 0.268, smallOfResident: 1.05 },
    }
    const read = (name: string) => ({ peers, store })[name]
    const lines = reached(read)
    expect(lines[0]).toBe('Node 24: 1.25 with `i16`; fast, exact: 0.50; rounded, inexact: 1.50')
    expect(lines[4]).toMatch(/; Qdrant 1\.19\.0, all cores: 5\.00 ms$/)
    expect(lines.slice(7)).toEqual([
      '0.31; `cat` of the copies alone: 0.27',
      '1.05 of its time',
      'f32 on Node 24: 1.92',
    ])
    expect(toGoals(runs, read)).toMatch(
      /^Node 20\.1\.0, Some CPU; Node 24\.1\.0, Some CPU; peers and threads: Some CPU, 2026-01-02; store: Node 20/,
    )
  })
})

it('finds the best of a list of scores, ties by index', () => {
  expect(topK(Float32Array.of(1, 3, 2, 3, 1), 4)).toEqual([
    { index: 1, score: 3 },
    { index: 3, score: 3 },
    { index: 2, score: 2 },
    { index: 0, score: 1 },
  ])
})

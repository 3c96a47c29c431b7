// `npm run bench:scaling`. Measures how the rate depends on the shape: along each of five axes, with the others fixed, it
// ranks the ten best in f32, certified, and from i8 storage. Before it is timed, the certified ranking is compared with
// f32, and some scores with f64. Writes bench/results/scaling.json and a chart for each axis.

import { deepStrictEqual } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Corpus, createScorer, type FlatMultiVector } from '../../src/index.js'
import { oracle } from '../../test/support/oracle.js'
import { random } from '../../test/support/random.js'
import { checkScore } from '../shared/check-scores.js'
import type { Contestant } from '../shared/contestant.js'
import { createPeakMeter, engine, processor } from '../shared/machine.js'
import { measureInRounds } from '../shared/timing.js'
import { unitRows } from '../shared/unit-rows.js'
import { type Curve, toLineChart } from './line-chart.js'
import { measureThreads, threadCounts } from './threads.js'

interface Shape {
  readonly queryRows: number
  readonly documents: number
  readonly rows: number
  readonly dim: number
}

interface Axis {
  readonly name: string
  /** The end of the chart's file name. */
  readonly file: string
  /** The parts of the shape that do not change. */
  readonly fixed: string
  readonly x: readonly number[]
  /** Measures the GF/s of each corpus config, in the order of CONFIGS. */
  measure(x: number): Promise<number[]>
}

/** Numbers in all documents, so that a query takes milliseconds at any dim. */
const ELEMENTS = 400 * 128 * 128

const CONFIGS = {
  f32: { screen: 'off' },
  certified: {},
  i8: { dtype: 'i8' },
} as const

const MILLISECONDS = 300

const AXES: readonly Axis[] = [
  {
    name: 'rows of a document',
    file: 'rows',
    fixed: '51,200 rows of 128, 32 query rows',
    x: [1, 4, 16, 64, 256, 1024, 4096],
    measure: rows =>
      measureShape({ queryRows: 32, documents: Math.max(12, Math.round(51_200 / rows)), rows, dim: 128 }),
  },
  {
    name: 'documents',
    file: 'documents',
    fixed: '100 rows of 128, 32 query rows',
    x: [1, 10, 100, 1000, 10_000],
    measure: documents => measureShape({ queryRows: 32, documents, rows: 100, dim: 128 }),
  },
  {
    name: 'dim',
    file: 'dim',
    fixed: 'documents of 100 rows, 6.5 million elements, 32 query rows',
    x: [16, 32, 64, 128, 256, 512, 1024],
    measure: dim =>
      measureShape({ queryRows: 32, documents: Math.round(ELEMENTS / dim / 100), rows: 100, dim }),
  },
  {
    name: 'query rows',
    file: 'query-rows',
    fixed: '400 documents of 128 rows of 128',
    x: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    measure: queryRows => measureShape({ queryRows, documents: 400, rows: 128, dim: 128 }),
  },
  {
    name: 'threads',
    file: 'threads',
    fixed: '400 documents of 128 rows of 128, 32 query rows',
    x: threadCounts(),
    measure: threads => measureThreads(threads, Object.values(CONFIGS), MILLISECONDS),
  },
]

/** GF/s of each corpus config for one shape. */
async function measureShape({ queryRows, documents, rows, dim }: Shape): Promise<number[]> {
  const scorer = await createScorer()
  const next = random(20_26)
  const query = unitRows(next, queryRows, dim)
  const corpora = Object.values(CONFIGS).map(config => scorer.corpus({ dim, ...config }))
  const first: FlatMultiVector[] = []
  for (let i = 0; i < documents; i++) {
    const document = unitRows(next, rows, dim)
    for (const corpus of corpora) corpus.add(document)
    if (i < 3) first.push(document)
  }
  checkRankings(corpora[0]!, corpora[1]!, query, first)
  const timed = corpora.map(
    (corpus, i): Contestant => ({
      name: Object.keys(CONFIGS)[i]!,
      scores: () => corpus.scores(query),
      rank: () => corpus.rank(query),
      dispose() {},
    }),
  )
  const timings = measureInRounds(timed, MILLISECONDS)
  scorer.dispose()
  globalThis.gc?.()
  // the first quartile, because other programs can only slow down a run
  return timings.map(({ p25 }) => (2 * queryRows * documents * rows * dim) / p25 / 1e6)
}

/** Compares rankings and some scores before they are timed. */
function checkRankings(
  f32: Corpus,
  certified: Corpus,
  query: FlatMultiVector,
  first: readonly FlatMultiVector[],
): void {
  deepStrictEqual(certified.rank(query), f32.rank(query), 'the certified ranking differs from that in f32')
  const scores = f32.scores(query)
  for (const [i, document] of first.entries())
    checkScore('f32', i, scores[i]!, oracle('dot', query, document))
}

const HELP = `Measures how the rate depends on the shape. Writes bench/results/scaling.json and its charts.

  npm run bench:scaling
`

/** Measures one axis. */
async function measureAxis({
  name,
  file,
  fixed,
  x,
  measure,
}: Axis): Promise<Curve & { readonly file: string }> {
  const rates: number[][] = []
  for (const value of x) {
    const measured = await measure(value)
    rates.push(measured)
    stderr.write(`${name} ${value}: ${measured.map(rate => rate.toFixed(1)).join(', ')} GF/s\n`)
  }
  const series = Object.keys(CONFIGS).map((config, i) => ({
    name: config,
    gflops: rates.map(rate => rate[i]!),
  }))
  return { file, axis: name, fixed, x, series }
}

async function main(args: readonly string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h' } } as const
  if (parseArgs({ args: [...args], options }).values.help) {
    stdout.write(HELP)
    return
  }
  const results = fileURLToPath(new URL('../bench/results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const meter = createPeakMeter()
  try {
    meter.measure()
    const curves = []
    const load = loadavg()[0]!
    for (const axis of AXES) {
      curves.push(await measureAxis(axis))
      meter.measure()
    }
    const { peak } = meter
    const date = new Date().toISOString().slice(0, 10)
    const run = { date, engine: engine(), processor: processor(), load, peak, curves }
    writeFileSync(join(results, 'scaling.json'), `${JSON.stringify(run, null, 1)}\n`)
    for (const curve of curves) {
      const threads = curve.file === 'threads' ? '' : 'one thread, '
      const subtitle = `ten best, ${threads}first quartile of the runs; ${run.engine.replace(/ \(.*/, '')}, ${run.processor}; load ${load.toFixed(1)}; ${date}`
      const chart = toLineChart(curve, subtitle, 'gflops' in peak ? peak.gflops : undefined)
      writeFileSync(join(results, `scaling-${curve.file}.svg`), chart)
    }
  } finally {
    meter.dispose()
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})

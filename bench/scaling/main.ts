// How the rate depends on the shape: `npm run bench:scaling`. Along each of five axes, with the others held fixed, the
// ten best in f32, certified, and from i8 storage. Rankings are compared before they are timed, and some scores with
// f64. Writes bench/results/scaling.json and a chart for each axis.

import { deepStrictEqual } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Corpus, createScorer, type FlatMultiVector } from '../../src/index.js'
import { oracle } from '../../test/support/oracle.js'
import { random } from '../../test/support/random.js'
import type { Contestant } from '../shared/contestant.js'
import { createPeakMeter, engine, processor } from '../shared/machine.js'
import { measure } from '../shared/timing.js'
import { unitRows } from '../shared/workloads.js'
import { type Curve, toCurves } from './line-chart.js'
import { measureThreads, threadCounts } from './threads.js'

interface Shape {
  readonly queryRows: number
  readonly documents: number
  readonly rows: number
  readonly dim: number
}

interface Axis {
  readonly name: string
  readonly file: string
  readonly fixed: string
  readonly x: readonly number[]
  /** GF/s of each contestant, in their order. */
  measure(x: number): Promise<number[]>
}

/** Documents enough for a measurement of milliseconds, whatever their size. */
const ELEMENTS = 400 * 128 * 128

const contestants = {
  f32: { screen: 'off' },
  certified: { screen: 'convert' },
  i8: { dtype: 'i8' },
} as const

const MILLISECONDS = 300

const axes: readonly Axis[] = [
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
    measure: threads => measureThreads(threads, Object.values(contestants), MILLISECONDS),
  },
]

/** GF/s of each contestant, in their order. */
async function measureShape({ queryRows, documents, rows, dim }: Shape): Promise<number[]> {
  const scorer = await createScorer()
  const next = random(20_26)
  const query = unitRows(next, queryRows, dim)
  const corpora = Object.values(contestants).map(config => scorer.corpus({ dim, ...config }))
  const first: FlatMultiVector[] = []
  for (let i = 0; i < documents; i++) {
    const document = unitRows(next, rows, dim)
    for (const corpus of corpora) corpus.add(document)
    if (i < 3) first.push(document)
  }
  check(corpora[0]!, corpora[1]!, query, first)
  const timed = corpora.map(
    (corpus, i): Contestant => ({
      name: Object.keys(contestants)[i]!,
      scores: () => corpus.scores(query),
      rank: () => corpus.rank(query),
      dispose() {},
    }),
  )
  const timings = measure(timed, MILLISECONDS)
  scorer.dispose()
  globalThis.gc?.()
  // the faster quarter: a curve is about shape, and a busy machine only ever slows down
  return timings.map(({ p25 }) => (2 * queryRows * documents * rows * dim) / p25 / 1e6)
}

function check(
  f32: Corpus,
  certified: Corpus,
  query: FlatMultiVector,
  first: readonly FlatMultiVector[],
): void {
  deepStrictEqual(certified.rank(query), f32.rank(query), 'certified and f32 rankings differ')
  const scores = f32.scores(query)
  for (const [i, document] of first.entries()) {
    const { score, low, high } = oracle('dot', query, document)
    if (!(scores[i]! >= low && scores[i]! <= high)) {
      throw new Error(`document ${i} has score ${scores[i]}, expected ${score}`)
    }
  }
}

async function main(): Promise<void> {
  const results = fileURLToPath(new URL('../bench/results', import.meta.url))
  mkdirSync(results, { recursive: true })
  const meter = createPeakMeter()
  try {
    meter.measure()
    const curves: (Curve & { readonly file: string })[] = []
    const load = loadavg()[0]!
    for (const { name, file, fixed, x, measure } of axes) {
      const rates: number[][] = []
      for (const value of x) {
        rates.push(await measure(value))
        stderr.write(
          `${value} ${name}: ${rates
            .at(-1)!
            .map(rate => rate.toFixed(1))
            .join(', ')} GF/s\n`,
        )
      }
      const series = Object.keys(contestants).map((name, i) => ({
        name,
        gflops: rates.map(rate => rate[i]!),
      }))
      curves.push({ file, axis: name, fixed, x, series })
      meter.measure()
    }
    const { peak } = meter
    const date = new Date().toISOString().slice(0, 10)
    const run = { date, engine: engine(), processor: processor(), load, peak, curves }
    writeFileSync(join(results, 'scaling.json'), `${JSON.stringify(run, null, 1)}\n`)
    for (const curve of curves) {
      const subtitle = `ten best, ${curve.file === 'threads' ? '' : 'one thread, '}faster quarter of runs; ${run.engine.replace(/ \(.*/, '')}, ${run.processor}; load ${load.toFixed(1)}; ${date}`
      const picture = toCurves(curve, subtitle, 'gflops' in peak ? peak.gflops : undefined)
      writeFileSync(join(results, `scaling-${curve.file}.svg`), picture)
    }
  } finally {
    meter.dispose()
  }
}

main().catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})

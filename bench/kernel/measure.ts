// Measures workloads on this engine. For each, every contestant loads the documents, every score and ranking is checked,
// and then the contestants are timed in turns. The processor's peak is measured before and after.

import { loadavg } from 'node:os'
import { stderr } from 'node:process'
import { type Accuracy, checkContestant, checkScreens, expectedScores } from '../shared/check-scores.js'
import { createPeakMeter, engine, type Peak, processor } from '../shared/machine.js'
import { measureInRounds, type Timing } from '../shared/timing.js'
import { queriesOf, type WorkloadRows } from '../shared/workload-rows.js'
import { loadWorkload, type Workload, workloads } from '../shared/workloads.js'
import type { Arguments } from './arguments.js'
import { type BatchResult, measureBatch } from './batch.js'
import { createContestants, DEFAULT_SCREEN } from './contestants.js'
import { measurePruning } from './pruning.js'
import type { Result, Run, WorkloadResults } from './report.js'

/** The results of a workload without shares of the peak, which is known only at the end of the run. */
interface Measured extends Omit<WorkloadResults, 'results'> {
  readonly results: readonly (Timing & Accuracy & Pick<Result, 'contestant' | 'screen'>)[]
}

const log = (line: string) => stderr.write(`${line}\n`)

/** Measures the chosen workloads. A workload is skipped if its model cannot be installed. */
export async function measureRun(options: Arguments): Promise<Run> {
  const chosen = workloads.filter(({ name, optional }) => options.workloads?.includes(name) ?? !optional)
  const meter = createPeakMeter()
  const load = loadavg()[0]!
  try {
    meter.measure()
    const measured: Measured[] = []
    for (const workload of chosen) {
      log(`${workload.name}: ${workload.shape}`)
      const rows = await loadWorkload(workload, log)
      if (!rows) continue
      measured.push(await measureWorkload(workload, rows, options))
      meter.measure()
    }
    const batch = await measureBatches(chosen, options)
    const { peak } = meter
    return {
      date: new Date().toISOString().slice(0, 10),
      engine: engine(),
      processor: processor(),
      load,
      peak,
      defaultScreen: DEFAULT_SCREEN,
      workloads: measured.map(workload => addRates(workload, peak)),
      ...(batch && { batch }),
    }
  } finally {
    meter.dispose()
  }
}

/** Measures batches on W0, if that is among the chosen workloads. */
async function measureBatches(
  chosen: readonly Workload[],
  options: Arguments,
): Promise<BatchResult[] | undefined> {
  const workload = chosen.find(({ name }) => name === 'W0')
  if (!workload) return undefined
  log('  measuring rankBatch')
  return measureBatch(await workload.load(log), options.milliseconds)
}

async function measureWorkload(
  { name, shape }: Workload,
  rows: WorkloadRows,
  options: Arguments,
): Promise<Measured> {
  const { own, others } = await createContestants(rows, options.kernels)
  const contestants = [...own, ...others]
  try {
    log('  checking every score against f64, and the rankings of every screen against those of f32')
    const expected = expectedScores(rows)
    const accuracies = contestants.map(contestant => checkContestant(contestant, expected))
    checkScreens(own)
    const pruning = measurePruning(own)
    globalThis.gc?.()
    log(`  measuring ${contestants.map(contestant => contestant.name).join(', ')}`)
    const timings = measureInRounds(contestants, options.milliseconds)
    const { dim } = rows.query
    const queries = queriesOf(rows)
    const rowsIn = (all: readonly { readonly data: ArrayLike<number> }[]) =>
      all.reduce((sum, { data }) => sum + data.length / dim, 0)
    return {
      workload: name,
      shape,
      queries: queries.length,
      queryRows: rowsIn(queries) / queries.length,
      documents: rows.documents.length,
      rows: rowsIn(rows.documents),
      dim,
      // those of this library come first
      results: contestants.map((contestant, i) => ({
        contestant: contestant.name,
        ...(own[i] && { screen: own[i].screen }),
        ...timings[i]!,
        ...accuracies[i]!,
      })),
      pruning,
    }
  } finally {
    for (const contestant of contestants) contestant.dispose()
  }
}

/** Adds rates and ratios to the results of a workload. */
function addRates(workload: Measured, peak: Peak): WorkloadResults {
  const operations = 2 * workload.rows * workload.dim * workload.queryRows
  const medianOf = (name: string) =>
    workload.results.find(({ contestant }) => contestant === name)?.median ?? Number.NaN
  const tiled = medianOf('javascript-tiled')
  const simple = medianOf('javascript')
  return {
    ...workload,
    results: workload.results.map(result => {
      const gflops = operations / result.median / 1e6
      return {
        ...result,
        gflops,
        ofPeak: 'gflops' in peak ? gflops / peak.gflops : null,
        timesTiled: tiled / result.median,
        timesSimple: simple / result.median,
      }
    }),
  }
}

// The results of a run, and their tables for a terminal.

import type { Screen } from '../../src/index.js'
import type { Accuracy } from '../shared/check-scores.js'
import type { Peak } from '../shared/machine.js'
import type { Timing } from '../shared/timing.js'
import type { BatchResult } from './batch.js'
import type { Pruning } from './pruning.js'

/** The result of one contestant. */
export interface Result extends Timing, Accuracy {
  readonly contestant: string
  /** The screen, if it is this library. */
  readonly screen?: Screen
  /** 2 x rows x dim x query rows / median. */
  readonly gflops: number
  /** Share of the processor's peak, or null if that is unknown. */
  readonly ofPeak: number | null
  /** Speed relative to tiled plain JavaScript in the same run. */
  readonly timesTiled: number
  /** Speed relative to simple plain JavaScript in the same run. */
  readonly timesSimple: number
}

/** The results of one workload. */
export interface WorkloadResults {
  readonly workload: string
  readonly shape: string
  readonly queries: number
  /** Rows of a query, on average. */
  readonly queryRows: number
  readonly documents: number
  readonly rows: number
  readonly dim: number
  readonly results: readonly Result[]
  readonly pruning: readonly Pruning[]
}

/** One run on one engine: the output of --json. */
export interface Run {
  readonly date: string
  readonly engine: string
  readonly processor: string
  /** The load average of the machine when the run started. */
  readonly load: number
  readonly peak: Peak
  /** The screen of a corpus without options. */
  readonly defaultScreen: Screen
  readonly workloads: readonly WorkloadResults[]
  /** The results of `rankBatch` on W0, if that was measured. */
  readonly batch?: readonly BatchResult[]
}

const COLUMNS = [
  'contestant',
  'median ms',
  'p25 - p75',
  'best',
  'GF/s',
  'of peak',
  'x tiled JS',
  'x plain JS',
]

/** Milliseconds, with as many digits as are meaningful. */
export const milliseconds = (value: number) => value.toFixed(value < 100 ? 2 : 0)

/** A whole number with separators. */
export const count = (value: number) => value.toLocaleString('en')

/** The cells of a table row. */
function cellsOf(result: Result): string[] {
  return [
    result.contestant,
    milliseconds(result.median),
    `${milliseconds(result.p25)} - ${milliseconds(result.p75)}`,
    milliseconds(result.min),
    result.gflops.toFixed(1),
    result.ofPeak === null ? 'n/a' : result.ofPeak.toFixed(2),
    result.timesTiled.toFixed(1),
    result.timesSimple.toFixed(1),
  ]
}

/** The head of the table of batches. */
export const BATCH_COLUMNS = ['rankBatch of W0', 'ms per query, one by one', 'in the batch', 'times as fast']

/** A line of the table of batches. */
export const batchCells = ({ kernel, corpus, queries, oneByOne, batch }: BatchResult): string[] => [
  `${queries} queries, ${kernel} ${corpus}`,
  oneByOne.toFixed(2),
  batch.toFixed(2),
  (oneByOne / batch).toFixed(2),
]

const size = ({ queries, queryRows, documents, rows, dim }: WorkloadResults) =>
  `${queries === 1 ? '' : `${queries} queries of `}${queryRows} query rows, ${count(documents)} documents, ${count(rows)} rows of ${dim}`

/** The engine, the processor and its peak. */
export function machineOf({ engine, processor, peak }: Run): string {
  const peakText =
    'gflops' in peak
      ? `128-bit f32 peak of a core: ${peak.gflops.toFixed(1)} GF/s`
      : `peak unknown: ${peak.why}`
  return `${engine}, ${processor}, ${peakText}`
}

/** What a level leaves, for a table: the mean over all queries, and the most. */
export function leftText({ mean, most }: { mean: number; most: number }): string {
  const meanText = mean < 100 ? Number(mean.toFixed(1)) : Math.round(mean)
  return meanText === most ? count(most) : `${count(meanText)} (${count(most)})`
}

/** Tables for a terminal. */
export function toText(run: Run): string {
  const lines = [machineOf(run)]
  for (const workload of run.workloads) {
    lines.push('', `${workload.workload}: ${workload.shape} (${size(workload)})`)
    lines.push(...aligned([COLUMNS, ...workload.results.map(cellsOf)]))
    const accuracy = workload.results.map(
      ({ contestant, error, bound }) =>
        `${contestant} ${error.toExponential(1)} (bound ${bound.toExponential(1)})`,
    )
    lines.push(`  largest error: ${accuracy.join(', ')}`)
    for (const { contestant, screened, queries, levels } of workload.pruning) {
      const left = levels.map(level => `${level.level} ${leftText(level)}`)
      lines.push(
        `  documents left by ${contestant}, mean (most): ${left.join(', ')}; used for ${screened} of ${queries} queries`,
      )
    }
  }
  if (run.batch) lines.push('', ...aligned([BATCH_COLUMNS, ...run.batch.map(batchCells)]))
  return `${lines.join('\n')}\n`
}

/** The lines of a table. The first column is aligned to the left, the others to the right. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  return table.map(
    row => `  ${row.map((cell, i) => (i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`,
  )
}

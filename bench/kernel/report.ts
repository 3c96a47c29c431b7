// The results of a run, as tables for a terminal and for Markdown. Writes no files.

import type { Accuracy } from '../shared/check-scores.js'
import type { Peak } from '../shared/machine.js'
import type { Timing } from '../shared/timing.js'
import type { BatchResult } from './batch.js'

/** The result of one contestant. */
export interface Result extends Timing, Accuracy {
  readonly contestant: string
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
  readonly queryRows: number
  readonly documents: number
  readonly rows: number
  readonly dim: number
  readonly results: readonly Result[]
}

/** One run on one engine: the output of --json. */
export interface Run {
  readonly engine: string
  readonly processor: string
  readonly peak: Peak
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

/** The cells of a table row. */
function cellsOf(result: Result): string[] {
  const milliseconds = (value: number) => value.toFixed(value < 100 ? 2 : 0)
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

const BATCH_COLUMNS = ['rankBatch of W0', 'ms per query, one by one', 'in the batch', 'times as fast']

const batchCells = ({ kernel, corpus, queries, oneByOne, batch }: BatchResult): string[] => [
  `${queries} queries, ${kernel} ${corpus}`,
  oneByOne.toFixed(2),
  batch.toFixed(2),
  (oneByOne / batch).toFixed(2),
]

const count = (value: number) => value.toLocaleString('en')

const size = ({ queryRows, documents, rows, dim }: WorkloadResults) =>
  `${queryRows} query rows, ${count(documents)} documents, ${count(rows)} rows of ${dim}`

function machineOf({ engine, processor, peak }: Run): string {
  const peakText =
    'gflops' in peak
      ? `128-bit f32 peak of a core: ${peak.gflops.toFixed(1)} GF/s`
      : `peak unknown: ${peak.why}`
  return `${engine}, ${processor}, ${peakText}`
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

/** Tables for Markdown. */
export function toMarkdown(runs: readonly Run[]): string {
  const lines: string[] = []
  for (const run of runs) {
    lines.push(`${machineOf(run)}, one thread:`, '')
    lines.push(
      `| workload | ${COLUMNS.join(' | ')} |`,
      `| --- | --- |${' ---: |'.repeat(COLUMNS.length - 1)}`,
    )
    for (const workload of run.workloads) {
      workload.results.forEach((result, i) => {
        lines.push(
          `| ${i ? '' : `${workload.workload}: ${workload.shape}`} | ${cellsOf(result).join(' | ')} |`,
        )
      })
    }
    lines.push('')
    if (run.batch) {
      lines.push(`| ${BATCH_COLUMNS.join(' | ')} |`, '| --- | ---: | ---: | ---: |')
      for (const result of run.batch) lines.push(`| ${batchCells(result).join(' | ')} |`)
      lines.push('')
    }
  }
  return `${lines.join('\n')}`
}

/** The contestants of the summary: simple plain JavaScript, and `rank` with its defaults on the fastest kernel. */
const SUMMARY = [/^javascript$/, /certified$/]

/** The table of the README: what the last run measured for users, without the details of kernels. */
export function toSummary(runs: readonly Run[]): string {
  const run = runs.at(-1)
  if (!run) return ''
  const lines = [
    `One core of ${run.processor}, ${run.engine.replace(/ \(.*/, '')}, the ten best of all documents:`,
    '',
    '| | plain JavaScript | maxsimd, exact | times as fast |',
    '| --- | ---: | ---: | ---: |',
  ]
  for (const { results, queryRows, documents, rows, dim } of run.workloads) {
    const [plain, own] = SUMMARY.map(name => results.find(({ contestant }) => name.test(contestant)))
    if (!plain || !own) continue
    const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
    lines.push(
      `| ${queryRows} query rows x ${count(documents)} documents (${count(rows)} rows of ${dim}) ` +
        `| ${milliseconds(plain.median)} | ${milliseconds(own.median)} | ${(plain.median / own.median).toFixed(0)} |`,
    )
  }
  return `${lines.join('\n')}\n`
}

// What a run found, and its three forms: a table for the terminal, a table for Markdown between two markers, JSON.
// Figures are derived here and nowhere else. Writes no files.

import type { Accuracy } from '../shared/check-scores.js'
import type { Peak } from '../shared/machine.js'
import type { Timing } from '../shared/timing.js'
import type { BatchResult } from './batch.js'

export interface Result extends Timing, Accuracy {
  readonly contestant: string
  /** 2 x rows x dim x query rows / median. */
  readonly gflops: number
  /** Share of the processor's peak; null where that is not known. */
  readonly ofPeak: number | null
  /** Times as fast as each of the two in plain JavaScript, in the same run. */
  readonly timesTiled: number
  readonly timesSimple: number
}

export interface WorkloadResults {
  readonly workload: string
  readonly shape: string
  readonly queryRows: number
  readonly documents: number
  readonly rows: number
  readonly dim: number
  readonly results: readonly Result[]
}

/** One run on one engine: what --json prints. */
export interface Run {
  readonly engine: string
  readonly processor: string
  readonly peak: Peak
  readonly workloads: readonly WorkloadResults[]
  /** `rankBatch` on W0; left out where that was not measured. */
  readonly batch?: readonly BatchResult[]
}

const columns = [
  'contestant',
  'median ms',
  'p25 - p75',
  'best',
  'GF/s',
  'of peak',
  'x tiled JS',
  'x plain JS',
]

function cells(result: Result): string[] {
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

const batchColumns = ['rankBatch of W0', 'ms a query, one by one', 'in the batch', 'times as fast']

const batchCells = ({ kernel, corpus, queries, oneByOne, batch }: BatchResult): string[] => [
  `${queries} queries, ${kernel} ${corpus}`,
  oneByOne.toFixed(2),
  batch.toFixed(2),
  (oneByOne / batch).toFixed(2),
]

const count = (value: number) => value.toLocaleString('en')

const size = ({ queryRows, documents, rows, dim }: WorkloadResults) =>
  `${queryRows} query rows, ${count(documents)} documents, ${count(rows)} rows of ${dim}`

function machine({ engine, processor, peak }: Run): string {
  const peakText =
    'gflops' in peak ? `128-bit f32 peak of a core: ${peak.gflops.toFixed(1)} GF/s` : `peak n/a (${peak.why})`
  return `${engine}, ${processor}, ${peakText}`
}

/** Tables for a terminal. */
export function toText(run: Run): string {
  const lines = [machine(run)]
  for (const workload of run.workloads) {
    lines.push('', `${workload.workload}: ${workload.shape} (${size(workload)})`)
    lines.push(...aligned([columns, ...workload.results.map(cells)]))
    const accuracy = workload.results.map(
      ({ contestant, error, bound }) =>
        `${contestant} ${error.toExponential(1)} (bound ${bound.toExponential(1)})`,
    )
    lines.push(`  largest error: ${accuracy.join(', ')}`)
  }
  if (run.batch) lines.push('', ...aligned([batchColumns, ...run.batch.map(batchCells)]))
  return `${lines.join('\n')}\n`
}

/** A table's lines: the first column to the left, the others to the right. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  return table.map(
    row => `  ${row.map((cell, i) => (i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`,
  )
}

/** The block between the markers, without them. */
export function toMarkdown(runs: readonly Run[]): string {
  const lines: string[] = []
  for (const run of runs) {
    lines.push(`${machine(run)}, one thread:`, '')
    lines.push(
      `| workload | ${columns.join(' | ')} |`,
      `| --- | --- |${' ---: |'.repeat(columns.length - 1)}`,
    )
    for (const workload of run.workloads) {
      workload.results.forEach((result, i) => {
        lines.push(`| ${i ? '' : `${workload.workload}: ${workload.shape}`} | ${cells(result).join(' | ')} |`)
      })
    }
    lines.push('')
    if (run.batch) {
      lines.push(`| ${batchColumns.join(' | ')} |`, '| --- | ---: | ---: | ---: |')
      for (const result of run.batch) lines.push(`| ${batchCells(result).join(' | ')} |`)
      lines.push('')
    }
  }
  return `${lines.join('\n')}`
}

// The tables of the documentation: all engines side by side, what each level of a screen leaves, and the summary of the
// README.

import { markdownTable } from '../shared/markdown-table.js'
import {
  BATCH_COLUMNS,
  batchCells,
  count,
  leftText,
  machineOf,
  milliseconds,
  type Result,
  type Run,
  type WorkloadResults,
} from './report.js'

/** `Node 24` of `Node 24.21.0 (V8 13.6)`. */
export const shortEngine = ({ engine }: Run) => /^\S+ \d+/.exec(engine)?.[0] ?? engine

/** What the lines of different engines have in common: the screen, or the name of another contestant. */
const labelOf = ({ screen, contestant }: Result, { defaultScreen }: Run): string => {
  if (screen === undefined) return contestant
  if (screen === 'off') return 'f32'
  return `screen \`${screen}\`${screen === defaultScreen ? ', the default' : ''}`
}

const timesText = (result: Result | undefined): string[] => {
  if (!result) return ['-', '-']
  return [milliseconds(result.median), result.ofPeak === null ? 'n/a' : result.ofPeak.toFixed(2)]
}

/** The workloads of all runs, by name. */
function workloadsOf(runs: readonly Run[]): WorkloadResults[] {
  const all = runs.flatMap(({ workloads }) => workloads)
  return [...new Map(all.map(workload => [workload.workload, workload])).values()]
}

/** The lines of a workload: for each contestant its time and share of the peak on each engine. */
function linesOf({ workload, shape }: WorkloadResults, runs: readonly Run[]): string[][] {
  const byLabel = runs.map(run => {
    const results = run.workloads.find(found => found.workload === workload)?.results ?? []
    // the fastest kernel is the first one
    return new Map([...results].reverse().map(result => [labelOf(result, run), result]))
  })
  const first = runs.flatMap(run =>
    (run.workloads.find(found => found.workload === workload)?.results ?? []).map(result =>
      labelOf(result, run),
    ),
  )
  return [...new Set(first)].map((label, i) => [
    i ? '' : `${workload}: ${shape}`,
    label,
    ...byLabel.flatMap(results => timesText(results.get(label))),
  ])
}

/** The table of all engines, and that of batches. */
export function toMarkdown(runs: readonly Run[]): string {
  if (runs.length === 0) return ''
  const lines = [...runs.map(run => `- ${machineOf(run)}; load ${run.load.toFixed(1)}; ${run.date}`), '']
  const head = runs.flatMap(run => [`${shortEngine(run)}: ms`, 'of peak'])
  lines.push(
    markdownTable(
      ['workload', 'contestant', ...head],
      workloadsOf(runs).flatMap(workload => linesOf(workload, runs)),
      2,
    ),
    '',
  )
  for (const run of runs) {
    if (!run.batch) continue
    lines.push(
      markdownTable(
        [`${shortEngine(run)}: ${BATCH_COLUMNS[0]}`, ...BATCH_COLUMNS.slice(1)],
        run.batch.map(batchCells),
      ),
      '',
    )
  }
  return lines.join('\n')
}

/** The table of pruning, of the last run: how many documents each level of a screen leaves. */
export function toPruning(runs: readonly Run[]): string {
  const run = runs.at(-1)
  if (!run) return ''
  const all = run.workloads.flatMap(workload => workload.pruning.map(pruning => ({ workload, pruning })))
  const levels = [...new Set(all.flatMap(({ pruning }) => pruning.levels.map(({ level }) => level)))]
  // exact scoring is the last level of every screen
  levels.sort((a, b) => Number(a === 'f32') - Number(b === 'f32'))
  const rows = all.map(({ workload, pruning }) => [
    workload.workload,
    `\`${pruning.screen}\``,
    `${pruning.screened} of ${pruning.queries}`,
    count(pruning.considered),
    ...levels.map(name => {
      const level = pruning.levels.find(({ level }) => level === name)
      return level ? leftText(level) : '-'
    }),
  ])
  const head = [
    'workload',
    'screen',
    'queries screened',
    'documents',
    ...levels.map(name => `left for ${name}`),
  ]
  return `${shortEngine(run)}, ${run.processor}; the mean of all queries, and in brackets the most:\n\n${markdownTable(head, rows, 2)}\n`
}

/** The workloads of the README: the real rows with a query of usual length, and the usual random rows. */
const SUMMARY = ['definitions', 'nq', 'dictionary', 'W0']

/** The table of the README: what the last run measured for users, without the details of kernels. */
export function toSummary(runs: readonly Run[]): string {
  const run = runs.at(-1)
  if (!run) return ''
  const chosen = run.workloads.filter(({ workload }) => SUMMARY.includes(workload))
  const rows = chosen.flatMap(({ results, queryRows, documents, rows, dim }) => {
    const plain = results.find(({ contestant }) => contestant === 'javascript')
    const own = results.find(({ screen }) => screen === run.defaultScreen)
    if (!plain || !own) return []
    const time = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
    const shape = `${queryRows} query rows x ${count(documents)} documents (${count(rows)} rows of ${dim})`
    return [[shape, time(plain.median), time(own.median), (plain.median / own.median).toFixed(0)]]
  })
  return [
    `One core of ${run.processor}, ${run.engine.replace(/ \(.*/, '')}, the ten best of all documents:`,
    '',
    markdownTable(['', 'plain JavaScript', 'maxsimd, exact', 'times as fast'], rows),
    '',
  ].join('\n')
}

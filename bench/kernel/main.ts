// `npm run bench`. For each workload, every contestant loads the documents, every score is checked, and then the contestants
// are timed in turns. The processor's peak is measured before and after.
//
// Results go to standard output, progress to standard error. Files are written only with --markdown or --docs.

import { readFileSync, writeFileSync } from 'node:fs'
import { stderr, stdout } from 'node:process'
import { type Accuracy, checkContestant, expectedScores } from '../shared/check-scores.js'
import { createPeakMeter, engine, type Peak, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { measureInRounds, type Timing } from '../shared/timing.js'
import { type Workload, workloads } from '../shared/workloads.js'
import { type Arguments, help, parseArguments, UsageError } from './arguments.js'
import { type BatchResult, measureBatch } from './batch.js'
import { createContestants } from './contestants.js'
import { type Run, toMarkdown, toSummary, toText, type WorkloadResults } from './report.js'

/** The results of a workload without shares of the peak, which is known only at the end of the run. */
interface Measured extends Omit<WorkloadResults, 'results'> {
  readonly results: readonly (Timing & Accuracy & { readonly contestant: string })[]
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseArguments(args)
  if (options.help) {
    stdout.write(help)
    return
  }
  const blocks = blocksToWrite(options)
  // fails for a file without markers before minutes are spent on measuring
  for (const { file, name } of blocks) replaceBlock(readFileSync(file, 'utf8'), file, name, '')
  const runs =
    options.results.length > 0
      ? options.results.map(file => JSON.parse(readFileSync(file, 'utf8')) as Run)
      : [await run(options)]
  stdout.write(
    options.json
      ? `${JSON.stringify(runs.length === 1 ? runs[0] : runs, null, 2)}\n`
      : runs.map(toText).join('\n'),
  )
  for (const { file, name, render } of blocks) {
    writeFileSync(file, replaceBlock(readFileSync(file, 'utf8'), file, name, render(runs)))
    stderr.write(`figures written to ${file}\n`)
  }
}

/** A marked block of a document, and the function that renders it. */
interface Block {
  readonly file: string
  readonly name: string
  render(runs: readonly Run[]): string
}

function blocksToWrite({ markdown, docs }: Arguments): Block[] {
  const tables = (file: string): Block => ({ file, name: 'bench', render: toMarkdown })
  return [
    ...(markdown === undefined ? [] : [tables(markdown)]),
    ...(docs ? [tables('docs/speed.md'), { file: 'README.md', name: 'speed', render: toSummary }] : []),
  ]
}

async function run(options: Arguments): Promise<Run> {
  const chosen = workloads.filter(({ name, optional }) => options.workloads?.includes(name) ?? !optional)
  const meter = createPeakMeter()
  try {
    meter.measure()
    const measured: Measured[] = []
    for (const workload of chosen) {
      measured.push(await measureWorkload(workload, options))
      meter.measure()
    }
    const batch = await measureBatches(chosen, options)
    const { peak } = meter
    return {
      engine: engine(),
      processor: processor(),
      peak,
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
  stderr.write('  measuring rankBatch\n')
  return measureBatch(workload.load(), options.milliseconds)
}

async function measureWorkload({ name, shape, load }: Workload, options: Arguments): Promise<Measured> {
  stderr.write(`${name}: ${shape}\n`)
  const rows = load()
  const contestants = await createContestants(rows, options.kernels)
  try {
    stderr.write('  checking every score against f64\n')
    const expected = expectedScores(rows)
    const accuracies = contestants.map(contestant => checkContestant(contestant, expected))
    globalThis.gc?.()
    stderr.write(`  measuring ${contestants.map(contestant => contestant.name).join(', ')}\n`)
    const timings = measureInRounds(contestants, options.milliseconds)
    const { dim, data } = rows.query
    return {
      workload: name,
      shape,
      queryRows: data.length / dim,
      documents: rows.documents.length,
      rows: rows.documents.reduce((sum, document) => sum + document.data.length / dim, 0),
      dim,
      results: contestants.map((contestant, i) => ({
        contestant: contestant.name,
        ...timings[i]!,
        ...accuracies[i]!,
      })),
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

main(process.argv.slice(2)).catch((error: Error) => {
  const isUsage = error instanceof UsageError
  stderr.write(isUsage ? `${error.message}\nSee npm run bench -- --help\n` : `${error.message}\n`)
  process.exitCode = isUsage ? 2 : 1
})

// The benchmark: `npm run bench`. For each workload: load it, let everyone hold its documents, check every score, then
// measure in turns, with the processor's peak before and after.
//
// Results go to standard output, progress to standard error. Writes no file but the one that --markdown names.

import { readFileSync, writeFileSync } from 'node:fs'
import { stderr, stdout } from 'node:process'
import { type Accuracy, check, expectedScores } from '../shared/check-scores.js'
import { createPeakMeter, engine, type Peak, processor } from '../shared/machine.js'
import { fillIn } from '../shared/marked-block.js'
import { measure, type Timing } from '../shared/timing.js'
import { type Workload, workloads } from '../shared/workloads.js'
import { type Arguments, help, parseArguments, UsageError } from './arguments.js'
import { type BatchResult, measureBatch } from './batch.js'
import { createContestants } from './contestants.js'
import { type Run, toMarkdown, toText, type WorkloadResults } from './report.js'

/** A workload before the peak is known: that is the largest of the whole run. */
interface Measured extends Omit<WorkloadResults, 'results'> {
  readonly results: readonly (Timing & Accuracy & { readonly contestant: string })[]
}

async function main(args: readonly string[]): Promise<void> {
  const asked = parseArguments(args)
  if (asked.help) {
    stdout.write(help)
    return
  }
  // a file without markers is an error before minutes are spent on measuring
  if (asked.markdown !== undefined) fillIn(readFileSync(asked.markdown, 'utf8'), asked.markdown, 'bench', '')
  const runs =
    asked.results.length > 0
      ? asked.results.map(file => JSON.parse(readFileSync(file, 'utf8')) as Run)
      : [await run(asked)]
  stdout.write(
    asked.json
      ? `${JSON.stringify(runs.length === 1 ? runs[0] : runs, null, 2)}\n`
      : runs.map(toText).join('\n'),
  )
  if (asked.markdown !== undefined) {
    const text = readFileSync(asked.markdown, 'utf8')
    writeFileSync(asked.markdown, fillIn(text, asked.markdown, 'bench', toMarkdown(runs)))
    stderr.write(`figures written to ${asked.markdown}\n`)
  }
}

async function run(asked: Arguments): Promise<Run> {
  const chosen = workloads.filter(({ name, optional }) => asked.workloads?.includes(name) ?? !optional)
  const meter = createPeakMeter()
  try {
    meter.measure()
    const measured: Measured[] = []
    for (const workload of chosen) {
      measured.push(await measureWorkload(workload, asked))
      meter.measure()
    }
    const batch = await measureBatches(chosen, asked)
    const { peak } = meter
    return {
      engine: engine(),
      processor: processor(),
      peak,
      workloads: measured.map(workload => finish(workload, peak)),
      ...(batch && { batch }),
    }
  } finally {
    meter.dispose()
  }
}

/** On W0, where that is measured at all. */
async function measureBatches(
  chosen: readonly Workload[],
  asked: Arguments,
): Promise<BatchResult[] | undefined> {
  const workload = chosen.find(({ name }) => name === 'W0')
  if (!workload) return undefined
  stderr.write('  measuring a batch of queries\n')
  return measureBatch(workload.load(), asked.milliseconds)
}

async function measureWorkload({ name, shape, load }: Workload, asked: Arguments): Promise<Measured> {
  stderr.write(`${name}: ${shape}\n`)
  const rows = load()
  const contestants = await createContestants(rows, asked.kernels)
  try {
    stderr.write('  checking every score against f64\n')
    const expected = expectedScores(rows)
    const accuracies = contestants.map(contestant => check(contestant, expected))
    globalThis.gc?.()
    stderr.write(`  measuring ${contestants.map(contestant => contestant.name).join(', ')}\n`)
    const timings = measure(contestants, asked.milliseconds)
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

function finish(workload: Measured, peak: Peak): WorkloadResults {
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
  const usage = error instanceof UsageError
  stderr.write(usage ? `${error.message}\nSee npm run bench -- --help\n` : `${error.message}\n`)
  process.exitCode = usage ? 2 : 1
})

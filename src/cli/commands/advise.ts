// `maxsimd advise`: measures first stages on a store or a collection, and recommends one.

import { Command } from 'commander'
import type { ReadableCollection } from '../../collection/collection.js'
import { type Advice, advise, type StageAdvice } from '../../stages/index.js'
import { connect } from '../connection.js'
import { type ConnectionOptions, countOption, USING_OPTION, withConnection } from '../options.js'
import { formatBrief, formatBytes, formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { showPhases } from '../output/progress-labels.js'
import { chooseQueries, type QueryFileOptions, readVectorQueries, withQueryOptions } from '../query-file.js'
import { DEFAULT_FOLDER, openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  progressOn,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface AdviseArguments extends Omit<ConnectionOptions, 'collection'>, QueryFileOptions {
  readonly collection?: string
  readonly store?: string
  readonly recall: number
  readonly candidates: number
}

const HELP = helpText(
  `
Searches each query exactly in all documents, draws documents from all of them, and reports for each first stage which
share of the ten best documents is among its candidates, with an interval of 95 %, the time of a query in this process,
and the bytes of a document. Prints the lines that configure the recommended stage. Writes nothing. Exit code 1: no
stage reaches the recall.`,
  [
    'npx maxsimd advise --store corpus --sample 100 --recall 0.95',
    'npx maxsimd advise --collection colbert-search --queries queries.jsonl --candidates 500',
  ],
)

export function createAdvise(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withQueryOptions(
    withConnection(new Command('advise').option(...USING_OPTION), { collection: 'optional' }),
  )
  return command
    .description('measure first stages on your documents, and recommend one')
    .option(
      '--store <folder>',
      `measure a store or text index, not a collection (default without --collection: ${DEFAULT_FOLDER})`,
    )
    .option('--recall <share>', 'recall that the stage has to reach, from 0.5 to 1', parseRecall, 0.95)
    .addOption(countOption('--candidates <n>', 'candidates of the first stage', 200))
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runAdvise(command.opts<AdviseArguments>(), terminal)))
}

function parseRecall(value: string): number {
  const recall = Number(value)
  if (recall >= 0.5 && recall <= 1) return recall
  throw new UsageError(`"--recall" expected a number from 0.5 to 1, got "${value}"`)
}

async function runAdvise(options: AdviseArguments, terminal: Terminal): Promise<number> {
  const { collection: name, store } = options
  if (name !== undefined && store !== undefined) {
    throw new UsageError('"--collection" and "--store" cannot be combined')
  }
  if (options.candidates < 10) {
    throw new UsageError(`"--candidates" expected a whole number of at least 10, got "${options.candidates}"`)
  }
  if (name !== undefined) {
    return measure(await connect({ ...options, collection: name }, terminal), options, terminal)
  }
  const opened = await openForReading(store ?? DEFAULT_FOLDER)
  try {
    return await measure(opened, options, terminal)
  } finally {
    await opened.close()
  }
}

async function measure(
  collection: ReadableCollection,
  options: AdviseArguments,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const { using, recall, candidates } = options
  const fromFile = await readVectorQueries(options)
  const queries = await chooseQueries(fromFile, collection, options, signal)
  const progress = progressOn(terminal)
  const advice = await advise(
    collection,
    // the ids of a file do not name documents of the collection
    queries.map(({ id, vector }) => ({ id: fromFile ? undefined : id, vector })),
    { using, recall, candidates, signal, onProgress: showPhases(progress) },
  )
  progress.clear()
  if (options.json) printJson(terminal, advice)
  else terminal.stdout.write(adviceText(advice))
  return advice.reaches ? EXIT_CODES.success : EXIT_CODES.problems
}

function adviceText(advice: Advice): string {
  const { documents, queries, candidates, recommended, reaches, config, target } = advice
  const lines = advice.stages.map(lineOf)
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map(line => line[i]!.length)))
  const table = lines.map(line =>
    line
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  const share = `${100 * target} %`
  const verdict =
    recommended.stage === 'exact'
      ? `Exact search takes ${formatBrief(recommended.milliseconds)} ms; no first stage is needed.`
      : reaches
        ? `Recommended: ${recommended.stage} of ${recommended.size} in ${recommended.datatype}.`
        : `No stage reaches ${share}; ${recommended.stage} of ${recommended.size} is the nearest. Try more --candidates.`
  const counts = `${formatCount(documents, 'document')}, ${formatCount(queries, 'query', 'queries')}, ${formatCount(candidates, 'candidate')}`
  return `${[counts, '', ...table, '', verdict, ...(config === '' ? [] : ['', config])].join('\n')}\n`
}

const percent = (share: number) => (100 * share).toFixed(1)

function lineOf({ stage, size, datatype, recall, low, high, milliseconds, bytes }: StageAdvice): string[] {
  const interval = stage === 'exact' ? '' : `(${percent(low)} to ${percent(high)})`
  return [
    stage === 'exact' ? stage : `${stage} of ${size}`,
    datatype,
    `recall@10 ${percent(recall)} %`,
    interval,
    `${formatBrief(milliseconds)} ms`,
    `${formatBytes(bytes)} a document`,
  ]
}

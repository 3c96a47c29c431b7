// `maxsimd advise`: measures first stages on a store or a collection, and recommends one.

import { Command } from 'commander'
import type { ReadableCollection } from '../../collection/collection.js'
import { type Advice, advise, type StageAdvice, withFirstStage } from '../../stages/index.js'
import type { Store } from '../../store/index.js'
import { connect } from '../connection.js'
import { driftOf, driftText, quoted } from '../first-stage/stage-options.js'
import { type ConnectionOptions, countOption, USING_OPTION, withConnection } from '../options.js'
import { formatBrief, formatBytes, formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { showPhases } from '../output/progress-labels.js'
import { chooseQueries, type QueryFileOptions, readVectorQueries, withQueryOptions } from '../query-file.js'
import { DEFAULT_FOLDER, openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  progressOn,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface AdviseArguments extends Omit<ConnectionOptions, 'collection'>, QueryFileOptions {
  readonly collection?: string
  readonly store?: string
  readonly recall: number
  readonly candidates?: number
  readonly milliseconds?: number
}

/** The candidates of `index --first-stage` by default. */
const DEFAULT_CANDIDATES = 200

const HELP = helpText(
  `
Searches each query exactly in all documents, draws documents from all of them, and reports for each first stage which
share of the ten best documents is among its candidates, with an interval of 95 %, the time of a query in this process,
and the bytes of a document. Prints the command that adds the recommended stage to the store, or for a collection the
lines of a program that configure it. Says too whether the first stage that a store has should be fitted again. Writes
nothing. Exit code 1: no stage reaches the recall.`,
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
    .addOption(
      countOption(
        '--candidates <n>',
        'candidates of the first stage (default: 200; up to 2,000 if a stage needs them to reach the recall)',
      ),
    )
    .option(
      '--milliseconds <n>',
      'time that a query may take: exact search as fast as this needs no first stage (default: 50, and any time for at most 10,000 rows)',
      parseMilliseconds,
    )
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runAdvise(command.opts<AdviseArguments>(), terminal)))
}

function parseRecall(value: string): number {
  const recall = Number(value)
  if (recall >= 0.5 && recall <= 1) return recall
  throw new UsageError(`"--recall" expected a number from 0.5 to 1, got "${value}"`)
}

function parseMilliseconds(value: string): number {
  const milliseconds = value.trim() === '' ? Number.NaN : Number(value)
  if (milliseconds >= 0 && milliseconds < Infinity) return milliseconds
  throw new UsageError(`"--milliseconds" expected a number of at least 0, got "${value}"`)
}

async function runAdvise(options: AdviseArguments, terminal: Terminal): Promise<number> {
  const { collection: name, store } = options
  if (name !== undefined && store !== undefined) {
    throw new UsageError('"--collection" and "--store" cannot be combined')
  }
  if (options.candidates !== undefined && options.candidates < 10) {
    throw new UsageError(`"--candidates" expected a whole number of at least 10, got "${options.candidates}"`)
  }
  if (name !== undefined) {
    return measure(await connect({ ...options, collection: name }, terminal), options, terminal)
  }
  const path = store ?? DEFAULT_FOLDER
  const opened = await openForReading(path)
  try {
    const code = await measure(opened, options, terminal)
    await printDrift(opened, path, terminal)
    return code
  } finally {
    await opened.close()
  }
}

/** Says whether the first stage of a store that has grown should be fitted again. */
async function printDrift(store: Store, path: string, terminal: Terminal): Promise<void> {
  const staged = await withFirstStage(store)
  const drift = await driftOf(staged)
  if (drift) printNotice(terminal, driftText(staged.firstStage!, drift, path))
}

async function measure(
  collection: ReadableCollection,
  options: AdviseArguments,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const { using, recall, candidates, milliseconds } = options
  const fromFile = await readVectorQueries(options)
  const queries = await chooseQueries(fromFile, collection, options, signal)
  const progress = progressOn(terminal)
  const advice = await advise(
    collection,
    // the ids of a file do not name documents of the collection
    queries.map(({ id, vector }) => ({ id: fromFile ? undefined : id, vector })),
    {
      ...{ using, recall, candidates, milliseconds, signal },
      onProgress: showPhases(progress, 'making the vectors of first stages'),
    },
  )
  progress.clear()
  const found = commandOf(advice, options)
  if (options.json) printJson(terminal, { ...advice, ...(found && { command: found.command }) })
  else terminal.stdout.write(adviceText(advice, found))
  return advice.reaches ? EXIT_CODES.success : EXIT_CODES.problems
}

/** A command that adds a first stage to a store, and the stage. */
interface StageCommand {
  readonly stage: StageAdvice
  readonly command: string
}

/** The command for the fastest stage that reaches the recall and that a store can have; undefined if none is needed. */
function commandOf(
  { recommended, stages, candidates, reaches, target }: Advice,
  { store = DEFAULT_FOLDER, using, collection }: AdviseArguments,
): StageCommand | undefined {
  if (collection !== undefined || recommended.stage === 'exact' || !reaches) return undefined
  const good = stages.filter(({ stage, low }) => STAGE_NAMES[stage] !== undefined && low >= target)
  if (good.length === 0) return undefined
  const stage = good.reduce((best, other) => (other.milliseconds < best.milliseconds ? other : best))
  const options = [
    `--store ${quoted(store)} --first-stage ${STAGE_NAMES[stage.stage]}`,
    ...(stage.stage === 'lemurFirst' ? [`--stage-size ${stage.size}`] : []),
    ...(stage.datatype === 'float32' ? ['--stage-datatype float32'] : []),
    ...(candidates === DEFAULT_CANDIDATES ? [] : [`--candidates ${candidates}`]),
    ...(using === undefined ? [] : [`--using ${quoted(using)}`]),
  ]
  return { stage, command: `npx maxsimd index ${options.join(' ')}` }
}

/** The stages that a store can have in place, by the names of their presets. */
const STAGE_NAMES: Readonly<Record<string, string>> = {
  lemurFirst: 'lemur',
  meanFirst: 'mean',
  muveraFirst: 'muvera',
}

/** What to do for the recommended stage: a command, or lines of a program. */
function stepsOf({ recommended, config }: Advice, found: StageCommand | undefined): string[] {
  if (!found) return config === '' ? [] : ['', config]
  const { stage, command } = found
  const isRecommended = stage.stage === recommended.stage && stage.size === recommended.size
  const what = isRecommended ? 'it' : `${stage.stage} of ${stage.size}, which a store can have in place,`
  return ['', `Add ${what} to the store with:`, '', command]
}

function adviceText(advice: Advice, found: StageCommand | undefined): string {
  const { documents, queries, candidates, recommended, reaches, target } = advice
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
        : `No stage reaches ${share} with ${formatCount(candidates, 'candidate')}; ${recommended.stage} of ${recommended.size} is the nearest. Try more --candidates.`
  const counts = `${formatCount(documents, 'document')}, ${formatCount(queries, 'query', 'queries')}, ${formatCount(candidates, 'candidate')}`
  return `${[counts, '', ...table, '', verdict, ...stepsOf(advice, found)].join('\n')}\n`
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

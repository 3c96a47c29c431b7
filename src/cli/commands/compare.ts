// `maxsimd compare`: runs the same queries on the server and on a local copy, and compares speed and results.

import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import type { ReadableCollection } from '../../collection/collection.js'
import { type Comparison, compare, comparisonTable, createLocalCopy } from '../../qdrant/index.js'
import { connect } from '../connection.js'
import {
  type ConnectionOptions,
  countOption,
  shardKeyOption,
  USING_OPTION,
  withConnection,
} from '../options.js'
import { comparisonPlot } from '../output/comparison-plot.js'
import { formatBytes, formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { showPhases } from '../output/progress-labels.js'
import { chooseQueries, type QueryFileOptions, readVectorQueries, withQueryOptions } from '../query-file.js'
import { openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  progressOn,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface CompareArguments extends ConnectionOptions, QueryFileOptions {
  readonly limit: number
  readonly rounds: number
  readonly svg?: string
  readonly exact?: boolean
  readonly store?: string
}

const HELP = helpText(
  `
Reads every document once into this process, runs the queries on both sides in turn, and compares latency, bytes,
scores and order. Quantized vectors can change the results. "npx maxsimd verify" decides whether a difference is larger
than f32 rounding allows. Exit code 1: the results differ.`,
  [
    'npx maxsimd compare --collection colbert-search --sample 5 --svg latency.svg',
    'npx maxsimd compare -c colbert-search --queries queries.jsonl --limit 100 --json',
    'npx maxsimd compare -c colbert-search --store colbert --sample 5',
  ],
)

export function createCompare(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withQueryOptions(withConnection(new Command('compare').option(...USING_OPTION)))
  return command
    .description('compare a server with a local copy: speed and results')
    .addOption(countOption('--limit <n>', 'maximum number of results of each query', 10))
    .addOption(countOption('--rounds <n>', 'number of times that each query is timed', 5))
    .addOption(shardKeyOption())
    .option('--exact', 'let the server ignore quantized vectors and score the originals')
    .option('--store <folder>', 'compare with this store, for example from "npx maxsimd pull"')
    .option('--svg <file>', 'write a plot of all latencies')
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runCompare(command.opts<CompareArguments>(), terminal)))
}

async function runCompare(options: CompareArguments, terminal: Terminal): Promise<number> {
  const { signal } = terminal
  const fromFile = await readVectorQueries(options)
  const progress = progressOn(terminal)
  const collection = await connect(options, terminal)
  const queries = await chooseQueries(fromFile, collection, options, signal)
  const total = await collection.count(undefined, { shard_key: options.shardKey, signal })
  const onProgress = showPhases(progress)
  const local = await openLocalSide(options, collection, signal, done =>
    onProgress({ phase: 'points', done, total }),
  )
  try {
    const vectors = queries.map(({ vector }) => vector)
    const { limit, rounds, using, shardKey: shard_key, exact, svg } = options
    const params = exact ? { quantization: { ignore: true } } : undefined
    const settings = { using, shard_key, limit, rounds, params, signal, onProgress }
    const comparison = await compare(collection, local.side, vectors, settings)
    progress.clear()
    if (svg !== undefined) writePlot(svg, comparisonPlot(comparison))
    if (options.json) printJson(terminal, comparison)
    else terminal.stdout.write(comparisonText(comparison, local.description))
    return comparison.agrees ? EXIT_CODES.success : EXIT_CODES.problems
  } finally {
    await local.close()
  }
}

function comparisonText(comparison: Comparison, localDescription: string): string {
  const verdict = comparison.agrees
    ? 'Both sides return the same results.'
    : 'The results differ; check the scores with "npx maxsimd verify".'
  return `${comparisonTable(comparison)}\n${localDescription}\n${verdict}\n`
}

interface LocalSide {
  readonly side: ReadableCollection
  /** Its size, in words. */
  readonly description: string
  close(): Promise<void> | void
}

/** Opens the store that the options name, or copies the collection into memory. */
async function openLocalSide(
  { store: path, using, shardKey: shard_key }: CompareArguments,
  collection: ReadableCollection,
  signal: AbortSignal,
  onProgress: (points: number) => void,
): Promise<LocalSide> {
  if (path !== undefined) {
    const store = await openForReading(path)
    const { points, kernel, memory } = await store.info()
    const description = `store ${path}: ${formatCount(points, 'document')}, memory budget ${formatBytes(memory.budget)}; kernel ${kernel}`
    return { side: store, description, close: () => store.close() }
  }
  const copy = await createLocalCopy(collection, { using, shard_key, signal, onProgress })
  const size = `${formatCount(copy.length, 'document')}, ${formatCount(copy.rows, 'row')}, ${formatBytes(copy.byteLength)}`
  const description = `local copy: ${size} in memory; kernel ${copy.kernel}`
  return { side: copy, description, close: () => copy.dispose() }
}

function writePlot(file: string, plot: string): void {
  try {
    writeFileSync(file, plot)
  } catch (cause) {
    throw new UsageError(`"--svg" cannot be written: ${(cause as Error).message}`, { cause })
  }
}

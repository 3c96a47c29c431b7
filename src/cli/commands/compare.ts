// `maxsimd compare`: the same queries on the server and on a copy in this process. Arguments in, figures out.

import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import type { ReadableCollection } from '../../collection/collection.js'
import { compare, comparisonTable, createLocalCopy } from '../../qdrant/index.js'
import { type ConnectionOptions, connect, usingOption, wholeFrom, withConnection } from '../connection.js'
import { comparisonPlot } from '../output/comparison-plot.js'
import { showPhases } from '../output/progress-labels.js'
import { type QueryFileOptions, readQueries, takeQueries, withQueryOptions } from '../query-file.js'
import { openForReading } from '../store-options.js'
import { exitCodes, printJson, progressOn, type Terminal, UsageError } from '../terminal.js'

interface CompareArguments extends ConnectionOptions, QueryFileOptions {
  readonly limit: number
  readonly rounds: number
  readonly svg?: string
  readonly exact?: boolean
  readonly store?: string
}

const help = `
Reads every document once into this process, and asks both sides in turn: latency, bytes, scores and order. Quantized
vectors show as results that differ. Whether a difference is within what f32 arithmetic allows, "maxsimd verify" judges.

Example:
  maxsimd compare --collection colbert-search --sample 5 --svg latency.svg
  maxsimd compare -c colbert-search --queries queries.jsonl --limit 100 --json
  maxsimd compare -c colbert-search --store colbert --sample 5

Exit code: 0 both find the same, 1 they do not, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createCompare(terminal: Terminal, done: (code: number) => void): Command {
  const command = withQueryOptions(withConnection(new Command('compare').option(...usingOption)))
  return command
    .description('time the server against a copy here, and compare what they find')
    .option('--limit <n>', 'results of each query', wholeFrom(1), 10)
    .option('--rounds <n>', 'how often each query is timed', wholeFrom(1), 5)
    .option('--exact', 'search with the originals where the server has quantized vectors')
    .option('--store <folder>', 'compare with this store, such as "maxsimd pull" makes, in place of a copy')
    .option('--svg <file>', 'write a plot of every latency')
    .addHelpText('after', help)
    .action(async () => done(await run(command.opts<CompareArguments>(), terminal)))
}

async function run(asked: CompareArguments, terminal: Terminal): Promise<number> {
  const { signal } = terminal
  const fromFile = readQueries(asked)
  const progress = progressOn(terminal)
  const collection = await connect(asked, terminal)
  const queries = await takeQueries(fromFile, collection, asked, signal)
  const total = await collection.count(undefined, { signal })
  const onProgress = showPhases(progress)
  const local = await openLocal(asked, collection, terminal, done =>
    onProgress({ phase: 'points', done, total }),
  )
  try {
    const vectors = queries.map(({ vector }) => vector)
    const { limit, rounds, using } = asked
    const params = asked.exact ? { quantization: { ignore: true } } : undefined
    const comparison = await compare(collection, local.side, vectors, {
      using,
      limit,
      rounds,
      params,
      signal,
      onProgress,
    })
    progress.clear()
    if (asked.svg !== undefined) writePlot(asked.svg, comparisonPlot(comparison))
    if (asked.json) printJson(terminal, comparison)
    else {
      const verdict = comparison.agrees
        ? 'Both find the same.'
        : 'They do not find the same: see maxsimd verify.'
      terminal.stdout.write(`${comparisonTable(comparison)}\n${local.held}\n${verdict}\n`)
    }
    return comparison.agrees ? exitCodes.well : exitCodes.found
  } finally {
    await local.close()
  }
}

interface Local {
  readonly side: ReadableCollection
  /** What of it is in this process. */
  readonly held: string
  close(): Promise<void> | void
}

/** The side beside this program: a store, or a copy that is made now. */
async function openLocal(
  { store: path, using }: CompareArguments,
  collection: ReadableCollection,
  { signal }: Terminal,
  onProgress: (points: number) => void,
): Promise<Local> {
  if (path !== undefined) {
    const store = await openForReading(path)
    const { points, kernel, memory } = await store.info()
    const held = `${points} documents in ${path}, memory for ${(memory.budget / 1e6).toFixed(0)} MB; kernel ${kernel}`
    return { side: store, held, close: () => store.close() }
  }
  const copy = await createLocalCopy(collection, { using, signal, onProgress })
  const megabytes = (copy.byteLength / 1e6).toFixed(1)
  const held = `${copy.length} documents, ${copy.rows} rows, ${megabytes} MB here; kernel ${copy.kernel}`
  return { side: copy, held, close: () => copy.dispose() }
}

function writePlot(file: string, plot: string): void {
  try {
    writeFileSync(file, plot)
  } catch (cause) {
    throw new UsageError(`"--svg" cannot be written: ${(cause as Error).message}`, { cause })
  }
}

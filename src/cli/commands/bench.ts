// `maxsimd bench`: measures how fast this machine scores, or how fast a store answers.

import { Command } from 'commander'
import { type KernelRate, measureKernel, measureStore, type StoreRate } from '../measure-rates.js'
import { JSON_OPTION } from '../options.js'
import { formatCount, formatWhole } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import type { Style } from '../output/style.js'
import { storeFolder } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  progressOn,
  type SetExitCode,
  styleOn,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface BenchArguments {
  readonly store?: string
  readonly using?: string
  readonly json?: boolean
}

const HELP = helpText(
  `
Without --store: scores 400 generated documents of 64 rows x 128 with a query of 32 rows, for each dtype. Results are
checked before they are timed. With --store: uses stored documents as queries, first with all vectors in memory, then
with a small memory budget, so that most vectors are read from disk. For comparisons with other programs, run
"npm run bench" in the repository.`,
  ['npx maxsimd bench', 'npx maxsimd bench --store colbert'],
)

export function createBench(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = new Command('bench')
  return command
    .description('measure the speed of this machine or of a store')
    .option('--store <folder>', 'folder of a store or text index')
    .option('--using <vector>', 'vector to measure, if the store has several')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runBench(command.opts<BenchArguments>(), terminal)))
}

async function runBench({ store, using, json }: BenchArguments, terminal: Terminal): Promise<number> {
  if (using !== undefined && store === undefined) throw new UsageError('"--using" requires --store')
  const progress = progressOn(terminal)
  const options = {
    signal: terminal.signal,
    using,
    onPhase: (phase: string) => progress.phase(phase),
  }
  if (store === undefined) {
    const measured = await measureKernel(options)
    progress.clear()
    if (json) printJson(terminal, measured)
    else terminal.stdout.write(kernelText(measured, styleOn(terminal)))
    return EXIT_CODES.success
  }
  const { info, rates } = await measureStore(await storeFolder(store), options)
  progress.clear()
  if (json) printJson(terminal, { path: store, points: info.points, rates })
  else {
    terminal.stdout.write(`${store}: ${formatCount(info.points, 'point')}, kernel ${info.kernel}\n`)
    for (const rate of rates) terminal.stdout.write(storeText(rate))
  }
  return EXIT_CODES.success
}

function kernelText(
  { kernel, rates }: { readonly kernel: string; readonly rates: readonly KernelRate[] },
  style: Style,
): string {
  const lines = rates.map(
    ({ dtype, documents, operations, bytes }) =>
      `${dtype.padEnd(6)} ${formatWhole(documents).padStart(9)} documents/s  ${(operations / 1e9).toFixed(1).padStart(6)} GFLOPS  ${formatWhole(bytes).padStart(7)} bytes each\n`,
  )
  return `kernel ${kernel} ${style('dim', '(one thread; documents of 64 rows x 128, a query of 32 rows)')}\n${lines.join('')}`
}

function storeText({ from, first, median, points, bytes, queries }: StoreRate): string {
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(seconds < 0.01 ? 2 : 0)} ms`
  return (
    `from ${`${from}:`.padEnd(7)}  ${ms(median)} per query (first query ${ms(first)}, ${formatCount(queries, 'query', 'queries')}), ` +
    `${formatWhole(points)} points/s, ${formatWhole(bytes / 1e6)} MB/s of vectors\n`
  )
}

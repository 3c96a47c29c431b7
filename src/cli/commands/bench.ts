// `maxsimd bench`: how fast this machine scores, and a store answers. Arguments in, figures out.

import { Command } from 'commander'
import { type KernelRate, measureKernel, measureStore, type StoreRate } from '../measure-rates.js'
import type { Style } from '../output/style.js'
import { storeAt } from '../store-options.js'
import { exitCodes, printJson, progressOn, styleOn, type Terminal } from '../terminal.js'

interface BenchArguments {
  readonly store?: string
  readonly using?: string
  readonly json?: boolean
}

const help = `
Without a store: 400 seeded documents of 64 rows x 128, scored by a query of 32 rows with each dtype; results are
checked before they are timed. With one: its own documents as queries, with vectors in memory and with memory for few
of them, so that they are read from the disk. A quick look: the repository's "npm run bench" compares with others.

Example:
  maxsimd bench
  maxsimd bench --store colbert

Exit code: 0 it was measured, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createBench(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('bench')
  return command
    .description('measure this machine, or a store')
    .option('--store <folder>', 'a store, or an index of texts')
    .option('--using <vector>', 'the vector of a store that has several')
    .option('--json', 'print JSON on standard output, and nothing else')
    .addHelpText('after', help)
    .action(async () => done(await run(command.opts<BenchArguments>(), terminal)))
}

async function run({ store, using, json }: BenchArguments, terminal: Terminal): Promise<number> {
  const progress = progressOn(terminal)
  const options = { signal: terminal.signal, using, onStage: (stage: string) => progress.stage(stage) }
  if (store === undefined) {
    const found = await measureKernel(options)
    progress.clear()
    if (json) printJson(terminal, found)
    else terminal.stdout.write(kernelText(found, styleOn(terminal)))
    return exitCodes.well
  }
  const found = await measureStore(await storeAt(store), options)
  progress.clear()
  if (json) printJson(terminal, { path: store, points: found.info.points, rates: found.rates })
  else {
    terminal.stdout.write(
      `${store}: ${found.info.points.toLocaleString('en')} points, kernel ${found.info.kernel}\n`,
    )
    for (const rate of found.rates) terminal.stdout.write(storeText(rate))
  }
  return exitCodes.well
}

const whole = (value: number) => Math.round(value).toLocaleString('en')

function kernelText({ kernel, rates }: { kernel: string; rates: readonly KernelRate[] }, style: Style) {
  const lines = rates.map(
    ({ dtype, documents, operations, bytes }) =>
      `${dtype.padEnd(6)} ${whole(documents).padStart(9)} documents/s  ${(operations / 1e9).toFixed(1).padStart(6)} GFLOPS  ${whole(bytes).padStart(7)} bytes each\n`,
  )
  return `kernel ${kernel} ${style('dim', '(one thread; documents of 64 rows x 128, a query of 32 rows)')}\n${lines.join('')}`
}

function storeText({ from, first, median, points, bytes, queries }: StoreRate): string {
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(seconds < 0.01 ? 2 : 0)} ms`
  return (
    `from ${from.padEnd(6)}  ${ms(median)} a query (the first ${ms(first)}, ${queries} asked), ` +
    `${whole(points)} points/s, ${whole(bytes / 1e6)} MB/s of vectors\n`
  )
}

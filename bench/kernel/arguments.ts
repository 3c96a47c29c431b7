// The command line of `npm run bench`.

import { parseArgs } from 'node:util'
import type { KernelName } from '../../src/index.js'
import { workloads } from '../shared/workloads.js'

/** A checked command line. */
export interface Arguments {
  readonly help: boolean
  readonly json: boolean
  /** Names of workloads. Default: all that are not optional. */
  readonly workloads: readonly string[] | undefined
  readonly kernels: readonly KernelName[] | undefined
  /** How long each contestant is measured on each workload. */
  readonly milliseconds: number
  /** Files with the JSON of earlier runs, to show instead of measuring. */
  readonly results: readonly string[]
  /** The file to write the tables into, between two markers. */
  readonly markdown: string | undefined
  /** Whether to write bench/results/bench.json, docs/speed.md and the summary in README.md. */
  readonly write: boolean
  /** Whether to measure on the newest Node 24 and 26 as well. */
  readonly nodes: boolean
}

/** A wrong command line. The exit code is 2. */
export class UsageError extends Error {}

const KERNELS: readonly KernelName[] = ['relaxed-simd', 'simd', 'reference']

/** The output of --help. */
export const help = `Measures exact MaxSim on this machine and compares it with plain JavaScript and the processor's peak.

  npm run bench                         all workloads, on the fastest kernel that this engine runs
  npm run bench -- --workload W0        one workload: ${workloads.map(({ name }) => name).join(', ')}
  npm run bench -- --kernel simd        one kernel: ${KERNELS.join(', ')}
  npm run bench -- --nodes --write      on this Node and on newer ones, and write the tables of the documentation

Options
  --workload NAME    workload to measure; can be repeated (${workloads
    .filter(({ optional }) => optional)
    .map(({ name }) => name)
    .join(', ')} run only if named)
  --kernel NAME      kernel to measure; can be repeated
  --time MS          milliseconds to measure each contestant on each workload (default: 1000)
  --nodes            measure on Node 24 and 26 as well, which are installed into bench/nodes (once, 240 MB)
  --json             print the results as JSON on standard output; progress goes to standard error
  --results FILE     show the results in FILE, an output of --json, without measuring; can be repeated
  --markdown FILE    write the table between <!-- bench:start --> and <!-- bench:end --> in FILE
  --write            write bench/results/bench.json, the tables of docs/speed.md, and the summary in README.md
  --help             show this text

The rows of definitions, short and nq are encoded once, in a minute or more, and kept in build/rows. The model is installed
first (580 MB) if it is missing. A workload whose model cannot be installed is skipped.
Set MAXSIM_WEB to a checkout of maxsim-web 0.6.0 to measure it as well. Set CC to another C compiler.
Exit codes: 0 success, 1 wrong result or other failure, 2 wrong command line.
`

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  json: { type: 'boolean', default: false },
  workload: { type: 'string', multiple: true },
  kernel: { type: 'string', multiple: true },
  time: { type: 'string', default: '1000' },
  results: { type: 'string', multiple: true, default: [] as string[] },
  markdown: { type: 'string' },
  write: { type: 'boolean', default: false },
  nodes: { type: 'boolean', default: false },
} as const

/** @throws UsageError that names the option and its valid values */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parse(args)
  const milliseconds = Number(values.time)
  if (!(milliseconds > 0 && milliseconds < Infinity)) {
    throw new UsageError(`--time expected milliseconds above 0, got ${JSON.stringify(values.time)}`)
  }
  return {
    help: values.help,
    json: values.json,
    workloads: values.workload?.map(name =>
      oneOf(
        name,
        workloads.map(workload => workload.name),
        '--workload',
      ),
    ),
    kernels: values.kernel?.map(name => oneOf(name, KERNELS, '--kernel')),
    milliseconds,
    results: values.results,
    markdown: values.markdown,
    write: values.write,
    nodes: values.nodes,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function oneOf<T extends string>(value: string, names: readonly T[], option: string): T {
  const found = names.find(name => name.toLowerCase() === value.toLowerCase())
  if (found === undefined) throw new UsageError(`${option} expected one of ${names.join(', ')}, got ${value}`)
  return found
}

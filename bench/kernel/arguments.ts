// The command line of the benchmark: what it takes, and the errors for what it does not.

import { parseArgs } from 'node:util'
import type { KernelName } from '../../src/index.js'
import { workloads } from '../shared/workloads.js'

export interface Arguments {
  readonly help: boolean
  readonly json: boolean
  /** Names of workloads; undefined for all that are not optional. */
  readonly workloads: readonly string[] | undefined
  readonly kernels: readonly KernelName[] | undefined
  readonly milliseconds: number
  /** Files of earlier runs to show instead of measuring. */
  readonly results: readonly string[]
  /** The file whose marked block gets the figures. */
  readonly markdown: string | undefined
}

/** A command line that is wrong; exit code 2. */
export class UsageError extends Error {}

const KERNELS: readonly KernelName[] = ['relaxed-simd', 'simd', 'reference']

export const help = `Measures exact MaxSim on this machine, against plain JavaScript and the processor's peak.

  npm run bench                         all workloads, on every SIMD kernel that this engine runs
  npm run bench -- --workload W0        one of ${workloads.map(({ name }) => name).join(', ')}
  npm run bench -- --kernel simd        one of ${KERNELS.join(', ')}

Options
  --workload NAME    what to measure; can be repeated (${workloads
    .filter(({ optional }) => optional)
    .map(({ name }) => name)
    .join(', ')} runs only where it is named)
  --kernel NAME      the kernel to measure; can be repeated
  --time MS          how long each one is measured, on each workload; 1000 if left out
  --json             results as JSON on standard output; all else goes to standard error
  --results FILE     show what --json wrote earlier, and measure nothing; can be repeated
  --markdown FILE    write the figures between <!-- bench:start --> and <!-- bench:end --> in FILE
  --readme           the same as --markdown README.md
  --help             this text

MAXSIM_WEB=FOLDER names a checkout of maxsim-web 0.6.0, which is then measured too. CC names the C compiler.
Exit codes: 0, 1 for a wrong result or another failure, 2 for a command line that is wrong.
`

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  json: { type: 'boolean', default: false },
  workload: { type: 'string', multiple: true },
  kernel: { type: 'string', multiple: true },
  time: { type: 'string', default: '1000' },
  results: { type: 'string', multiple: true, default: [] as string[] },
  markdown: { type: 'string' },
  readme: { type: 'boolean', default: false },
} as const

/** @throws UsageError that names the option and what it takes */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parse(args)
  const milliseconds = Number(values.time)
  if (!(milliseconds > 0 && milliseconds < Infinity)) {
    throw new UsageError(`--time expected milliseconds above 0, got ${JSON.stringify(values.time)}`)
  }
  if (values.readme && values.markdown !== undefined) {
    throw new UsageError('--readme and --markdown both name a file; leave one of the two out')
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
    markdown: values.readme ? 'README.md' : values.markdown,
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

// `npm run bench:peers`. Compares this library with others. Installs the libraries once, writes each workload as files,
// starts every peer in a separate process, compares its results with f64, and times the peers in interleaved rounds.
// Tables go to standard output, progress to standard error, with --write also results to bench/results/peers.*.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { expectedScores } from '../shared/check-scores.js'
import { createPeakMeter, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { loadWorkload, workloads } from '../shared/workloads.js'
import { toChart } from './chart.js'
import { install } from './install.js'
import { measurePeers, type Round } from './measure.js'
import { createPeers, type Peer } from './peers.js'
import { type PeersRun, toMarkdown, toSummary } from './report.js'
import { withServer } from './server.js'

const resultsFolder = fileURLToPath(new URL('../bench/results', import.meta.url))
/** In build/. */
const inputsFolder = fileURLToPath(new URL('peers', import.meta.url))

const log = (line: string) => stderr.write(`${line}\n`)

/** All are measured with one thread. Real rows first. */
const WORKLOADS = ['definitions', 'nq', 'W0', 'even', 'colpali']
/** Real rows. They are large, so only some of the peers are measured. */
const REAL = ['definitions', 'nq']
/** Measured with two threads as well, for peers that support them. */
const THREADED = 'W0'

const HELP = `Measures the exact top 10 by MaxSim in this library and in others, on the same files, each in its own process.

  npm run bench:peers                    measure all peers
  npm run bench:peers -- --write         and write bench/results/peers.json, .md and .svg, and the table of docs/speed.md
  npm run bench:peers -- --peer numpy    measure peers with this in their name; can be repeated

Options
  --workload NAME   measure ${WORKLOADS.join(', ')}; can be repeated
  --time MS         milliseconds to measure each peer on each workload (default: 1200)
  --results         show bench/results/peers.json, without measuring; with --write, write its tables and chart again
  --help            show this text

QDRANT_BIN names the binary of a Qdrant server, or QDRANT_URL a running one, to measure it as well. MAXSIM_WEB names a
checkout of maxsim-web 0.6.0, PYTHON a Python from 3.11 on, CC a C compiler. It takes about ten minutes, 12 GB of memory
for real rows, and 1.1 GB of disk.
Exit codes: 0 success, 1 failure of this library or of the benchmark, 2 wrong command line.
`

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      results: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] as string[] },
      workload: { type: 'string', multiple: true, default: [] as string[] },
      time: { type: 'string', default: '1200' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
}

/** Measures the chosen peers on workloads. A workload is skipped if its model cannot be installed. */
async function measureAll(
  names: readonly string[],
  peers: readonly Peer[],
  milliseconds: number,
): Promise<PeersRun> {
  const meter = createPeakMeter()
  const load = loadavg()[0]!
  try {
    meter.measure()
    const rounds: Round[] = []
    for (const name of names) {
      rounds.push(...(await measureWorkload(name, peers, milliseconds)))
      meter.measure()
    }
    return {
      date: new Date().toISOString().slice(0, 10),
      processor: processor(),
      cores: cpus().length,
      load,
      peak: meter.peak,
      rounds,
    }
  } finally {
    meter.dispose()
  }
}

async function measureWorkload(name: string, peers: readonly Peer[], milliseconds: number): Promise<Round[]> {
  const workload = workloads.find(workload => workload.name === name)!
  log(`${name}: ${workload.shape}`)
  const rows = await loadWorkload(workload, log)
  if (!rows) return []
  const chosen = REAL.includes(name) ? peers.filter(({ real }) => real) : peers
  const folder = join(inputsFolder, name)
  const options = { workload, rows, expected: expectedScores(rows), folder, milliseconds }
  const rounds = [await measurePeers({ ...options, peers: chosen, threads: 1 })]
  const threaded = name === THREADED ? chosen.filter(({ threads }) => threads) : []
  if (threaded.length > 0) rounds.push(await measurePeers({ ...options, peers: threaded, threads: 2 }))
  return rounds
}

/** Measures the peers that have one of these texts in their name. */
function measureChosen(parts: readonly string[], names: readonly string[], milliseconds: number) {
  const isChosen = ({ name }: Peer) =>
    parts.length === 0 || parts.some(part => name.toLowerCase().includes(part.toLowerCase()))
  return withServer(server =>
    measureAll(
      names.length > 0 ? names : WORKLOADS,
      createPeers(install(), server).filter(isChosen),
      milliseconds,
    ),
  )
}

/** Checks the command line. Returns what is wrong with it. */
function complaint({ workload, time, write, peer }: ReturnType<typeof parse>): string | undefined {
  const unknown = workload.find(name => !WORKLOADS.includes(name))
  if (unknown) return `--workload expected one of ${WORKLOADS.join(', ')}, got ${unknown}`
  if (!(Number(time) > 0)) return `--time expected milliseconds above 0, got ${time}`
  const isPartial = peer.length > 0 || workload.length > 0
  return write && isPartial ? '--write needs all peers and workloads; omit --peer and --workload' : undefined
}

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parse>
  try {
    options = parse(args)
    const wrong = complaint(options)
    if (wrong) throw new Error(wrong)
  } catch (error) {
    stderr.write(`${(error as Error).message}\nSee npm run bench:peers -- --help\n`)
    return 2
  }
  if (options.help) {
    stdout.write(HELP)
    return 0
  }
  const page = 'docs/speed.md'
  const withTable = (table: string) => replaceBlock(readFileSync(page, 'utf8'), page, 'peers', table)
  // fails for a file without markers before minutes are spent on measuring
  if (options.write) withTable('')
  const run = options.results
    ? (JSON.parse(readFileSync(join(resultsFolder, 'peers.json'), 'utf8')) as PeersRun)
    : await measureChosen(options.peer, options.workload, Number(options.time))
  stdout.write(toMarkdown(run))
  if (options.write) {
    mkdirSync(resultsFolder, { recursive: true })
    writeFileSync(join(resultsFolder, 'peers.json'), `${JSON.stringify(run, null, 1)}\n`)
    writeFileSync(join(resultsFolder, 'peers.md'), toMarkdown(run))
    writeFileSync(join(resultsFolder, 'peers.svg'), toChart(run))
    writeFileSync(page, withTable(toSummary(run)))
  }
  const failed = run.rounds.some(
    ({ failures, results }) =>
      failures.some(({ kind }) => kind === 'maxsimd') ||
      results.some(({ kind, answer }) => kind === 'maxsimd' && answer === 'wrong'),
  )
  return failed ? 1 : 0
}

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  (error: Error) => {
    stderr.write(`${error.message}\n`)
    process.exitCode = 1
  },
)

// `npm run bench:peers`. Compares this library with others. Installs the libraries once, writes each workload as files,
// starts every peer in a separate process, compares its results with f64, and times the peers in interleaved rounds.
// Results go to bench/results/peers.*, tables to standard output, progress to standard error.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { expectedScores } from '../shared/check-scores.js'
import { createPeakMeter, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { workloads } from '../shared/workloads.js'
import { toChart } from './chart.js'
import { install } from './install.js'
import { measurePeers, type Round } from './measure.js'
import { createPeers, type Peer } from './peers.js'
import { type PeersRun, toMarkdown, toSummary } from './report.js'

const resultsFolder = fileURLToPath(new URL('../bench/results', import.meta.url))
/** In build/. */
const inputsFolder = fileURLToPath(new URL('peers', import.meta.url))

const HELP = `Measures the exact top 10 by MaxSim in this library and in others, on the same files, each in its own process.

  npm run bench:peers                    measure all peers and write bench/results/peers.json, .md and .svg
  npm run bench:peers -- --docs          write the table into docs/speed.md as well
  npm run bench:peers -- --peer numpy    measure peers with this in their name, and write no files; can be repeated

Options
  --workload NAME   measure W0, even or colpali, and write no files; can be repeated
  --time MS         milliseconds to measure each peer on each workload (default: 1200)
  --results         show bench/results/peers.json and write its table and chart again, without measuring
  --help            show this text

MAXSIM_WEB names a checkout of maxsim-web 0.6.0, PYTHON a Python from 3.11 on, CC a C compiler.
Exit codes: 0 success, 1 failure of this library or of the benchmark, 2 wrong command line.
`

/** All are measured with one thread. The first one is also measured with two, for peers that support it. */
const WORKLOADS = ['W0', 'even', 'colpali']

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      docs: { type: 'boolean', default: false },
      results: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] as string[] },
      workload: { type: 'string', multiple: true, default: [] as string[] },
      time: { type: 'string', default: '1200' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
}

/** Measures the chosen peers on workloads. */
async function measureAll(
  names: readonly string[],
  chosen: readonly string[],
  milliseconds: number,
): Promise<PeersRun> {
  const isChosen = ({ name }: Peer) =>
    chosen.length === 0 || chosen.some(part => name.toLowerCase().includes(part.toLowerCase()))
  const peers = createPeers(install()).filter(isChosen)
  const meter = createPeakMeter()
  const load = loadavg()[0]!
  try {
    meter.measure()
    const rounds: Round[] = []
    for (const name of names) {
      const workload = workloads.find(workload => workload.name === name)!
      stderr.write(`${name}: ${workload.shape}\n`)
      const rows = await workload.load(line => stderr.write(`${line}\n`))
      const expected = expectedScores(rows)
      const folder = join(inputsFolder, name)
      const round = { workload, rows, expected, folder, milliseconds }
      rounds.push(await measurePeers({ ...round, peers, threads: 1 }))
      meter.measure()
      if (name !== WORKLOADS[0]) continue
      const threaded = peers.filter(({ threads }) => threads)
      if (threaded.length > 0) rounds.push(await measurePeers({ ...round, peers: threaded, threads: 2 }))
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

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parse>
  try {
    options = parse(args)
    const unknown = options.workload.find(name => !WORKLOADS.includes(name))
    if (unknown) throw new Error(`--workload expected one of ${WORKLOADS.join(', ')}, got ${unknown}`)
    if (!(Number(options.time) > 0))
      throw new Error(`--time expected milliseconds above 0, got ${options.time}`)
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
  if (options.docs) withTable('')
  const isPartial = options.peer.length > 0 || options.workload.length > 0
  const run = options.results
    ? (JSON.parse(readFileSync(join(resultsFolder, 'peers.json'), 'utf8')) as PeersRun)
    : await measureAll(
        options.workload.length > 0 ? options.workload : WORKLOADS,
        options.peer,
        Number(options.time),
      )
  stdout.write(toMarkdown(run))
  if (!isPartial) {
    mkdirSync(resultsFolder, { recursive: true })
    writeFileSync(join(resultsFolder, 'peers.json'), `${JSON.stringify(run, null, 1)}\n`)
    writeFileSync(join(resultsFolder, 'peers.md'), toMarkdown(run))
    writeFileSync(join(resultsFolder, 'peers.svg'), toChart(run))
    if (options.docs) writeFileSync(page, withTable(toSummary(run)))
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

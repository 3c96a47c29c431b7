// The benchmark against the field: `npm run bench:peers`. Installs the libraries once, writes each workload as files,
// starts every peer in a process of its own on them, checks each answer against f64, and measures in rounds that take
// turns. Results go to bench/results/peers.*; the table to standard output, progress to standard error.

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
import { createPeers } from './peers.js'
import { type PeersRun, toMarkdown, toSummary } from './report.js'

const here = fileURLToPath(new URL('../bench', import.meta.url))
const inputs = fileURLToPath(new URL('peers', import.meta.url))

const help = `Measures exact top 10 MaxSim in this library and in others, on the same files, each in its own process.

  npm run bench:peers                    everything; writes bench/results/peers.json, .md and .svg
  npm run bench:peers -- --readme        and the table into README.md
  npm run bench:peers -- --peer numpy    only peers whose names have this in them; can be repeated; writes no file

Options
  --workload NAME   one of W0, even, colpali; can be repeated; writes no file
  --time MS         how long each peer is measured on each workload; 1200 if left out
  --results         show bench/results/peers.json, write its table and chart again, and measure nothing
  --help            this text

MAXSIM_WEB=FOLDER names a checkout of maxsim-web 0.6.0; PYTHON a Python from 3.11 on; CC the C compiler.
Exit codes: 0, 1 for a failure of this library or of the benchmark, 2 for a command line that is wrong.
`

/** One thread on each; the first also with two, where a peer has them. */
const WORKLOADS = ['W0', 'even', 'colpali']

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      readme: { type: 'boolean', default: false },
      results: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] as string[] },
      workload: { type: 'string', multiple: true, default: [] as string[] },
      time: { type: 'string', default: '1200' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
}

async function measureAll(
  names: readonly string[],
  chosen: readonly string[],
  milliseconds: number,
): Promise<PeersRun> {
  const all = createPeers(install())
  const peers = all.filter(
    ({ name }) => chosen.length === 0 || chosen.some(part => name.toLowerCase().includes(part.toLowerCase())),
  )
  const meter = createPeakMeter()
  const load = loadavg()[0]!
  try {
    meter.measure()
    const rounds: Round[] = []
    for (const name of names) {
      const workload = workloads.find(workload => workload.name === name)!
      stderr.write(`${name}: ${workload.shape}\n`)
      const rows = workload.load()
      const expected = expectedScores(rows)
      const folder = join(inputs, name)
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
  let asked: ReturnType<typeof parse>
  try {
    asked = parse(args)
    const unknown = asked.workload.find(name => !WORKLOADS.includes(name))
    if (unknown) throw new Error(`--workload expected one of ${WORKLOADS.join(', ')}, got ${unknown}`)
    if (!(Number(asked.time) > 0)) throw new Error(`--time expected milliseconds above 0, got ${asked.time}`)
  } catch (error) {
    stderr.write(`${(error as Error).message}\nSee npm run bench:peers -- --help\n`)
    return 2
  }
  if (asked.help) {
    stdout.write(help)
    return 0
  }
  const readme = () => readFileSync('README.md', 'utf8')
  // a file without markers is an error before minutes are spent on measuring
  if (asked.readme) replaceBlock(readme(), 'README.md', 'peers', '')
  const results = join(here, 'results')
  const partial = asked.peer.length > 0 || asked.workload.length > 0
  const run = asked.results
    ? (JSON.parse(readFileSync(join(results, 'peers.json'), 'utf8')) as PeersRun)
    : await measureAll(
        partial && asked.workload.length ? asked.workload : WORKLOADS,
        asked.peer,
        Number(asked.time),
      )
  stdout.write(toMarkdown(run))
  if (!partial) {
    mkdirSync(results, { recursive: true })
    writeFileSync(join(results, 'peers.json'), `${JSON.stringify(run, null, 1)}\n`)
    writeFileSync(join(results, 'peers.md'), toMarkdown(run))
    writeFileSync(join(results, 'peers.svg'), toChart(run))
    if (asked.readme) writeFileSync('README.md', replaceBlock(readme(), 'README.md', 'peers', toSummary(run)))
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

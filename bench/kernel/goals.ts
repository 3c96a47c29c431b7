// The table of goals and what was reached, from the results of the benchmarks: bench.json, peers.json and store.json in
// bench/results. What a benchmark did not measure is left open.

import type { PeerResult } from '../peers/measure.js'
import type { PeersRun } from '../peers/report.js'
import { markdownTable } from '../shared/markdown-table.js'
import type { StoreRun } from '../store/result.js'
import { shortEngine } from './markdown.js'
import { milliseconds, type Result, type Run } from './report.js'

/** The results of all benchmarks that were run. */
interface Sources {
  readonly runs: readonly Run[]
  readonly peers: PeersRun | undefined
  readonly store: StoreRun | undefined
}

/** A line of the table. */
interface Goal {
  readonly what: string
  readonly goal: string
  /** What was reached, as parts of a list. */
  reached(sources: Sources): readonly string[]
}

const OPEN = 'not measured'

const resultsOf = (run: Run, workload: string): readonly Result[] =>
  run.workloads.find(found => found.workload === workload)?.results ?? []

const withScreen = (run: Run, workload: string, ...screens: readonly string[]): Result | undefined =>
  resultsOf(run, workload).find(({ screen }) => screen !== undefined && screens.includes(screen))

/** The fastest screen. */
function fastest(run: Run, workload: string): Result | undefined {
  const screened = resultsOf(run, workload).filter(({ screen }) => screen !== undefined && screen !== 'off')
  return screened.sort((a, b) => a.median - b.median)[0]
}

const isRelaxed = (run: Run) => Number(/\d+/.exec(run.engine)?.[0]) >= 21

/** A figure of each run, with the engine. Runs without it are left out. */
const onEngines = (runs: readonly Run[], figure: (run: Run) => string | undefined): string[] =>
  runs.flatMap(run => {
    const text = figure(run)
    return text === undefined ? [] : [`${shortEngine(run)}: ${text}`]
  })

const shareOfPeak = (result: Result | undefined): string | undefined =>
  result?.ofPeak == null ? undefined : `${result.ofPeak.toFixed(2)} with \`${result.screen}\``

/** The time of the fastest screen, as a part of another result's time. */
function partOf(one: Result | undefined, other: Result | undefined): string | undefined {
  if (!one || !other) return undefined
  const part = (one.median / other.median).toFixed(2)
  return `${part} (${milliseconds(one.median)} of ${milliseconds(other.median)} ms) with \`${one.screen}\``
}

const roundOf = (peers: PeersRun | undefined, workload: string, threads = 1) =>
  peers?.rounds.find(round => round.workload === workload && round.threads === threads)

/** A peer that uses all cores. */
const SERVER = 'Qdrant server'

/** The native libraries of a round that are fastest: the first exact one and the first one that rounds. */
function natives(peers: PeersRun | undefined, workload: string): string[] {
  const isLibrary = ({ kind, name }: PeerResult) => kind === 'native' && name !== SERVER
  const results = roundOf(peers, workload)?.results.filter(isLibrary) ?? []
  const peak = peers && 'gflops' in peers.peak ? peers.peak.gflops : undefined
  return (['exact', 'inexact'] as const).flatMap(answer => {
    const found = results.find(result => result.answer === answer)
    if (!found || !peak) return []
    return [`${found.name}, ${answer}: ${(found.gflops / peak).toFixed(2)}`]
  })
}

/** How many times as fast two threads are, for each configuration of this library. */
function twoThreads(peers: PeersRun | undefined): string[] {
  const [one, two] = [roundOf(peers, 'W0', 1), roundOf(peers, 'W0', 2)]
  return (two?.results ?? []).flatMap(result => {
    const single = one?.results.find(({ name, engine }) => name === result.name && engine === result.engine)
    if (result.kind !== 'maxsimd' || !single) return []
    return [
      `${result.name.replace('maxsimd ', '')} on ${result.engine}: ${(single.median / result.median).toFixed(2)}`,
    ]
  })
}

const GOALS: readonly Goal[] = [
  {
    what: 'definitions, 32 query rows, with relaxed SIMD',
    goal: '2.4 of the peak on a CPU with AVX-VNNI, ahead of native libraries',
    reached: ({ runs, peers }) => [
      ...onEngines(runs.filter(isRelaxed), run => shareOfPeak(fastest(run, 'definitions'))),
      ...natives(peers, 'definitions'),
    ],
  },
  {
    what: 'definitions, 32 query rows, without relaxed SIMD',
    goal: '1.5 of the peak where the CPU permits it',
    reached: ({ runs }) =>
      onEngines(
        runs.filter(run => !isRelaxed(run)),
        run => shareOfPeak(fastest(run, 'definitions')),
      ),
  },
  {
    what: 'definitions, 4 or 5 query rows',
    goal: 'a third of the time in f32',
    reached: ({ runs }) =>
      onEngines(runs, run => partOf(fastest(run, 'short'), withScreen(run, 'short', 'off'))),
  },
  {
    what: 'W0, random rows, with the default screen',
    goal: 'at most 1.03 of the time of the screens in int16',
    reached: ({ runs }) =>
      (['convert', 'i16'] as const).flatMap(screen =>
        onEngines(runs, run => {
          const found = partOf(withScreen(run, 'W0', run.defaultScreen), withScreen(run, 'W0', screen))
          return found && `${found}, compared with \`${screen}\``
        }),
      ),
  },
  {
    what: 'nq, 4,874 passages, 13 query rows',
    goal: '20 ms on one core',
    reached: ({ runs, peers }) => [
      ...onEngines(runs, run => {
        const found = fastest(run, 'nq')
        return found && `${milliseconds(found.median)} ms with \`${found.screen}\``
      }),
      ...(roundOf(peers, 'nq')?.results ?? [])
        .filter(({ name }) => name === SERVER)
        .map(({ version, median }) => `Qdrant ${version}, all cores: ${milliseconds(median)} ms`),
    ],
  },
  {
    what: 'dictionary, 1,064,077 rows of 100',
    goal: 'half of the time of the int16 screen',
    reached: ({ runs }) =>
      onEngines(runs, run => partOf(fastest(run, 'dictionary'), withScreen(run, 'dictionary', 'i16'))),
  },
  {
    what: 'colpali in f32',
    goal: '0.70 of the peak',
    reached: ({ runs }) => onEngines(runs, run => withScreen(run, 'colpali', 'off')?.ofPeak?.toFixed(2)),
  },
  {
    what: 'store, cold query',
    goal: '0.30 of the time of `cat` of all f32 rows',
    reached: ({ store }) =>
      store
        ? [store.coldOfCat.toFixed(2), `\`cat\` of the copies alone: ${store.copiesOfCat.toFixed(2)}`]
        : [],
  },
  {
    what: 'store, three times as large as its memory',
    goal: 'the speed of a store in memory',
    reached: ({ store }) => (store ? [`${store.smallOfResident.toFixed(2)} of its time`] : []),
  },
  {
    what: 'two threads, W0',
    goal: '1.9 times as fast as one, in every mode',
    reached: ({ peers }) => twoThreads(peers),
  },
]

/**
 * The table of goals.
 *
 * @param read returns the results of another benchmark by its name, if it was run
 */
export function toGoals(runs: readonly Run[], read: (name: string) => unknown): string {
  const peers = read('peers') as PeersRun | undefined
  const store = read('store') as StoreRun | undefined
  const machines = [
    ...new Set(runs.map(({ engine, processor }) => `${engine.replace(/ \(.*/, '')}, ${processor}`)),
    ...(peers ? [`peers and threads: ${peers.processor}, ${peers.date}`] : []),
    ...(store ? [`store: ${store.engine.replace(/ \(.*/, '')}, ${store.processor}, ${store.date}`] : []),
  ]
  const rows = GOALS.map(({ what, goal, reached }) => [
    what,
    goal,
    reached({ runs, peers, store }).join('; ') || OPEN,
  ])
  return `${machines.join('; ')}:\n\n${markdownTable(['workload', 'goal', 'reached'], rows, 3)}\n`
}

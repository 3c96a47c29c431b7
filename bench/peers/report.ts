// The results of a run as Markdown: one table of all workloads for docs/speed.md, and a detailed table for each workload. All
// results are shown, whoever they favour.

import type { Peak } from '../shared/machine.js'
import type { Failure, PeerResult, Round } from './measure.js'

/** One run: the content of bench/results/peers.json. */
export interface PeersRun {
  readonly date: string
  readonly processor: string
  readonly cores: number
  /** The load average of the machine when the run started. */
  readonly load: number
  readonly peak: Peak
  readonly rounds: readonly Round[]
}

const table = (head: readonly string[], align: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, align, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

const rate = (result: PeerResult | undefined) => (result ? result.gflops.toFixed(1) : '-')

const ofPeak = (result: PeerResult | undefined, peak: Peak) =>
  result && 'gflops' in peak ? (result.gflops / peak.gflops).toFixed(2) : '-'

const labelOf = ({ name, kind, version }: PeerResult) =>
  kind === 'maxsimd' ? `**${name}**` : `${name}${version ? ` ${version}` : ''}`

/** Identifies a peer in all rounds. */
export const keyOf = ({ name, engine }: { name: string; engine: string }) => `${name} / ${engine}`

/** Describes the accuracy of a result. */
export function describeAnswer(
  { answer, error, outside, found, limit }: PeerResult,
  documents: number,
): string {
  const size = error < 0.01 ? error.toExponential(0) : error.toFixed(2)
  const missed = found < limit ? `, ${found} of the best ${limit}` : ''
  if (answer === 'exact') return 'exact'
  if (answer === 'inexact') return `within ${size}${missed}`
  return `**wrong**: ${outside} of ${documents} scores, by up to ${size}${missed}`
}

/** Describes the machine and the date of a run. */
export function machineOf({ processor, cores, peak, load, date }: PeersRun): string {
  const peakText = 'gflops' in peak ? `${peak.gflops.toFixed(1)} GF/s` : `n/a (${peak.why})`
  return `${processor}, ${cores} cores, 128-bit f32 peak of one: ${peakText}; load ${load.toFixed(1)}; ${date}`
}

/** All failures. The same failure on several workloads is listed once. */
export function failuresOf({ rounds }: PeersRun): Failure[] {
  const all = rounds.flatMap(({ failures }) => failures)
  return [...new Map(all.map(failure => [`${failure.name}: ${failure.why}`, failure])).values()]
}

/** Every peer once, with its first result, in the order of the first round that has it. */
function allPeers(rounds: readonly Round[]): PeerResult[] {
  const all = rounds.flatMap(({ results }) => results)
  const first = new Map([...all].reverse().map(result => [keyOf(result), result]))
  return [...new Set(all.map(keyOf))].map(key => first.get(key)!)
}

/** The table for docs/speed.md: a row for each peer, a column for each workload. */
export function toSummary(run: PeersRun): string {
  const single = run.rounds.filter(({ threads }) => threads === 1)
  const [first] = single
  if (!first) return ''
  const find = (round: Round, wanted: PeerResult) =>
    round.results.find(result => keyOf(result) === keyOf(wanted))
  const rows = allPeers(single).map(result => {
    const answers = single.map(round => {
      const found = find(round, result)
      return found ? { round, text: describeAnswer(found, round.documents), answer: found.answer } : undefined
    })
    const worst = answers.find(found => found?.answer === 'wrong') ?? answers.find(found => found)
    const usual = single.find(round => find(round, result))
    const where = worst && worst.round !== usual ? ` (${worst.round.workload})` : ''
    return [
      labelOf(result),
      result.engine,
      result.instructions,
      ofPeak(find(first, result), run.peak),
      ...single.map(round => rate(find(round, result))),
      `${worst?.text ?? '-'}${where}`,
    ]
  })
  const lines = [
    `${machineOf(run)}. The ten best of all documents, one thread; GF/s of the median:`,
    '',
    table(
      ['', 'runs on', 'vector instructions', 'of peak', ...single.map(({ workload }) => workload), 'scores'],
      ['---', '---', '---', '---:', ...single.map(() => '---:'), '---'],
      rows,
    ),
    '',
    `${single.map(({ workload, shape }) => `${workload}: ${shape}`).join('; ')}. \`of peak\` is that of ${first.workload}.`,
  ]
  const failures = failuresOf(run)
  if (failures.length) {
    lines.push('', `Not measured: ${failures.map(({ name, why }) => `${name} (${short(why)})`).join('; ')}.`)
  }
  return `${lines.join('\n')}\n`
}

const short = (why: string) => why.split('\n')[0]!.slice(0, 120)

/** All results: the summary, and a table for each workload and number of threads. */
export function toMarkdown(run: PeersRun): string {
  const milliseconds = (value: number) => value.toFixed(value < 100 ? 2 : 0)
  const parts = ['# MaxSim in this library and in others', '', toSummary(run)]
  for (const { workload, shape, documents, threads, results } of run.rounds) {
    parts.push(`## ${workload}: ${shape}, ${threads === 1 ? 'one thread' : `${threads} threads`}`, '')
    parts.push(
      table(
        [
          '',
          'runs on',
          'median ms',
          'p25 - p75',
          'best',
          'GF/s',
          'of peak',
          'CPUs',
          'largest error',
          'top 10',
          'scores',
        ],
        ['---', '---', ...Array.from({ length: 8 }, () => '---:'), '---'],
        results.map(result => [
          labelOf(result),
          result.engine,
          milliseconds(result.median),
          `${milliseconds(result.p25)} - ${milliseconds(result.p75)}`,
          milliseconds(result.min),
          rate(result),
          ofPeak(result, run.peak),
          result.cpu.toFixed(2),
          result.error.toExponential(1),
          `${result.found}/${result.limit}`,
          describeAnswer(result, documents),
        ]),
      ),
      '',
    )
  }
  return `${parts.join('\n')}\n`
}

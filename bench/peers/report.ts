// What a run found as Markdown: a table of all workloads for a README, and one for each with everything that was
// measured. Figures are derived from the results; nothing is left out because it is bad for somebody.

import type { Peak } from '../shared/machine.js'
import type { Failure, PeerResult, Round } from './measure.js'

export interface PeersRun {
  readonly date: string
  readonly processor: string
  readonly cores: number
  /** The load of the machine when the run started. */
  readonly load: number
  readonly peak: Peak
  readonly rounds: readonly Round[]
}

const table = (head: readonly string[], align: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, align, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

const rate = (result: PeerResult | undefined) => (result ? result.gflops.toFixed(1) : '-')

const ofPeak = (result: PeerResult | undefined, peak: Peak) =>
  result && 'gflops' in peak ? (result.gflops / peak.gflops).toFixed(2) : '-'

const label = ({ name, kind, version }: PeerResult) =>
  kind === 'maxsimd' ? `**${name}**` : `${name}${version ? ` ${version}` : ''}`

export const keyOf = ({ name, engine }: { name: string; engine: string }) => `${name} / ${engine}`

/** What its answer is worth, in a few words. */
export function answerOf({ answer, error, outside, found, limit }: PeerResult, documents: number): string {
  const size = error < 0.01 ? error.toExponential(0) : error.toFixed(2)
  const missed = found < limit ? `, ${found} of the best ${limit}` : ''
  if (answer === 'exact') return 'exact'
  if (answer === 'inexact') return `within ${size}${missed}`
  return `**wrong**: ${outside} of ${documents} scores, by up to ${size}${missed}`
}

export function machineOf({ processor, cores, peak, load, date }: PeersRun): string {
  const peakText = 'gflops' in peak ? `${peak.gflops.toFixed(1)} GF/s` : `n/a (${peak.why})`
  return `${processor}, ${cores} cores, 128-bit f32 peak of one: ${peakText}; load ${load.toFixed(1)}; ${date}`
}

/** Failures of a peer once, whatever the workload. */
export function failuresOf({ rounds }: PeersRun): Failure[] {
  const all = rounds.flatMap(({ failures }) => failures)
  return [...new Map(all.map(failure => [`${failure.name}: ${failure.why}`, failure])).values()]
}

/** The block for the README: a row for each peer, a column for each workload. */
export function toSummary(run: PeersRun): string {
  const single = run.rounds.filter(({ threads }) => threads === 1)
  const [first] = single
  if (!first) return ''
  const find = (round: Round, wanted: PeerResult) =>
    round.results.find(result => keyOf(result) === keyOf(wanted))
  const rows = first.results.map(result => {
    const answers = single.map(round => {
      const found = find(round, result)
      return found ? { round, text: answerOf(found, round.documents), answer: found.answer } : undefined
    })
    const worst = answers.find(found => found?.answer === 'wrong') ?? answers.find(found => found)
    const where = worst && worst.round !== first ? ` (${worst.round.workload})` : ''
    return [
      label(result),
      result.engine,
      result.instructions,
      ofPeak(result, run.peak),
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

/** Everything: the summary, and a table for each workload and number of threads. */
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
          label(result),
          result.engine,
          milliseconds(result.median),
          `${milliseconds(result.p25)} - ${milliseconds(result.p75)}`,
          milliseconds(result.min),
          rate(result),
          ofPeak(result, run.peak),
          result.cpu.toFixed(2),
          result.error.toExponential(1),
          `${result.found}/${result.limit}`,
          answerOf(result, documents),
        ]),
      ),
      '',
    )
  }
  return `${parts.join('\n')}\n`
}

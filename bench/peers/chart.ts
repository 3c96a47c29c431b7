// A bar chart of the peers on real rows and on random ones: a row for each peer that ran on the real rows, a panel for each
// workload, and the processor's peak as a line.

import { axis, bar, chart, rule, text } from '../shared/svg.js'
import type { PeerResult } from './measure.js'
import { keyOf, machineOf, type PeersRun } from './report.js'

/** The workloads of the chart, unless none of them was measured. */
const PANELS = ['definitions', 'nq', 'W0']

const ROW = 22
const TOP = 108
const LABELS = 280
const PANEL = 218
const GAP = 66

/** The classes of the bars. */
const SERIES: Readonly<Record<PeerResult['kind'], string>> = { maxsimd: 's0', javascript: 's1', native: 's2' }

/** Draws the results with one thread. */
export function toChart(run: PeersRun): string {
  const all = run.rounds.filter(({ threads }) => threads === 1)
  const chosen = all.filter(({ workload }) => PANELS.includes(workload))
  const single = chosen.length > 0 ? chosen : all
  const rows = single[0]?.results ?? []
  const bottom = TOP + rows.length * ROW
  const width = LABELS + single.length * (PANEL + GAP) + 8
  const parts: string[] = []
  rows.forEach((row, i) => {
    const names = row.kind === 'maxsimd' ? 'strong' : ''
    parts.push(text(LABELS - 10, TOP + i * ROW + 15, `${row.name} · ${row.engine}`, names, 'end'))
  })
  // drawn last, so that no line crosses them
  const labels: string[] = []
  single.forEach((round, column) => {
    const left = LABELS + column * (PANEL + GAP)
    const peak = 'gflops' in run.peak ? run.peak.gflops : 0
    const { end, ticks } = axis(Math.max(peak, ...round.results.map(({ gflops }) => gflops)))
    const at = (value: number) => left + (value / end) * PANEL
    parts.push(text(left, TOP - 30, round.workload, 'strong'))
    parts.push(text(left, TOP - 14, round.shape, 'small faint'))
    for (const tick of ticks) {
      parts.push(rule(at(tick), TOP - 4, at(tick), bottom))
      parts.push(text(at(tick), bottom + 16, String(tick), 'small faint', 'middle'))
    }
    rows.forEach((row, i) => {
      const y = TOP + i * ROW
      const found = round.results.find(result => keyOf(result) === keyOf(row))
      if (!found) {
        labels.push(text(left + 6, y + 15, 'did not run', 'small faint halo'))
        return
      }
      const pale = found.answer === 'exact' ? '' : ' pale'
      parts.push(bar(left, y + 4, Math.max(1, at(found.gflops) - left), 14, SERIES[row.kind] + pale))
      labels.push(label(found, at(found.gflops) + 5, y + 15))
    })
    if (peak) parts.push(rule(at(peak), TOP - 4, at(peak), bottom, 'peak'))
  })
  parts.push(...labels, legend(bottom + 48))
  const title = 'MaxSim, the ten best of all documents, one thread: GF/s, longer is faster'
  return chart({ width, height: bottom + 66, title, subtitle: machineOf(run), body: parts.join('\n') })
}

/** The rate. For scores outside the bound of f32, also the largest error. */
function label({ answer, error, gflops }: PeerResult, x: number, y: number): string {
  const rate = gflops.toFixed(gflops < 10 ? 1 : 0)
  const size = error < 0.01 ? error.toExponential(0) : error.toFixed(2)
  const note = { exact: '', inexact: ` ±${size}`, wrong: ` wrong by ${size}` }[answer]
  return text(x, y, rate + note, `small halo${answer === 'wrong' ? ' bad' : ''}`)
}

function legend(y: number): string {
  const entries = [
    ['s0', 'this library', 130],
    ['s1', 'from JavaScript', 150],
    ['s2', 'native, from Python', 170],
    ['s2 pale', 'pale: scores outside the bound of f32; ± the largest error', 290],
  ] as const
  let x = 20
  const parts = entries.map(([names, label, width]) => {
    const part = bar(x, y - 10, 14, 11, names) + text(x + 20, y, label, 'small')
    x += width
    return part
  })
  const peak = `${rule(x, y - 4, x + 14, y - 4, 'peak')}${text(x + 20, y, '128-bit f32 peak of one core', 'small')}`
  return [...parts, peak].join('\n')
}

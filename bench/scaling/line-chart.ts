// A line chart of rates. The x axis is logarithmic and labels every measured point.

import { axis, chart, curve, rule, text } from '../shared/svg.js'

/** The rates along one axis. */
export interface Curve {
  /** The name of the x axis. */
  readonly axis: string
  /** The parts of the shape that do not change. */
  readonly fixed: string
  readonly x: readonly number[]
  readonly series: readonly { readonly name: string; readonly gflops: readonly number[] }[]
}

const WIDTH = 720
const HEIGHT = 400
const LEFT = 60
const RIGHT = 590
const TOP = 80
const BOTTOM = 330

/** Draws a chart. `peak`, if known, is the processor's peak, which is drawn as a horizontal line. */
export function toLineChart(
  { axis: name, fixed, x, series }: Curve,
  subtitle: string,
  peak: number | undefined,
): string {
  const highest = Math.max(peak ?? 0, ...series.flatMap(({ gflops }) => gflops))
  const { end, ticks } = axis(highest)
  const low = Math.log(x[0]!)
  const span = Math.log(x.at(-1)!) - low
  const xOf = (value: number) => LEFT + ((Math.log(value) - low) / span) * (RIGHT - LEFT)
  const yOf = (value: number) => BOTTOM - (value / end) * (BOTTOM - TOP)
  const parts: string[] = []
  for (const tick of ticks) {
    parts.push(
      rule(LEFT, yOf(tick), RIGHT, yOf(tick)),
      text(LEFT - 8, yOf(tick) + 4, String(tick), 'small faint', 'end'),
    )
  }
  for (const value of x)
    parts.push(text(xOf(value), BOTTOM + 18, value.toLocaleString('en'), 'small faint', 'middle'))
  parts.push(text((LEFT + RIGHT) / 2, BOTTOM + 40, name, '', 'middle'))
  if (peak) parts.push(rule(LEFT, yOf(peak), RIGHT, yOf(peak), 'peak'))
  series.forEach(({ gflops }, i) => {
    const points = gflops.map((value, at): [number, number] => [xOf(x[at]!), yOf(value)])
    parts.push(curve(points, `s${i}`))
  })
  const labels = series.map(({ name, gflops }, i) => ({
    name,
    y: yOf(gflops.at(-1)!),
    classes: `strong t${i}`,
  }))
  if (peak) labels.push({ name: '128-bit f32 peak', y: yOf(peak), classes: 'small faint' })
  for (const { name, y, classes } of spreadLabels(labels)) parts.push(text(RIGHT + 10, y + 4, name, classes))
  const title = `GF/s by ${name} (${fixed})`
  return chart({ width: WIDTH, height: HEIGHT, title, subtitle, body: parts.join('\n') })
}

const LINE_HEIGHT = 16

/** Moves labels apart vertically, so that they do not overlap. Keeps their order. */
function spreadLabels<T extends { readonly y: number }>(labels: readonly T[]): T[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y)
  let y = -Infinity
  const lowered = sorted.map(label => {
    y = Math.max(label.y, y + LINE_HEIGHT)
    return { ...label, y }
  })
  // labels below the axis push the others up again
  let limit = BOTTOM
  return lowered.reverse().map(label => {
    const placed = { ...label, y: Math.min(label.y, limit) }
    limit = placed.y - LINE_HEIGHT
    return placed
  })
}

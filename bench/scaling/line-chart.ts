// Rates along one axis as a line chart: x is a logarithm, and every measured point has its number below it.

import { axis, curve, picture, rule, text } from '../shared/svg.js'

export interface Curve {
  /** What is on the x axis, and what is held fixed. */
  readonly axis: string
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

/** `peak`: the processor's, drawn across; undefined where it is not known. */
export function toCurves(
  { axis: name, fixed, x, series }: Curve,
  subtitle: string,
  peak: number | undefined,
): string {
  const highest = Math.max(peak ?? 0, ...series.flatMap(({ gflops }) => gflops))
  const { end, ticks } = axis(highest)
  const low = Math.log(x[0]!)
  const span = Math.log(x.at(-1)!) - low
  const across = (value: number) => LEFT + ((Math.log(value) - low) / span) * (RIGHT - LEFT)
  const up = (value: number) => BOTTOM - (value / end) * (BOTTOM - TOP)
  const parts: string[] = []
  for (const tick of ticks) {
    parts.push(
      rule(LEFT, up(tick), RIGHT, up(tick)),
      text(LEFT - 8, up(tick) + 4, String(tick), 'small faint', 'end'),
    )
  }
  for (const value of x)
    parts.push(text(across(value), BOTTOM + 18, value.toLocaleString('en'), 'small faint', 'middle'))
  parts.push(text((LEFT + RIGHT) / 2, BOTTOM + 40, name, '', 'middle'))
  if (peak) parts.push(rule(LEFT, up(peak), RIGHT, up(peak), 'peak'))
  series.forEach(({ gflops }, i) => {
    const points = gflops.map((value, at): [number, number] => [across(x[at]!), up(value)])
    parts.push(curve(points, `s${i}`))
  })
  const names = series.map(({ name, gflops }, i) => ({ name, y: up(gflops.at(-1)!), names: `strong t${i}` }))
  if (peak) names.push({ name: '128-bit f32 peak', y: up(peak), names: 'small faint' })
  for (const { name, y, names: style } of apart(names)) parts.push(text(RIGHT + 10, y + 4, name, style))
  return picture(WIDTH, HEIGHT, `GF/s by ${name} (${fixed})`, subtitle, parts.join('\n'))
}

/** Labels at least a line apart, in their order. */
function apart<T extends { readonly y: number }>(labels: readonly T[]): T[] {
  const LINE = 16
  const sorted = [...labels].sort((a, b) => a.y - b.y)
  let y = -Infinity
  const lowered = sorted.map(label => {
    y = Math.max(label.y, y + LINE)
    return { ...label, y }
  })
  // what went below the axis pushes the others up again
  let limit = BOTTOM
  return lowered.reverse().map(label => {
    const placed = { ...label, y: Math.min(label.y, limit) }
    limit = placed.y - LINE
    return placed
  })
}

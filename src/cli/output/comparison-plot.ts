// The latencies of a comparison as an SVG document: one dot for each query and round, on a logarithmic axis.

import { formatDuration } from '../../base/format-duration.js'
import type { ComparedSide, Comparison } from '../../qdrant/index.js'

const WIDTH = 720
const LEFT_MARGIN = 150
const RIGHT_MARGIN = 20
const TOP_MARGIN = 20
/** Height of one side's dots. */
const LANE_HEIGHT = 56
const COLOURS = ['#3367d6', '#d6692c'] as const

/** Maps seconds to x coordinates; `low` and `high` are powers of 10. */
interface Axis {
  readonly low: number
  readonly high: number
  readonly x: (seconds: number) => number
}

const escapeXml = (text: string) => text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)

/** Plots every latency as a dot, in one lane for each side, with the medians as lines. Returns a whole SVG document. */
export function comparisonPlot(comparison: Comparison): string {
  const sides = [comparison.server, comparison.local]
  const height = sides.length * LANE_HEIGHT + 60
  const axis = axisFor(sides.flatMap(({ seconds }) => seconds).filter(value => value > 0))
  const medians = sides.map(side => `${side.name} ${formatDuration(side.median)}`).join(', ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escapeXml(`Latency of ${comparison.queries} queries: ${medians}`)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...ticks(axis, height),
    ...sides.flatMap((side, lane) => sideLane(side, lane, axis)),
    '</svg>',
  ].join('\n')
}

function axisFor(values: readonly number[]): Axis {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)))
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values) * 1.0001))
  const scale = (WIDTH - LEFT_MARGIN - RIGHT_MARGIN) / (Math.log10(high) - Math.log10(low))
  return { low, high, x: seconds => LEFT_MARGIN + (Math.log10(seconds) - Math.log10(low)) * scale }
}

/** A line and a label at each power of 10. */
function ticks({ low, high, x }: Axis, height: number): string[] {
  const parts: string[] = []
  for (let tick = low; tick <= high * 1.001; tick *= 10) {
    const at = x(tick).toFixed(1)
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${TOP_MARGIN}" y2="${height - 30}" stroke="#ddd"/>`,
      `<text x="${at}" y="${height - 12}" text-anchor="middle" fill="#555">${formatDuration(tick)}</text>`,
    )
  }
  return parts
}

function sideLane(side: ComparedSide, lane: number, { x }: Axis): string[] {
  const y = TOP_MARGIN + lane * LANE_HEIGHT + LANE_HEIGHT / 2
  const colour = COLOURS[lane]
  const dots = side.seconds.map((value, index) => {
    // multiples of the golden ratio spread the dots over the lane, so that they do not hide each other
    const shift = ((index * 0.618034) % 1) * (LANE_HEIGHT - 24) - (LANE_HEIGHT - 24) / 2
    return `<circle cx="${x(value).toFixed(1)}" cy="${(y + shift).toFixed(1)}" r="2" fill="${colour}" fill-opacity="0.4"/>`
  })
  const at = x(side.median).toFixed(1)
  const [top, bottom] = [y - LANE_HEIGHT / 2, y + LANE_HEIGHT / 2]
  return [
    `<text x="${LEFT_MARGIN - 12}" y="${y + 4}" text-anchor="end" fill="#222">${escapeXml(side.name)}</text>`,
    ...dots,
    `<line x1="${at}" x2="${at}" y1="${top + 6}" y2="${bottom - 6}" stroke="${colour}" stroke-width="2"/>`,
    `<text x="${at}" y="${top + 4}" text-anchor="middle" fill="${colour}">${formatDuration(side.median)}</text>`,
  ]
}

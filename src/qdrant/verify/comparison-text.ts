// A comparison for people: a table for the terminal, and a plot of every latency as SVG. Prints nothing itself.

import type { ComparedSide, Comparison } from './compare.js'

/** Seconds with a unit that suits them. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  if (seconds >= 1) return `${seconds.toFixed(2)} s`
  return seconds >= 0.001
    ? `${(seconds * 1000).toFixed(seconds >= 0.1 ? 0 : 1)} ms`
    : `${(seconds * 1e6).toFixed(0)} µs`
}

const bytes = (count: number) =>
  count >= 1e6
    ? `${(count / 1e6).toFixed(1)} MB`
    : count >= 1e3
      ? `${(count / 1e3).toFixed(1)} kB`
      : `${count} B`

/** The figures as lines of text, without a line end at the end. */
export function comparisonTable(comparison: Comparison): string {
  const { server, local } = comparison
  const rows: (readonly [string, string, string])[] = [
    ['', server.name, local.name],
    ...figures(server).map(([label, value], index) => [label, value, figures(local)[index]![1]] as const),
  ]
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map(row => row[column].length))
  const [first, second, third] = [width(0), width(1), width(2)]
  const lines = rows.map(
    ([label, left, right]) => `${label.padEnd(first)}  ${left.padStart(second)}  ${right.padStart(third)}`,
  )
  const gap = comparison.swaps.reduce((most, swap) => Math.max(most, swap.gap), 0)
  lines.push(
    '',
    `${comparison.queries} queries, ${comparison.rounds} rounds, the best ${comparison.limit}: ` +
      `${(100 * comparison.overlap).toFixed(1)} % of the results in common, ${comparison.identical} queries identical`,
    `scores differ by at most ${comparison.maxScoreDifference.toPrecision(2)}; ` +
      (comparison.swaps.length === 0
        ? 'no two documents in another order'
        : `${comparison.swaps.length} pairs in another order, their scores at most ${gap.toPrecision(2)} apart`),
    ...comparison.notes,
  )
  return lines.map(line => line.trimEnd()).join('\n')
}

function figures(side: ComparedSide): (readonly [string, string])[] {
  return [
    ['median', formatDuration(side.median)],
    ['p95', formatDuration(side.p95)],
    ['server', side.serverMedian === undefined ? '-' : formatDuration(side.serverMedian)],
    ['round trip', side.roundTripMedian === undefined ? '-' : formatDuration(side.roundTripMedian)],
    ['sent', side.bytesSent === 0 ? '-' : bytes(side.bytesSent)],
    ['received', side.bytesReceived === 0 ? '-' : bytes(side.bytesReceived)],
  ]
}

const WIDTH = 720
const LEFT = 150
const RIGHT = 20
const LANE = 56
const COLOURS = ['#3367d6', '#d6692c'] as const

const escaped = (text: string) => text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)

/** Every latency as a dot on a logarithmic axis, one lane for each side, medians as lines. A whole SVG document. */
export function comparisonPlot(comparison: Comparison): string {
  const sides = [comparison.server, comparison.local]
  const all = sides.flatMap(({ seconds }) => seconds).filter(value => value > 0)
  const low = 10 ** Math.floor(Math.log10(Math.min(...all)))
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all) * 1.0001))
  const x = (value: number) =>
    LEFT +
    ((Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) * (WIDTH - LEFT - RIGHT)
  const height = sides.length * LANE + 60
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(`Latency of ${comparison.queries} queries: ${sides.map(side => `${side.name} ${formatDuration(side.median)}`).join(', ')}`)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
  ]
  for (let tick = low; tick <= high * 1.001; tick *= 10) {
    const at = x(tick).toFixed(1)
    parts.push(
      `<line x1="${at}" x2="${at}" y1="20" y2="${height - 30}" stroke="#ddd"/>`,
      `<text x="${at}" y="${height - 12}" text-anchor="middle" fill="#555">${formatDuration(tick)}</text>`,
    )
  }
  for (const [lane, side] of sides.entries()) {
    const y = 20 + lane * LANE + LANE / 2
    const colour = COLOURS[lane]
    parts.push(
      `<text x="${LEFT - 12}" y="${y + 4}" text-anchor="end" fill="#222">${escaped(side.name)}</text>`,
    )
    for (const [index, value] of side.seconds.entries()) {
      // spread over the lane by a step that never repeats, so that dots do not hide each other
      const shift = ((index * 0.618034) % 1) * (LANE - 24) - (LANE - 24) / 2
      parts.push(
        `<circle cx="${x(value).toFixed(1)}" cy="${(y + shift).toFixed(1)}" r="2" fill="${colour}" fill-opacity="0.4"/>`,
      )
    }
    const at = x(side.median).toFixed(1)
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${y - LANE / 2 + 6}" y2="${y + LANE / 2 - 6}" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${at}" y="${y - LANE / 2 + 4}" text-anchor="middle" fill="${colour}">${formatDuration(side.median)}</text>`,
    )
  }
  parts.push('</svg>')
  return parts.join('\n')
}

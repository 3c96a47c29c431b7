// The plot of latencies as SVG.

import { expect, it } from 'vitest'
import { comparisonPlot } from '../../src/cli/output/comparison-plot.js'
import type { ComparedSide, Comparison } from '../../src/qdrant/index.js'

const side = (name: string, seconds: readonly number[]) =>
  ({ name, seconds, median: seconds[1]!, p95: seconds[2]! }) as ComparedSide

it('draws a dot for each latency, a line for each median, and escapes names', () => {
  const comparison = {
    queries: 3,
    server: side('a<b', [0.01, 0.02, 0.5]),
    local: side('local', [0.0001, 0.0003, 0.001]),
  } as Comparison
  const svg = comparisonPlot(comparison)
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/)
  expect(svg).toContain('<title>Latency of 3 queries: a&#60;b 20.0 ms, local 300 µs</title>')
  expect(svg.match(/<circle /g)).toHaveLength(6)
  expect(svg.match(/stroke-width="2"/g)).toHaveLength(2)
  // the axis has 550 pixels for four powers of 10, from 100 µs on
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(dot => dot.slice(1).map(Number))
  expect(dots.map(([x]) => x)).toEqual([425, 466.4, 658.6, 150, 215.6, 287.5])
  // lanes of 56 pixels, in which dots are spread by multiples of the golden ratio
  expect(dots.map(([, y]) => y)).toEqual([32, 51.8, 39.6, 88, 107.8, 95.6])
  for (const [x, top, label] of [
    ['466.4', 20, '20.0 ms'],
    ['215.6', 76, '300 µs'],
  ] as const) {
    expect(svg).toContain(`<line x1="${x}" x2="${x}" y1="${top + 6}" y2="${top + 50}"`)
    expect(svg).toMatch(new RegExp(`<text x="${x}" y="${top + 4}" [^>]*>${label}</text>`))
  }
  expect(svg).toContain('<text x="138" y="52" text-anchor="end" fill="#222">a&#60;b</text>')
  expect(svg).toContain('viewBox="0 0 720 172"')
  // one tick for each power of 10 from 100 µs to 1 s
  expect(svg.match(/stroke="#ddd"/g)).toHaveLength(5)
})

it.each([
  ['600 µs', [0.0006, 0.0007, 0.002], 2],
  ['2 ms', [0.002, 0.0033, 0.09], 2],
  ['9 s', [9, 11, 40], 2],
])('begins the axis at the power of 10 below the smallest latency, %s', (_, seconds, powers) => {
  const comparison = {
    queries: 3,
    server: side('server', seconds),
    local: side('local', seconds),
  } as Comparison
  const svg = comparisonPlot(comparison)
  const ticks = [...svg.matchAll(/<line x1="([\d.]+)"[^>]*stroke="#ddd"/g)].map(([, x]) => Number(x))
  expect(ticks).toEqual([150, 150 + 550 / powers, 700])
  for (const [, x] of svg.matchAll(/<circle cx="([\d.]+)"/g)) {
    expect(Number(x)).toBeGreaterThan(150)
    expect(Number(x)).toBeLessThan(700)
  }
})

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
  // one tick for each power of 10 from 100 µs to 1 s
  expect(svg.match(/stroke="#ddd"/g)).toHaveLength(5)
})

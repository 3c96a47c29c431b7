// A chart of how a store with a first stage grows: each quantity relative to its value with the fewest documents. Both axes
// are logarithmic, so a line as steep as the dashed one grows with the number of documents.

import { chart, curve, rule, text } from '../shared/svg.js'
import type { GrowthResult } from './growth.js'

const WIDTH = 760
const HEIGHT = 430
const LEFT = 70
const RIGHT = 560
const TOP = 80
const BOTTOM = 360
const LINE_HEIGHT = 16

/** The quantities. */
const LINES: readonly { readonly name: string; of(result: GrowthResult): number }[] = [
  { name: 'bytes on the disk', of: ({ bytes }) => bytes },
  { name: 'vectors in memory', of: ({ resident }) => resident },
  { name: 'query in two stages', of: ({ milliseconds }) => milliseconds },
  { name: 'exact query', of: ({ exactMilliseconds }) => exactMilliseconds },
  { name: 'recall@10', of: ({ recall }) => recall },
]

/** Draws the chart. */
export function toGrowthChart(results: readonly GrowthResult[], subtitle: string): string {
  const documents = results.map(({ documents }) => documents)
  const [first, last] = [Math.log(documents[0]!), Math.log(documents.at(-1)!)]
  const highest = Math.exp(last - first)
  const lines = LINES.map(({ name, of }) => ({
    name,
    values: results.map(result => of(result) / of(results[0]!)),
  }))
  const low = Math.log(Math.min(0.5, ...lines.flatMap(({ values }) => values)))
  const high = Math.log(Math.max(highest, ...lines.flatMap(({ values }) => values)))
  const xOf = (count: number) => LEFT + ((Math.log(count) - first) / (last - first)) * (RIGHT - LEFT)
  const yOf = (value: number) => BOTTOM - ((Math.log(value) - low) / (high - low)) * (BOTTOM - TOP)
  const parts: string[] = []
  for (let tick = 1; Math.log(tick) <= high; tick *= 10) {
    parts.push(
      rule(LEFT, yOf(tick), RIGHT, yOf(tick)),
      text(LEFT - 8, yOf(tick) + 4, `${tick.toLocaleString('en')} x`, 'small faint', 'end'),
    )
  }
  for (const count of documents)
    parts.push(text(xOf(count), BOTTOM + 18, count.toLocaleString('en'), 'small faint', 'middle'))
  parts.push(text((LEFT + RIGHT) / 2, BOTTOM + 42, 'documents', '', 'middle'))
  parts.push(rule(LEFT, yOf(1), RIGHT, yOf(highest), 'peak'))
  lines.forEach(({ values }, i) => {
    const points = values.map((value, k): [number, number] => [xOf(documents[k]!), yOf(value)])
    parts.push(curve(points, `s${i}`))
  })
  let y = -Infinity
  const labels = lines.map(({ name, values }, i) => ({ name, i, at: yOf(values.at(-1)!) }))
  for (const { name, i, at } of labels.sort((a, b) => a.at - b.at)) {
    y = Math.max(at, y + LINE_HEIGHT)
    parts.push(text(RIGHT + 10, y + 4, name, `strong t${i}`))
  }
  return chart({
    width: WIDTH,
    height: HEIGHT,
    title: `Growth to ${documents.at(-1)!.toLocaleString('en')} documents, relative to ${documents[0]!.toLocaleString('en')}`,
    subtitle,
    body: parts.join('\n'),
  })
}

// A data set's figures as a table and as pictures of quality against cost. Writes no files.

import { chart, point, rule, text } from '../shared/svg.js'
import type { DatasetResult, TechniqueResult } from './measure.js'
import type { PresetResult } from './presets.js'
import type { QuantizedResult } from './quantized-result.js'
import { FAMILIES } from './techniques.js'

/** One run: what is kept as JSON. */
export interface RetrievalRun {
  readonly date: string
  readonly engine: string
  readonly processor: string
  readonly load: number
  readonly datasets: readonly DatasetResult[]
}

const columns = [
  '#',
  'technique',
  'bytes a document',
  'read again',
  'ms a query',
  "of exact's time",
  'recall@10',
  'nDCG@10',
  'success@10',
]

const count = (value: number) => Math.round(value).toLocaleString('en')
const share = (value: number) => `${(100 * value).toFixed(1)} %`

function cells(result: TechniqueResult, number: number): string[] {
  return [
    String(number),
    result.technique,
    count(result.searched),
    result.readAgain > 0 ? count(result.readAgain) : '',
    result.milliseconds.toPrecision(3),
    (result.milliseconds / result.exactMilliseconds).toFixed(2),
    share(result.recall),
    result.ndcg.toFixed(3),
    share(result.success),
  ]
}

const sizeOf = ({ documents, rows, dim, queries, queryRows }: DatasetResult) =>
  `${count(documents)} documents, ${count(rows)} rows of ${dim}; ${queries} queries of ${queryRows.toFixed(1)} rows`

/** The block between the markers, without them. */
export function toMarkdown({ engine, processor, datasets }: RetrievalRun): string {
  const lines: string[] = [`${engine}, ${processor}, one thread.`, '']
  for (const dataset of datasets) {
    lines.push(`**${dataset.title}**: ${sizeOf(dataset)}; kernel \`${dataset.kernel}\`.`, '')
    if (dataset.techniques.length > 0) {
      lines.push(
        `| ${columns.join(' | ')} |`,
        `| ---: | --- |${' ---: |'.repeat(columns.length - 2)}`,
        ...dataset.techniques.map((result, i) => `| ${cells(result, i + 1).join(' | ')} |`),
        '',
      )
    }
    if (dataset.presets) lines.push(...presetTable(dataset.presets), '')
    if (dataset.quantized) lines.push(...quantizedTable(dataset.quantized), '')
  }
  return lines.join('\n')
}

/** The presets of one data set, as they are used: a line each, by place. */
function presetTable(presets: readonly PresetResult[]): string[] {
  return [
    '| preset, with its own candidates | in | ms a query | recall@10 | nDCG@10 |',
    '| --- | --- | ---: | ---: | ---: |',
    ...presets.map(
      ({ preset, place, milliseconds, recall, ndcg }) =>
        `| ${[preset, place, milliseconds.toPrecision(3), share(recall), ndcg.toFixed(3)].join(' | ')} |`,
    ),
  ]
}

/** A server's settings, a line each. */
function quantizedTable(quantized: readonly QuantizedResult[]): string[] {
  return [
    '| setting | in | bytes a document | read again | ms a query | recall@10 | nDCG@10 |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...quantized.map(({ setting, place, searched, readAgain, milliseconds, recall, ndcg }) => {
      const bytes = [count(searched), readAgain > 0 ? count(readAgain) : '']
      const cells = [setting, place, ...bytes, milliseconds.toPrecision(3), share(recall), ndcg.toFixed(3)]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}

const WIDTH = 760
const HEIGHT = 430
const LEFT = 70
const RIGHT = 730
const TOP = 95
const BOTTOM = 370

export type Cost = 'milliseconds' | 'searched'

const COSTS: Readonly<Record<Cost, { readonly axis: string; costOf(result: TechniqueResult): number }>> = {
  milliseconds: {
    axis: "of exact search's time for a query",
    costOf: result => result.milliseconds / result.exactMilliseconds,
  },
  searched: { axis: 'bytes a document that every query goes through', costOf: ({ searched }) => searched },
}

/** recall@10 against a cost: x is a logarithm, and a point's number is its line in the table. */
export function toChart(dataset: DatasetResult, cost: Cost, subtitle: string): string {
  const { axis, costOf } = COSTS[cost]
  const costs = dataset.techniques.map(costOf)
  const ticks = logTicks(Math.min(...costs), Math.max(...costs))
  const [low, high] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)]
  const across = (value: number) => LEFT + ((Math.log(value) - low) / (high - low)) * (RIGHT - LEFT)
  const worst = Math.min(...dataset.techniques.map(({ recall }) => recall))
  const floor = Math.min(0.9, Math.floor(worst * 10) / 10)
  const up = (value: number) => BOTTOM - ((value - floor) / (1 - floor)) * (BOTTOM - TOP)
  const parts: string[] = []
  for (let tick = floor; tick < 1.001; tick += 0.1) {
    parts.push(
      rule(LEFT, up(tick), RIGHT, up(tick)),
      text(LEFT - 8, up(tick) + 4, `${Math.round(100 * tick)} %`, 'small faint', 'end'),
    )
  }
  for (const tick of ticks)
    parts.push(text(across(tick), BOTTOM + 18, tick.toLocaleString('en'), 'small faint', 'middle'))
  parts.push(text((LEFT + RIGHT) / 2, BOTTOM + 42, axis, '', 'middle'))
  FAMILIES.forEach((family, i) => {
    parts.push(point(LEFT + 130 * i, TOP - 22, `s${i}`), text(LEFT + 130 * i + 10, TOP - 18, family, `t${i}`))
  })
  const points = dataset.techniques.map(
    ({ recall }, i) => [across(costs[i]!), up(recall)] as const satisfies Place,
  )
  const colours = dataset.techniques.map(({ family }) => FAMILIES.indexOf(family))
  points.forEach(([x, y], i) => {
    parts.push(point(x, y, `s${colours[i]}`))
  })
  // above the points, whose halos would hide them
  labelPlaces(points).forEach(([x, y], i) => {
    parts.push(text(x, y + 4, String(i + 1), `small t${colours[i]}`, 'middle'))
  })
  return chart({
    width: WIDTH,
    height: HEIGHT,
    title: `${dataset.title}: recall@10 of exact search`,
    subtitle,
    body: parts.join('\n'),
  })
}

type Place = readonly [x: number, y: number]

/** Where each point's number stands: around it, at the first place that is free, else where there is most room. */
function labelPlaces(points: readonly Place[]): Place[] {
  const WIDE = 15
  const HIGH = 11
  const around = [-60, 60, -120, 120, 0, 180, -90, 90].map(degrees => (degrees * Math.PI) / 180)
  const placed: Place[] = []
  for (const [x, y] of points) {
    const roomAt = ([left, top]: Place) =>
      Math.min(
        ...[...placed, ...points.filter(([a, b]) => a !== x || b !== y)].map(([a, b]) =>
          Math.max(Math.abs(a - left) / WIDE, Math.abs(b - top) / HIGH),
        ),
      )
    const places = [12, 20].flatMap(far =>
      around.map((angle): Place => [x + far * Math.cos(angle), y + far * Math.sin(angle)]),
    )
    const free = places.find(place => roomAt(place) >= 1)
    placed.push(free ?? places.reduce((best, place) => (roomAt(place) > roomAt(best) ? place : best)))
  }
  return placed
}

/** 1, 2 and 5 times powers of ten, from at or below the smallest to at or above the largest. */
function logTicks(least: number, most: number): number[] {
  const steps = [1, 2, 5].flatMap(step =>
    Array.from({ length: 13 }, (_, power) => Number((step * 10 ** (power - 6)).toPrecision(1))),
  )
  const sorted = steps.sort((a, b) => a - b)
  const first = sorted.findLastIndex(step => step <= least)
  const last = sorted.findIndex(step => step >= most)
  return sorted.slice(first, Math.max(last, first + 1) + 1)
}

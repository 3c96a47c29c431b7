// A chart of the techniques of a data set: quality over cost.

import { chart, point, rule, text } from '../shared/svg.js'
import type { DatasetResult, TechniqueResult } from './measure.js'
import { FAMILIES } from './techniques.js'

const WIDTH = 760
const HEIGHT = 430
const LEFT = 70
const RIGHT = 730
const TOP = 95
const BOTTOM = 370

/** The cost on the x axis: a field of the results. */
export type Cost = 'milliseconds' | 'searched'

const COSTS: Readonly<Record<Cost, { readonly axis: string; costOf(result: TechniqueResult): number }>> = {
  milliseconds: {
    axis: 'time of a query, relative to exact search',
    costOf: result => result.milliseconds / result.exactMilliseconds,
  },
  searched: { axis: 'bytes per document that every query reads', costOf: ({ searched }) => searched },
}

/** Draws recall@10 over a cost. The x axis is logarithmic. The number of a point is its line in the table. */
export function toChart(dataset: DatasetResult, cost: Cost, subtitle: string): string {
  const { axis, costOf } = COSTS[cost]
  const costs = dataset.techniques.map(costOf)
  const ticks = logTicks(Math.min(...costs), Math.max(...costs))
  const [low, high] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)]
  const xOf = (value: number) => LEFT + ((Math.log(value) - low) / (high - low)) * (RIGHT - LEFT)
  const worst = Math.min(...dataset.techniques.map(({ recall }) => recall))
  const floor = Math.min(0.9, Math.floor(worst * 10) / 10)
  const yOf = (value: number) => BOTTOM - ((value - floor) / (1 - floor)) * (BOTTOM - TOP)
  const parts: string[] = []
  for (let tick = floor; tick < 1.001; tick += 0.1) {
    parts.push(
      rule(LEFT, yOf(tick), RIGHT, yOf(tick)),
      text(LEFT - 8, yOf(tick) + 4, `${Math.round(100 * tick)} %`, 'small faint', 'end'),
    )
  }
  for (const tick of ticks)
    parts.push(text(xOf(tick), BOTTOM + 18, tick.toLocaleString('en'), 'small faint', 'middle'))
  parts.push(text((LEFT + RIGHT) / 2, BOTTOM + 42, axis, '', 'middle'))
  FAMILIES.forEach((family, i) => {
    parts.push(point(LEFT + 125 * i, TOP - 22, `s${i}`), text(LEFT + 125 * i + 10, TOP - 18, family, `t${i}`))
  })
  const points = dataset.techniques.map(
    ({ recall }, i) => [xOf(costs[i]!), yOf(recall)] as const satisfies Position,
  )
  const colours = dataset.techniques.map(({ family }) => FAMILIES.indexOf(family))
  points.forEach(([x, y], i) => {
    parts.push(point(x, y, `s${colours[i]}`))
  })
  // after the points, which would cover them
  placeLabels(points).forEach(([x, y], i) => {
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

type Position = readonly [x: number, y: number]

const LABEL_WIDTH = 15
const LABEL_HEIGHT = 11
/** Distances of a label from its point. */
const LABEL_DISTANCES = [12, 20]
/** Directions of a label from its point, in degrees, the best first. */
const LABEL_DIRECTIONS = [-60, 60, -120, 120, 0, 180, -90, 90]

/**
 * Places a label near each point: at the first position that does not overlap another label or point, or else at the one
 * with the most room.
 */
function placeLabels(points: readonly Position[]): Position[] {
  const placed: Position[] = []
  for (const [x, y] of points) {
    const obstacles = [...placed, ...points.filter(([a, b]) => a !== x || b !== y)]
    /** 1 or more: no overlap. */
    const roomAt = ([left, top]: Position) =>
      Math.min(
        ...obstacles.map(([a, b]) =>
          Math.max(Math.abs(a - left) / LABEL_WIDTH, Math.abs(b - top) / LABEL_HEIGHT),
        ),
      )
    const positions = LABEL_DISTANCES.flatMap(distance =>
      LABEL_DIRECTIONS.map((degrees): Position => {
        const angle = (degrees * Math.PI) / 180
        return [x + distance * Math.cos(angle), y + distance * Math.sin(angle)]
      }),
    )
    const free = positions.find(position => roomAt(position) >= 1)
    placed.push(free ?? positions.reduce((best, other) => (roomAt(other) > roomAt(best) ? other : best)))
  }
  return placed
}

/** 1, 2 and 5 times powers of ten, from the last one up to `min` to the first one from `max` on. */
function logTicks(min: number, max: number): number[] {
  const steps = [1, 2, 5].flatMap(step =>
    Array.from({ length: 13 }, (_, power) => Number((step * 10 ** (power - 6)).toPrecision(1))),
  )
  const sorted = steps.sort((a, b) => a - b)
  const first = sorted.findLastIndex(step => step <= min)
  const last = sorted.findIndex(step => step >= max)
  return sorted.slice(first, Math.max(last, first + 1) + 1)
}

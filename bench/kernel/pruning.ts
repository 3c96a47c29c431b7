// How many documents each level of a screen leaves for the next one.

import type { RankReport } from '../../src/index.js'
import type { CorpusContestant } from '../shared/contestant.js'
import { summarize } from '../shared/timing.js'

/** The documents that a level leaves, over all queries of a workload. */
export interface LevelLeft {
  /** The level that gets these documents. The last one is `f32`, exact scoring. */
  readonly level: string
  readonly mean: number
  readonly most: number
}

/** What a screen leaves on a workload. */
export interface Pruning {
  readonly contestant: string
  readonly screen: string
  readonly queries: number
  /** Queries for which the screen was used. It is not used where it would not save time. */
  readonly screened: number
  readonly considered: number
  readonly levels: readonly LevelLeft[]
}

/** The documents that reached each level after the first, in the order of the levels. */
export function levelsOf({ considered, screens }: RankReport): readonly (readonly [string, number])[] {
  if (screens.length === 0) return [['f32', considered]]
  return screens.map(({ left }, i) => [screens[i + 1]?.screen ?? 'f32', left])
}

/** Ranks every query once with each screen. */
export function measurePruning(contestants: readonly CorpusContestant[]): Pruning[] {
  return contestants
    .filter(({ screen }) => screen !== 'off')
    .map(({ name, screen, queries = 1, report }) => {
      const reports = Array.from({ length: queries }, (_, q) => report(q))
      return { contestant: name, screen, ...summarizeReports(reports) }
    })
}

/** Summarizes the reports of the queries of one screen. */
export function summarizeReports(reports: readonly RankReport[]): Omit<Pruning, 'contestant' | 'screen'> {
  const left = new Map<string, number[]>()
  for (const report of reports) {
    for (const [level, count] of levelsOf(report)) left.set(level, [...(left.get(level) ?? []), count])
  }
  return {
    queries: reports.length,
    screened: reports.filter(({ method }) => method === 'certified').length,
    considered: reports[0]?.considered ?? 0,
    levels: [...left].map(([level, counts]) => ({
      level,
      mean: counts.reduce((sum, count) => sum + count, 0) / counts.length,
      most: summarize(counts).max,
    })),
  }
}

// Prints evaluations: a line of measures for each run or folder, the mean over folders, and comparisons with other runs.

import type { Evaluation, Measures, RandomizationTest } from '../../evaluation/index.js'
import { formatCount } from '../output/format-figures.js'
import { printNotice, type Terminal } from '../terminal.js'

/** The depth of each measure. */
export type Depths = Readonly<Record<keyof Measures, number>>

/** The evaluation of a run, and its comparison with another run. */
export interface RunEvaluation {
  readonly evaluation: Evaluation
  readonly tests: ReadonlyMap<keyof Measures, RandomizationTest> | undefined
}

/** The names of the measures, in the order in which they are printed. */
const NAMES: Readonly<Record<keyof Measures, string>> = {
  mrr: 'MRR',
  ndcg: 'nDCG',
  recall: 'recall',
  map: 'MAP',
  precision: 'P',
}

export const MEASURES = Object.keys(NAMES) as (keyof Measures)[]

/** A line of measures. */
export const measuresLine = (name: string, measures: Measures, depths: Depths): string =>
  `${[name, ...MEASURES.map(measure => `${NAMES[measure]}@${depths[measure]} ${measures[measure].toFixed(4)}`)].join('\t')}\n`

/** Prints the evaluation of a run. `name`: the first column; default: the number of queries. */
export function printEvaluation(
  { evaluation, tests }: RunEvaluation,
  depths: Depths,
  { name, each }: { readonly name?: string; readonly each?: boolean | undefined },
  terminal: Terminal,
): void {
  const { queries, missing, unjudged } = evaluation
  const write = (text: string) => terminal.stdout.write(text)
  if (each) for (const [query, measures] of evaluation.each) write(measuresLine(query, measures, depths))
  write(measuresLine(name ?? formatCount(queries, 'query', 'queries'), evaluation, depths))
  const of = name === undefined ? '' : `${name}: `
  if (missing.length > 0) {
    const subject = formatCount(missing.length, 'judged query is', 'judged queries are')
    printNotice(terminal, `${of}${subject} not in the run: ${firstOf(missing)}`)
  }
  if (unjudged.length > 0) {
    const subject = formatCount(unjudged.length, 'query of the run is', 'queries of the run are')
    printNotice(terminal, `${of}${subject} not judged: ${firstOf(unjudged)}`)
  }
  for (const [measure, { difference, p, better, worse, equal }] of tests ?? []) {
    const sign = difference < 0 ? '' : '+'
    const counts = `${better} better, ${worse} worse, ${equal} equal`
    write(
      `${NAMES[measure]}@${depths[measure]}\t${sign}${difference.toFixed(4)}\tp ${p.toPrecision(2)}\t${counts}\n`,
    )
  }
}

/** The evaluation of a run as JSON. */
export const evaluationJson = ({ evaluation, tests }: RunEvaluation, withEach: boolean | undefined) => {
  const { each, ...rest } = evaluation
  return {
    ...rest,
    ...(withEach && { each: Object.fromEntries(each) }),
    ...(tests && { against: Object.fromEntries(tests) }),
  }
}

/** The mean of each measure over folders, each with the same weight. */
export function meanOf(evaluations: readonly Evaluation[]): Measures {
  const mean = (measure: keyof Measures) =>
    evaluations.reduce((sum, evaluation) => sum + evaluation[measure], 0) / evaluations.length
  return Object.fromEntries(MEASURES.map(measure => [measure, mean(measure)])) as unknown as Measures
}

/** The first names of a list. */
export const firstOf = (names: readonly string[]) =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`

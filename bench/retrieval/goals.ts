// What the tables recommend, and the goals of LEMUR beside what was measured.

import { markdownTable } from '../shared/markdown-table.js'
import { threeDigits } from '../shared/three-digits.js'
import type { ExtraResults } from './extras.js'
import type { DatasetResult, TechniqueResult } from './measure.js'
import type { Family } from './techniques.js'

interface Results extends ExtraResults {
  readonly datasets: readonly DatasetResult[]
}

/** A first stage is recommended if it finds this share of exact's ten best. */
const RECALL = 0.95
const FIRST_STAGES: readonly Family[] = ['two stages', 'MUVERA first', 'LEMUR first']

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const timeOf = ({ milliseconds, exactMilliseconds }: TechniqueResult) => milliseconds / exactMilliseconds

/** The first stage that each data set recommends, and a table of goals. */
export function goalTable(results: Results): string[] {
  return [...recommendations(results.datasets), ...goals(results)]
}

/** The fastest first stage of each data set that finds enough, or the one that finds most. */
function recommendations(datasets: readonly DatasetResult[]): string[] {
  const rows = datasets.flatMap(({ title, documents, techniques }) => {
    const stages = techniques.filter(({ family }) => FIRST_STAGES.includes(family))
    if (stages.length === 0) return []
    const good = stages.filter(({ recall }) => recall >= RECALL)
    const best =
      good.length > 0
        ? good.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a))
        : stages.reduce((a, b) => (b.recall > a.recall ? b : a))
    const bytes = Math.round(best.searched).toLocaleString('en')
    return [
      [
        title,
        documents.toLocaleString('en'),
        best.technique,
        percent(best.recall),
        timeOf(best).toFixed(2),
        bytes,
      ],
    ]
  })
  if (rows.length === 0) return []
  const head = ['data set', 'documents', 'first stage', 'recall@10', "of exact's time", 'bytes a document']
  return [
    `**Recommended**: the fastest first stage with a recall of at least ${100 * RECALL} %, or the one with the best recall.`,
    '',
    markdownTable(head, rows),
    '',
  ]
}

/** A number to reach. */
interface Goal {
  readonly what: string
  readonly measured: number | undefined
  readonly limit: number
  readonly isAtLeast: boolean
  show(value: number): string
}

function goals({ datasets, costs, growth }: Results): string[] {
  const found = (dataset: string, technique: string) =>
    datasets.find(({ name }) => name === dataset)?.techniques.find(each => each.technique === technique)
  const recall = (dataset: string, size: string, candidates: number, limit: number): Goal => {
    const technique = `LEMUR of ${size} in i8, ${candidates} candidates`
    const measured = found(dataset, technique)?.recall
    return { what: `${dataset}: recall@10 of ${technique}`, measured, limit, isAtLeast: true, show: percent }
  }
  const dictionary = found('dictionary', 'LEMUR of 1,024 in i8, 500 candidates')
  const largest = growth?.find(({ documents }) => documents === 1_000_000)
  const all: readonly Goal[] = [
    recall('definitions', '512', 200, 0.94),
    recall('definitions', '1,024', 200, 0.97),
    recall('definitions', '1,024', 500, 0.99),
    recall('dictionary', '1,024', 500, 0.94),
    {
      what: 'dictionary: its time, of that of exact search',
      ...{ measured: dictionary && timeOf(dictionary), limit: 0.15, isAtLeast: false },
      show: value => value.toFixed(2),
    },
    {
      what: 'a query of 1,000,000 documents',
      ...{ measured: largest?.milliseconds, limit: 60, isAtLeast: false },
      show: value => `${threeDigits(value)} ms`,
    },
    {
      what: 'the vector of a document of 128 x 128',
      ...{ measured: costs?.at(-1)?.documentMilliseconds, limit: 5, isAtLeast: false },
      show: value => `${threeDigits(value)} ms`,
    },
    {
      what: 'a fit to 10,000 documents',
      ...{ measured: costs?.at(-1)?.fitSeconds, limit: 60, isAtLeast: false },
      show: value => `${value.toFixed(0)} s`,
    },
  ]
  const measured = all.flatMap(({ what, measured, limit, isAtLeast, show }) => {
    if (measured === undefined) return []
    const isReached = isAtLeast ? measured >= limit : measured <= limit
    const goal = `${isAtLeast ? 'at least' : 'at most'} ${show(limit)}`
    return [[what, show(measured), goal, isReached ? 'yes' : 'no']]
  })
  if (measured.length === 0) return []
  return ['**Goals of LEMUR**', '', markdownTable(['', 'measured', 'goal', 'reached'], measured), '']
}
